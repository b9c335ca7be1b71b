import assert from "node:assert/strict";
import { Database } from "../../src/store/database.ts";
import { registration, report, sticky } from "./examples.ts";
import { copyGoDatabase } from "./go_database.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

const DAY_MS = 86_400_000;

Deno.test("the documented DELETE removes old reports of ours and of the Go server, and keeps fresh ones", async () => {
  await using home = new SqliteHome();
  copyGoDatabase(home.path);
  // The fixture's own reports age as time goes by.
  home.run("DELETE FROM stats");
  const nowMs = Date.now();
  {
    await using store = home.open();
    for (const days of [0, 6.99, 7.01, 30]) {
      store.saveReport(`${days} days`, report(), nowMs - days * DAY_MS);
    }
  }
  home.run(`
    INSERT INTO stats (client_id, timestamp) VALUES
      ('go, fresh', strftime('%Y-%m-%d %H:%M:%f', 'now', '-6 days') || '123456+00:00'),
      ('go, old', strftime('%Y-%m-%d %H:%M:%f', 'now', '-8 days') || '123456+00:00')`);
  home.run("DELETE FROM stats WHERE timestamp < datetime('now','-7 days')");
  assert.deepEqual(
    home.rows("SELECT client_id AS id FROM stats ORDER BY id"),
    ["0 days", "6.99 days", "go, fresh"].map((id) => ({ id })),
  );
});

Deno.test("retention goes through every backend, also those that nobody knows", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (let i = 0; i < 200; i++) {
    store.saveReport(`backend ${i % 100}`, report(), NOW_MS - 3 * DAY_MS);
  }
  for (let i = 0; i < 300; i++) {
    store.saveReport("backend 7", report(), NOW_MS - 2 * DAY_MS);
  }
  store.saveReport("backend 50", report(), NOW_MS);
  store.saveReport("", report(), NOW_MS - 3 * DAY_MS);
  await store.flush();
  home.run(`
    INSERT INTO stats (client_id, timestamp) VALUES
      (NULL, '2001-01-01 00:00:00'), ('odd', 1763657627), ('odd', NULL), ('odd', 'zzz')`);
  store.pruneReports(NOW_MS - DAY_MS);
  await store.flush();
  assert.deepEqual(
    home.rows("SELECT client_id AS id, timestamp FROM stats ORDER BY stats.id"),
    [
      { id: "backend 50", timestamp: "2026-01-01 00:00:00.000+00:00" },
      { id: "odd", timestamp: null },
      { id: "odd", timestamp: "zzz" },
    ],
  );
});

Deno.test("a retention that is asked for again while it runs goes on with the later instant", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (let i = 0; i < 300; i++) {
    store.saveReport("a", report(), NOW_MS - (i % 2 + 1) * DAY_MS);
  }
  await store.flush();
  store.pruneReports(NOW_MS - 1.5 * DAY_MS);
  store.pruneReports(NOW_MS);
  await store.flush();
  assert.deepEqual(home.rows("SELECT count(*) AS count FROM stats"), [
    { count: 0 },
  ]);
});

Deno.test("other writes are acknowledged while a long retention runs", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (let i = 0; i < 3000; i++) {
    store.saveReport("a", report(), NOW_MS - DAY_MS);
  }
  await store.flush();
  store.pruneReports(NOW_MS);
  const whenDone = store.flush();
  const saved = await store.saveSticky(sticky("alice", "a"));
  const [left] = home.rows("SELECT count(*) AS count FROM stats");
  assert.equal(saved, "durable");
  assert.ok(Number(left?.count) > 0);
  await whenDone;
});

Deno.test("closing does not wait for the reports of forgotten backends and for the retention", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
    for (let i = 0; i < 1000; i++) {
      store.saveReport(i % 2 ? "a" : "b", report(), NOW_MS - DAY_MS);
      store.saveSticky(sticky(`session ${i}`, "a"));
    }
    await store.flush();
    await store.removeBackends(["a"]);
    store.pruneReports(NOW_MS);
  }
  const [stats] = home.rows("SELECT count(*) AS count FROM stats");
  assert.ok(Number(stats?.count) > 0);
  assert.deepEqual(home.rows("SELECT * FROM sticky_assignments"), []);
});

Deno.test("no deletion scans a table", async () => {
  await using home = new SqliteHome();
  const database = new Database(home.path, 0);
  const { statements, connection } = database;
  for (
    const statement of [
      statements.deleteOldReportsOf,
      statements.deleteReportsOf,
      statements.deleteStickyOf,
      statements.deleteEndedLeases,
      statements.lastLeaseOfPiece,
      statements.deleteLeasesBetween,
      statements.deleteOldDecisions,
      statements.deleteOldAudit,
      statements.findDecision,
      statements.nextReporter,
    ]
  ) {
    const plan = connection
      .prepare(`EXPLAIN QUERY PLAN ${statement.sourceSQL}`)
      .all().map(({ detail }) => String(detail));
    assert.ok(plan.some((step) => step.startsWith("SEARCH")), plan.join());
    // The list of ids that a walk brings with it is no table.
    const scans = plan.filter((step) =>
      step.startsWith("SCAN") && !step.startsWith("SCAN json_each ")
    );
    assert.deepEqual(scans, [], plan.join());
  }
  database.close();
});

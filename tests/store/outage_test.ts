import assert from "node:assert/strict";
import { Database } from "../../src/store/database.ts";
import { failureOf } from "../../src/store/failure.ts";
import { Outage } from "../../src/store/outage.ts";
import { REPORTS_MAX } from "../../src/store/pending_writes.ts";
import { EMPTY_SNAPSHOT } from "../../src/store/snapshot.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

Deno.test("a database locked by another process is survived in memory and caught up with by itself", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  await store.saveRegistration(registration("before"), NOW_MS);
  using other = home.connect();
  other.exec("BEGIN EXCLUSIVE");

  const first = store.saveRegistration(registration("a"), NOW_MS);
  const second = store.saveSticky(sticky("alice", "a"));
  assert.deepEqual(await Promise.all([first, second]), ["memory", "memory"]);
  assert.deepEqual(store.status(), {
    kind: "degraded",
    sinceMs: NOW_MS,
    reason: "locked by another process (SQLITE_BUSY)",
  });
  assert.equal(await store.saveSticky(sticky("bob", "before")), "memory");
  for (const [id, backendId] of [[1, "a"], [2, "a"], [3, "before"]] as const) {
    assert.equal(await store.saveLease(lease(id, backendId)), "memory");
  }
  assert.equal(await store.removeLease(1), "memory");
  store.saveDecision({ requestId: "r", atMs: NOW_MS, json: "{}" });
  assert.equal(store.findDecision("r"), undefined);
  assert.equal(await store.removeBackends(["before"]), "memory");
  store.saveReport("a", report(), NOW_MS);
  await store.flush();
  assert.equal(store.status().kind, "degraded");

  other.exec("ROLLBACK");
  await until("recovery", () => store.status().kind === "ok");
  const { backends, reports, sticky: assignments, leases } = store.load();
  assert.deepEqual(leases, [lease(2, "a")]);
  assert.equal(store.findDecision("r")?.json, "{}");
  assert.deepEqual(backends.map(({ registration: { id } }) => id), ["a"]);
  assert.deepEqual(reports.map(({ backendId }) => backendId), ["a"]);
  assert.deepEqual(assignments, [sticky("alice", "a")]);
  assert.equal(await store.saveSticky(sticky("carol", "a")), "durable");
  assert.deepEqual(levels(home.logger), ["error", "info"]);
});

Deno.test("a full database is survived in memory and has everything when there is room again", async () => {
  await using home = new SqliteHome();
  const limited = new LimitedDatabase(home);
  await using store = limited.store;
  await store.saveRegistration(registration("a"), NOW_MS);
  limited.allowPages("as many as there are");

  const sessions = Array.from({ length: 500 }, (_, i) => `session ${i}`);
  const answers = await Promise.all(
    sessions.map((id) => store.saveSticky(sticky(id, "a"))),
  );
  assert.equal(answers.at(-1), "memory");
  assert.deepEqual(store.status(), {
    kind: "degraded",
    sinceMs: NOW_MS,
    reason: "disk full (SQLITE_FULL)",
  });
  for (let i = 0; i < 300; i++) store.saveReport("a", report(i % 100), NOW_MS);
  await store.flush();
  assert.equal(store.status().kind, "degraded");

  limited.allowPages("any number");
  await until("recovery", () => store.status().kind === "ok");
  assert.equal(store.load().sticky.length, 500);
  assert.deepEqual(home.rows("SELECT count(*) AS count FROM stats"), [
    { count: 300 },
  ]);
  assert.deepEqual(levels(home.logger), ["error", "info"]);
});

Deno.test("a connection that became read-only is replaced by one that is not", async () => {
  await using home = new SqliteHome();
  const limited = new LimitedDatabase(home);
  await using store = limited.store;
  limited.makeReadOnly();
  assert.equal(
    await store.saveRegistration(registration("a"), NOW_MS),
    "memory",
  );
  assert.match(reasonOf(store), /^read-only/);
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.equal(store.load().backends.length, 1);
});

Deno.test("an outage whose reason changes is told once for each reason", async () => {
  await using home = new SqliteHome();
  const limited = new LimitedDatabase(home);
  await using store = limited.store;
  limited.allowPages("as many as there are");
  using other = home.connect();
  other.exec("BEGIN EXCLUSIVE");
  for (let i = 0; i < 200; i++) store.saveReport("a", report(), NOW_MS);
  await store.flush();
  await store.flush();
  assert.match(reasonOf(store), /SQLITE_BUSY/);
  other.exec("ROLLBACK");
  await store.flush();
  await store.flush();
  assert.match(reasonOf(store), /SQLITE_FULL/);
  limited.allowPages("any number");
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.deepEqual(levels(home.logger), ["error", "error", "info"]);
});

Deno.test("the oldest reports give way during a long outage, which is told with their number", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  using other = home.connect();
  other.exec("BEGIN EXCLUSIVE");
  await store.saveRegistration(registration("a"), NOW_MS);
  for (let i = 0; i < REPORTS_MAX + 5; i++) {
    store.saveReport("a", report(), NOW_MS - 60_000 + i);
  }
  other.exec("ROLLBACK");
  await store.flush();
  assert.deepEqual(
    home.rows("SELECT count(*) AS count, min(timestamp) AS oldest FROM stats"),
    [{ count: REPORTS_MAX, oldest: "2025-12-31 23:59:00.005+00:00" }],
  );
  const told = home.logger.lines.filter(({ level }) => level === "warn");
  assert.deepEqual(told.map(({ data }) => data), [{ reports: 5 }]);
});

Deno.test("deleting goes on after an outage", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (let i = 0; i < 300; i++) store.saveReport("a", report(), NOW_MS - 5000);
  await store.flush();
  using other = home.connect();
  other.exec("BEGIN EXCLUSIVE");
  store.pruneReports(NOW_MS);
  await store.flush();
  assert.equal(store.status().kind, "degraded");
  other.exec("ROLLBACK");
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.deepEqual(home.rows("SELECT id FROM stats"), []);
});

Deno.test("a store that is closed during an outage says how many rows are lost", async () => {
  await using home = new SqliteHome();
  using other = await closeLocked(home);
  assert.ok(other.isTransaction);
  assert.deepEqual(home.logger.lines.at(-1)?.data, { rowsLost: 2 });
});

async function closeLocked(home: SqliteHome) {
  await using store = home.open();
  const other = home.connect();
  other.exec("BEGIN EXCLUSIVE");
  await store.saveRegistration(registration("a"), NOW_MS);
  store.saveReport("a", report(), NOW_MS);
  return other;
}

Deno.test("the pause between attempts doubles up to its limit and starts anew with the next outage", () => {
  const clock = new FakeClock(0, NOW_MS);
  const logger = new FakeLogger();
  const outage = new Outage("opsen.db", clock, logger);
  const failure = failureOf(new Error("Broken"));
  const pauses = Array.from({ length: 6 }, () => outage.fail(failure));
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 5000, 5000]);
  clock.advance(61_000);
  outage.end();
  outage.end();
  assert.equal(outage.fail(failure), 500);
  assert.deepEqual(outage.status(), {
    kind: "degraded",
    sinceMs: NOW_MS + 61_000,
    reason: "the database can't be used (SQLITE_ERROR)",
  });
  assert.deepEqual(levels(logger), ["error", "info", "error"]);
  assert.deepEqual(logger.lines[1]?.data, { path: "opsen.db", seconds: 61 });
});

/** A store whose connection can be made to fail as SQLite itself fails. */
class LimitedDatabase {
  readonly store: SqliteStore;
  #newest: Database | undefined;

  constructor(home: SqliteHome) {
    this.store = new SqliteStore({
      path: home.path,
      logger: home.logger,
      clock: home.clock,
      backendsMax: 1000,
      stickyMax: 1000,
      onLateSnapshot: () => {},
      whatIsKnown: () => EMPTY_SNAPSHOT,
      onOutage: () => {},
      onForeignWrites: undefined,
      open: (lockWaitMs) => this.#newest = new Database(home.path, lockWaitMs),
    });
  }

  allowPages(pages: "as many as there are" | "any number"): void {
    // SQLite takes no limit below the size that the file has.
    const limit = pages === "any number" ? 1_000_000 : 1;
    this.#pragma(`max_page_count = ${limit}`);
  }

  makeReadOnly(): void {
    this.#pragma("query_only = ON");
  }

  #pragma(setting: string): void {
    this.#newest?.connection.prepare(`PRAGMA ${setting}`).get();
  }
}

function reasonOf(store: SqliteStore): string {
  const status = store.status();
  return status.kind === "degraded" ? status.reason : "";
}

function levels(logger: FakeLogger): readonly string[] {
  return logger.lines.map(({ level }) => level);
}

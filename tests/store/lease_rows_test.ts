import assert from "node:assert/strict";
import {
  BACKENDS_PER_WALK,
  WALKED_ROWS_MAX,
} from "../../src/store/lease_walk.ts";
import { LEASES_PER_STEP } from "../../src/store/ended_leases.ts";
import { lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

const HOUR_MS = 3_600_000;

const COUNT = "SELECT count(*) AS count FROM leases";

Deno.test("a table into which leases are written all the time holds little more than the living", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  await store.saveRegistration(registration("a"), NOW_MS);
  const living = 500;
  for (let id = 1; id <= 6000; id += 100) {
    const group = Array.from({ length: 100 }, (_, i) =>
      store.saveLease(
        lease(id + i, "a", { expiresMs: home.clock.wallMs() + living }),
      ));
    await Promise.all(group);
    home.clock.advance(100);
  }
  const [rows] = home.rows(COUNT);
  // As many may have ended unseen as come in one round of the walk, which is half of what is there.
  const unseen = living / 2 + WALKED_ROWS_MAX + LEASES_PER_STEP + 100;
  assert.ok(Number(rows?.count) <= living + unseen);
  assert.equal(store.load().leases.length, living - 100);
});

Deno.test("leases that have ended go with the retention when nobody writes any more", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  await store.saveRegistration(registration("a"), NOW_MS);
  for (let id = 1; id <= 300; id++) {
    store.saveLease(lease(id, "a", { expiresMs: NOW_MS + id }));
  }
  await store.flush();
  home.clock.advance(290);
  store.pruneReports(NOW_MS - HOUR_MS);
  await store.flush();
  assert.deepEqual(home.rows("SELECT min(id) AS first FROM leases"), [
    { first: 291 },
  ]);
});

Deno.test("the leases of many forgotten backends are found in a long table, and no others go", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const backends = 2 * BACKENDS_PER_WALK + 2;
  const leases = 3 * WALKED_ROWS_MAX + 1;
  const idOf = (number: number) => `backend ${number % backends}`;
  for (let i = 0; i < backends; i++) {
    store.saveRegistration(registration(idOf(i)), NOW_MS);
  }
  for (let id = 1; id <= leases; id++) store.saveLease(lease(id, idOf(id)));
  await store.flush();
  // Someone typed an id that JavaScript can't hold; it stays until it ends, and nothing reads it.
  home.run(
    `INSERT INTO leases SELECT 9223372036854775807, client_id, tier, gpus, sticky_id, idempotency_key, placed_ms,
    started_ms, expires_ms, saved_ms FROM leases WHERE id = 1`,
  );
  const forgotten = Array.from({ length: backends - 2 }, (_, i) => idOf(i));
  await store.removeBackends(forgotten);
  await store.flush();
  assert.deepEqual(
    home.rows(
      "SELECT DISTINCT client_id AS id FROM leases WHERE id < 1e9 ORDER BY 1",
    ),
    [backends - 2, backends - 1].map((number) => ({ id: idOf(number) })),
  );
  const kept = Array.from({ length: leases }, (_, i) => i + 1).filter((id) =>
    id % backends >= backends - 2
  );
  assert.deepEqual(store.load().leases.map(({ id }) => id), kept);
});

Deno.test("a lease of a backend that came back waits until its old ones are deleted, and is stored then", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  await store.saveRegistration(registration("a"), NOW_MS);
  for (let id = 1; id <= 2 * WALKED_ROWS_MAX; id++) {
    store.saveLease(lease(id, "a"));
  }
  await store.flush();
  await store.removeBackends(["a"]);
  await store.saveRegistration(registration("a"), NOW_MS);
  assert.equal(await store.saveLease(lease(5000, "a")), "durable");
  assert.deepEqual(home.rows("SELECT id FROM leases"), [{ id: 5000 }]);
});

Deno.test("a lease of a backend that is gone does not come back to life with it after a restart", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    await store.saveLease(lease(1, "gone"));
    await store.saveLease(lease(2, "gone"));
  }
  {
    await using store = home.open();
    assert.deepEqual(store.load().leases, []);
    store.saveRegistration(registration("gone"), NOW_MS);
    assert.equal(await store.saveLease(lease(2, "gone")), "durable");
  }
  await using store = home.open();
  assert.deepEqual(store.load().leases, [lease(2, "gone")]);
});

Deno.test("a lease has no more than its own life when the clock is set back, and has it once", async () => {
  await using home = new SqliteHome();
  home.clock.stepWall(24 * HOUR_MS);
  const aheadMs = home.clock.wallMs();
  const old = lease(1, "a", {
    placedMs: aheadMs - 50 * HOUR_MS,
    startedMs: aheadMs - 49 * HOUR_MS,
    expiresMs: aheadMs + 120_000,
  });
  const fresh = lease(2, "a", {
    placedMs: aheadMs,
    startedMs: undefined,
    expiresMs: aheadMs + 60_000,
  });
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
    await store.saveLease(old);
    await store.saveLease(fresh);
    await store.saveLease(lease(3, "a", { expiresMs: aheadMs - 1 }));
  }
  home.clock.stepWall(-24 * HOUR_MS);
  {
    await using store = home.open();
    assert.deepEqual(store.load().leases, [
      {
        ...old,
        placedMs: NOW_MS - 50 * HOUR_MS,
        startedMs: NOW_MS - 49 * HOUR_MS,
        expiresMs: NOW_MS + 120_000,
      },
      { ...fresh, placedMs: NOW_MS, expiresMs: NOW_MS + 60_000 },
    ]);
    // Also when nothing else is written, and the process is killed.
    const ahead = `SELECT id FROM leases WHERE expires_ms > ${
      NOW_MS + 12 * HOUR_MS
    }`;
    await until("rows put right", () => home.rows(ahead).length === 1);
  }
  home.clock.advance(60_000);
  {
    await using store = home.open();
    assert.deepEqual(
      store.load().leases.map(({ id, expiresMs }) => [id, expiresMs]),
      [[1, NOW_MS + 120_000]],
    );
  }
  home.clock.advance(60_000);
  await using store = home.open();
  assert.deepEqual(store.load().leases, []);
});

Deno.test("leases that nobody could have written are left out and counted", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
    for (let id = 1; id <= 9; id++) await store.saveLease(lease(id, "a"));
  }
  home.run(`
    UPDATE leases SET id = -1 WHERE id = 1;
    UPDATE leases SET id = 9223372036854775807 WHERE id = 2;
    UPDATE leases SET gpus = '[0.5]' WHERE id = 3;
    UPDATE leases SET gpus = 'none' WHERE id = 4;
    UPDATE leases SET expires_ms = 'never' WHERE id = 5;
    UPDATE leases SET placed_ms = '' WHERE id = 6;
    UPDATE leases SET started_ms = 'soon' WHERE id = 7;
    UPDATE leases SET saved_ms = 17.5 WHERE id = 8`);
  await using store = home.open();
  assert.deepEqual(store.load().leases, [lease(9, "a")]);
  assert.deepEqual(home.logger.lines.map(({ level, data }) => [level, data]), [
    ["warn", { rows: 8 }],
  ]);
});

Deno.test("closing waits for the leases of forgotten backends, not for those that have ended", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
    await store.saveRegistration(registration("b"), NOW_MS);
    for (let id = 1; id <= 2000; id++) {
      store.saveLease(lease(id, id % 2 ? "a" : "b"));
    }
    await store.flush();
    home.clock.advance(HOUR_MS);
    store.removeBackends(["a"]);
    store.pruneReports(NOW_MS);
  }
  assert.deepEqual(home.rows("SELECT DISTINCT client_id AS id FROM leases"), [
    { id: "b" },
  ]);
});

Deno.test("other writes are acknowledged while ended leases and old decisions are deleted", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (let id = 1; id <= 2000; id++) {
    store.saveLease(lease(id, "a"));
    store.saveDecision({ requestId: `r${id}`, atMs: NOW_MS, json: "{}" });
    if (id % 500 === 0) await store.flush();
  }
  store.saveReport("a", report(), NOW_MS);
  await store.flush();
  home.clock.advance(HOUR_MS);
  store.pruneReports(NOW_MS);
  store.pruneDecisions(NOW_MS + 1);
  const whenDone = store.flush();
  assert.equal(await store.saveSticky(sticky("alice", "a")), "durable");
  assert.ok(home.rows("SELECT id FROM leases").length > 0);
  assert.ok(home.rows("SELECT id FROM decisions").length > 0);
  await whenDone;
  assert.deepEqual(home.rows("SELECT id FROM leases"), []);
  assert.deepEqual(home.rows("SELECT id FROM decisions"), []);
});

import assert from "node:assert/strict";
import { lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

Deno.test("a row that the database refuses is dropped and told, and the others are stored", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  home.run(`
    CREATE TRIGGER poison BEFORE INSERT ON stats WHEN NEW.client_id = 'poison'
    BEGIN SELECT RAISE(ABORT, 'no poison here'); END`);
  for (const id of ["a", "poison", "b", "poison", "c"]) {
    store.saveReport(id, report(), NOW_MS);
  }
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.deepEqual(
    home.rows("SELECT client_id AS id FROM stats ORDER BY id"),
    ["a", "b", "c"].map((id) => ({ id })),
  );
  assert.deepEqual(home.logger.lines.map(({ level, data }) => [level, data]), [
    ["error", { rows: 2, first: "no poison here" }],
  ]);
});

Deno.test("names that would come back as others are refused, and whoever waits is told", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const answers = await Promise.all([
    store.saveRegistration(registration("a\0b"), NOW_MS),
    store.saveRegistration(registration("half \ud83d"), NOW_MS),
    store.saveRegistration(registration("whole \u{1f600}"), NOW_MS),
    store.saveSticky(sticky("s\0", "a")),
    store.saveSticky(sticky("s", "a", { tier: "\udc00" })),
    store.saveSticky(sticky("s", "b\0")),
    store.removeBackends(["x\0", "y"]),
    store.saveLease(lease(1, "a\0")),
    store.saveLease(lease(2, "a", { tier: "\ud83d" })),
    store.saveLease(lease(3, "a", { stickyId: "\0" })),
    store.saveLease(lease(4, "a", { idempotencyKey: "\udc00" })),
  ]);
  assert.deepEqual(answers, [
    "memory",
    "memory",
    "durable",
    "memory",
    "memory",
    "memory",
    "memory",
    "memory",
    "memory",
    "memory",
    "memory",
  ]);
  store.removeSticky("s\0", "medium");
  store.saveReport("a\0b", report(), NOW_MS);
  await store.flush();
  assert.deepEqual(
    store.load().backends.map(({ registration: { id } }) => id),
    ["whole \u{1f600}"],
  );
  assert.deepEqual(home.rows("SELECT * FROM stats"), []);
});

Deno.test("a time that is no date and a value that SQLite can't hold are refused", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const odd: object = { hostname: undefined };
  const answers = await Promise.all([
    store.saveRegistration(registration("a"), NaN),
    store.saveRegistration({ ...registration("b"), ...odd }, NOW_MS),
    store.saveRegistration(registration("c"), NOW_MS),
    store.saveLease(lease(0, "c")),
    store.saveLease(lease(1.5, "c")),
    store.saveLease(lease(2 ** 53, "c")),
    store.saveLease(lease(1, "c", { expiresMs: Infinity })),
    store.saveLease(lease(2, "c", { startedMs: NaN })),
    store.removeLease(NaN),
    store.saveLease(lease(3, "c")),
  ]);
  assert.deepEqual(answers, [
    ...["memory", "memory", "durable"],
    ...Array(6).fill("memory"),
    "durable",
  ]);
  assert.deepEqual(store.load().leases, [lease(3, "c")]);
  assert.deepEqual(store.status(), { kind: "ok" });
});

Deno.test("a row whose refusal ends the transaction is an outage, not a loss of the other rows", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  home.run(`
    CREATE TRIGGER poison BEFORE INSERT ON stats WHEN NEW.client_id = 'poison'
    BEGIN SELECT RAISE(ROLLBACK, 'all or nothing'); END`);
  store.saveReport("a", report(), NOW_MS);
  store.saveReport("poison", report(), NOW_MS);
  await store.flush();
  assert.equal(store.status().kind, "degraded");
  home.run("DROP TRIGGER poison");
  await store.flush();
  assert.deepEqual(home.rows("SELECT count(*) AS count FROM stats"), [
    { count: 2 },
  ]);
});

Deno.test("values with quotes, line ends and every kind of letter come back as they were", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const odd = registration("'; DROP TABLE clients; --", {
    hostname: "zeile\r\n\t\u0001\u2028 \u{1f600} ﷽",
    gpuModels: ['"quoted"', "", "\\"],
    endpoint: "http://[fe80::1%25eth0]:1/?a=b&c=%00#d",
    endpoints: [{ url: "", paths: [] }],
  });
  await store.saveRegistration(odd, NOW_MS);
  assert.deepEqual(store.load().backends[0]?.registration, odd);
});

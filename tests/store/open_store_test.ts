import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SCHEMA_VERSION } from "../../src/store/migrations.ts";
import type { Snapshot } from "../../src/ports.ts";
import { EMPTY_SNAPSHOT } from "../../src/store/snapshot.ts";
import { copyGoDatabase } from "./go_database.ts";
import { lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

Deno.test("a file that is no database is refused by name and left as it is", async () => {
  await using home = new SqliteHome();
  const text = "tiers:\n  - name: small\n".repeat(100);
  await Deno.writeTextFile(home.path, text);
  assert.throws(() => home.open(), {
    message:
      `Cannot open the database "${home.path}": file is not a database; wanted an SQLite file of Opsen that can be written. It was left as it is; once it is moved away, a new one is begun`,
  });
  assert.equal(await Deno.readTextFile(home.path), text);
});

Deno.test("a path that can't be opened is refused by name", async () => {
  await using home = new SqliteHome();
  for (const path of [home.folder, `${home.folder}/missing/opsen.db`]) {
    assert.throws(() => home.open({ path }), {
      message:
        `Cannot open the database "${path}": unable to open database file: ${path}; wanted an SQLite file of Opsen that can be written`,
    });
  }
});

Deno.test("an empty file becomes a database", async () => {
  await using home = new SqliteHome();
  await Deno.writeTextFile(home.path, "");
  await using store = home.open();
  assert.equal(
    await store.saveRegistration(registration("a"), NOW_MS),
    "durable",
  );
});

Deno.test("a database of a newer version is refused and left as it is", async () => {
  await using home = new SqliteHome();
  await home.open()[Symbol.asyncDispose]();
  home.run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  assert.throws(
    () => home.open(),
    /Its schema has version 7, wanted 6 or less: a newer Opsen wrote it/,
  );
  assert.deepEqual(home.rows("PRAGMA user_version"), [
    { user_version: SCHEMA_VERSION + 1 },
  ]);
});

Deno.test("a database with other tables of the same names is refused", async () => {
  await using home = new SqliteHome();
  home.run("CREATE TABLE clients (id INTEGER, email TEXT)");
  const before = Deno.readFileSync(home.path);
  assert.throws(() => home.open(), /of another program/);
  assert.deepEqual(Deno.readFileSync(home.path), before);
  assert.deepEqual([...Deno.readDirSync(home.folder)].length, 1);
});

Deno.test("no registration gives way, however large the fleet becomes", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const answers = Array.from(
    { length: 12_000 },
    (_, i) => store.saveRegistration(registration(`b${i}`), NOW_MS),
  );
  assert.deepEqual([...new Set(await Promise.all(answers))], ["durable"]);
});

Deno.test("a database that someone else is writing to is read at once", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
  }
  using other = home.connect();
  other.exec("BEGIN IMMEDIATE");
  await using store = home.open();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.equal(store.load().backends.length, 1);
  assert.equal(await store.saveSticky(sticky("alice", "a")), "memory");
  other.exec("ROLLBACK");
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
});

Deno.test("a database that is locked at start is read when the lock is gone, and what happened since wins", async () => {
  await using home = new SqliteHome();
  copyGoDatabase(home.path);
  const living = { expiresMs: NOW_MS + 366 * 86_400_000 };
  {
    await using store = home.open();
    for (const id of [1, 2, 3]) {
      await store.saveLease(lease(id, "backend-1", living));
    }
  }
  // Readers don't wait for a lock beside a write-ahead log.
  home.run("PRAGMA journal_mode = DELETE");
  home.clock.stepWall(365 * 86_400_000);
  using other = home.connect();
  other.exec("BEGIN EXCLUSIVE");
  const late: Snapshot[] = [];
  await using store = home.open({
    onLateSnapshot: (snapshot) => late.push(snapshot),
  });
  assert.deepEqual(store.load(), EMPTY_SNAPSHOT);
  assert.equal(store.status().kind, "degraded");
  const again = registration("backend-1", { hostname: "came again" });
  assert.equal(await store.saveRegistration(again, NOW_MS), "memory");
  store.saveReport("backend-2", report(7), NOW_MS);
  assert.equal(await store.saveSticky(sticky("alice", "backend-1")), "memory");
  store.removeSticky("bob", "medium");
  assert.equal(await store.removeLease(2), "memory");
  const renewed = lease(3, "backend-3", living);
  assert.equal(await store.saveLease(renewed), "memory");

  other.exec("ROLLBACK");
  await until("recovery", () => store.status().kind === "ok");
  assert.equal(late.length, 1);
  assert.deepEqual(
    late[0]?.backends.map(({ registration: { id } }) => id),
    ["backend-2", "backend-3"],
  );
  assert.deepEqual(
    late[0]?.reports.map(({ backendId }) => backendId),
    ["backend-1", "backend-1", "backend-3", "backend-3"],
  );
  assert.deepEqual(late[0]?.leases, [lease(1, "backend-1", living)]);
  assert.deepEqual(late[0]?.sticky.map(({ stickyId }) => stickyId), ["carol"]);

  const { backends, sticky: assignments, leases } = store.load();
  assert.deepEqual(leases, [lease(1, "backend-1", living), renewed]);
  assert.deepEqual(
    backends.map(({ registration: { id, hostname } }) => [id, hostname]),
    [["backend-1", "came again"], ["backend-2", "host-2"], [
      "backend-3",
      "host-3",
    ]],
  );
  assert.deepEqual(
    assignments.map(({ stickyId, backendId }) => [stickyId, backendId]),
    [["alice", "backend-1"], ["carol", "backend-3"]],
  );
  await store.saveSticky(sticky("dave", "backend-2"));
  assert.equal(late.length, 1);
});

Deno.test("a late snapshot that can't be taken back stops no writes", async () => {
  await using home = new SqliteHome();
  copyGoDatabase(home.path);
  using other = home.connect();
  other.exec("BEGIN EXCLUSIVE");
  await using store = home.open({
    onLateSnapshot: () => {
      throw new Error("The fleet is full");
    },
  });
  store.load();
  store.saveRegistration(registration("a"), NOW_MS);
  other.exec("ROLLBACK");
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  const told = home.logger.lines.map(({ data }) => data.cause);
  assert.ok(told.includes("The fleet is full"));
});

Deno.test("a store in memory works without a file", async () => {
  await using home = new SqliteHome();
  await using store = home.open({ path: ":memory:" });
  await store.saveRegistration(registration("a"), NOW_MS);
  home.clock.advance(60_000);
  await store.saveRegistration(registration("b"), NOW_MS);
  assert.equal(store.load().backends.length, 2);
  assert.deepEqual([...Deno.readDirSync(home.folder)], []);
});

Deno.test("closing leaves one file that holds everything", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    store.saveRegistration(registration("a"), NOW_MS);
    store.saveReport("a", report(), NOW_MS);
  }
  assert.deepEqual(
    [...Deno.readDirSync(home.folder)].map(({ name }) => name),
    ["opsen.db"],
  );
  using connection = new DatabaseSync(home.path, { readOnly: true });
  assert.deepEqual(
    { ...connection.prepare("SELECT count(*) AS count FROM stats").get() },
    { count: 1 },
  );
});

Deno.test("a new database and its log are its user's alone, and an old one keeps its mode", async () => {
  await using home = new SqliteHome();
  const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
    assert.equal(modeOf(home.path), 0o600);
    assert.equal(modeOf(`${home.path}-wal`), 0o600);
  }
  Deno.chmodSync(home.path, 0o640);
  await using _store = home.open();
  assert.equal(modeOf(home.path), 0o640);
});

import assert from "node:assert/strict";
import { FILE_CHECK_MS } from "../../src/store/writer.ts";
import { lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

Deno.test("a removed database file is written anew with everything it held", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    for (const id of ["a", "b", "c"]) {
      await store.saveRegistration(registration(id), NOW_MS);
      store.saveReport(id, report(), NOW_MS - 500);
    }
    await store.saveSticky(sticky("alice", "a"));
    await store.saveSticky(sticky("bob", "b"));
    for (const [number, id] of ["a", "b", "c", "a"].entries()) {
      await store.saveLease(lease(number + 1, id));
    }
    await store.flush();
    for (const { name } of Deno.readDirSync(home.folder)) {
      Deno.removeSync(`${home.folder}/${name}`);
    }
    home.clock.advance(FILE_CHECK_MS);
    store.removeSticky("alice", "medium");
    store.removeLease(1);
    store.removeBackends(["c"]);
    store.saveLease(lease(4, "b"));
    assert.equal(await store.saveSticky(sticky("carol", "a")), "memory");
    assert.deepEqual(store.status(), {
      kind: "degraded",
      sinceMs: NOW_MS + FILE_CHECK_MS,
      reason: "the file was removed or replaced (FILE_GONE)",
    });
    await until("recovery", () => store.status().kind === "ok");
    assert.deepEqual(
      home.logger.lines.map(({ level }) => level),
      ["error", "info"],
    );
  }
  await using store = home.open();
  const { backends, reports, sticky: assignments, leases } = store.load();
  assert.deepEqual(leases, [lease(2, "b"), lease(4, "b")]);
  assert.deepEqual(
    backends.map(({ registration: { id } }) => id),
    ["a", "b"],
  );
  assert.deepEqual(reports.map(({ backendId }) => backendId), ["a", "b"]);
  assert.deepEqual(
    assignments.map(({ stickyId }) => stickyId).toSorted(),
    ["bob", "carol"],
  );
});

Deno.test("a database that is put in the place of the file is used as it is", async () => {
  await using home = new SqliteHome();
  await using other = new SqliteHome();
  {
    await using store = other.open();
    await store.saveRegistration(registration("restored"), NOW_MS);
  }
  await using store = home.open();
  await store.saveRegistration(registration("a"), NOW_MS);
  Deno.renameSync(other.path, home.path);
  home.clock.advance(FILE_CHECK_MS);
  assert.equal(
    await store.saveRegistration(registration("b"), NOW_MS),
    "memory",
  );
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.deepEqual(
    store.load().backends.map(({ registration: { id } }) => id),
    ["restored", "b"],
  );
});

Deno.test("a removed folder is an outage until someone makes it again", async () => {
  await using home = new SqliteHome();
  const folder = `${home.folder}/data`;
  Deno.mkdirSync(folder);
  await using store = home.open({ path: `${folder}/opsen.db` });
  await store.saveRegistration(registration("a"), NOW_MS);
  Deno.removeSync(folder, { recursive: true });
  home.clock.advance(FILE_CHECK_MS);
  store.saveRegistration(registration("b"), NOW_MS);
  await store.flush();
  await store.flush();
  assert.deepEqual(store.status(), {
    kind: "degraded",
    sinceMs: NOW_MS + FILE_CHECK_MS,
    reason: "the file can't be opened (SQLITE_CANTOPEN)",
  });
  Deno.mkdirSync(folder);
  await store.flush();
  assert.deepEqual(store.status(), { kind: "ok" });
  assert.deepEqual(
    store.load().backends.map(({ registration: { id } }) => id).toSorted(),
    ["a", "b"],
  );
});

Deno.test("a file in place of the database that is none is an outage, and is left as it is", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  await store.saveRegistration(registration("a"), NOW_MS);
  const text = "not a database\n".repeat(500);
  Deno.writeTextFileSync(`${home.folder}/other`, text);
  Deno.renameSync(`${home.folder}/other`, home.path);
  home.clock.advance(FILE_CHECK_MS);
  store.saveRegistration(registration("b"), NOW_MS);
  await store.flush();
  await store.flush();
  const status = store.status();
  assert.equal(
    status.kind === "degraded" ? status.reason : "",
    "the file is not a database (SQLITE_NOTADB)",
  );
  assert.equal(Deno.readTextFileSync(home.path), text);
});

Deno.test("garbage in the file's place, and then nothing, begins a file with all that is known", async () => {
  await using home = new SqliteHome();
  const known = {
    backends: [{ registration: registration("a"), lastSeenMs: NOW_MS }],
    reports: [{ backendId: "a", report: report(), atMs: NOW_MS }],
    sticky: [sticky("alice", "a")],
    leases: [lease(1, "a")],
    drains: [],
  };
  {
    await using store = home.open({ whatIsKnown: () => known });
    store.load();
    await store.saveRegistration(registration("a"), NOW_MS);
    await store.saveSticky(sticky("alice", "a"));
    for (const { name } of Deno.readDirSync(home.folder)) {
      Deno.removeSync(`${home.folder}/${name}`);
    }
    Deno.writeTextFileSync(home.path, "not a database\n".repeat(1000));
    home.clock.advance(FILE_CHECK_MS);
    const b = store.saveRegistration(registration("b"), NOW_MS);
    assert.equal(await b, "memory");
    await until("a second look", () => home.logger.lines.length >= 2);
    assert.equal(store.status().kind, "degraded");
    Deno.removeSync(home.path);
    await until("recovery", () => store.status().kind === "ok");
  }
  await using store = home.open();
  const { backends, reports, sticky: assignments, leases } = store.load();
  assert.deepEqual(
    backends.map(({ registration: { id } }) => id).toSorted(),
    ["a", "b"],
  );
  assert.deepEqual(reports.map(({ backendId }) => backendId), ["a"]);
  assert.deepEqual(assignments.map(({ stickyId }) => stickyId), ["alice"]);
  assert.deepEqual(leases, [lease(1, "a")]);
});

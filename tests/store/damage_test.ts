import assert from "node:assert/strict";
import { Database } from "../../src/store/database.ts";
import { fileKind } from "../../src/store/damage.ts";
import { SET_ASIDE_MAX } from "../../src/store/set_aside.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import type { Snapshot } from "../../src/ports.ts";
import { drain, lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

const PAGE = 4096;
const BACKENDS = 40;
const LEASES = 400;
const STAMP = "20260101T000000Z";

Deno.test("a database that is damaged inside is set aside by name, and what can be read is in the fresh one", async () => {
  await using home = new SqliteHome();
  await fill(home);
  // A leaf in the middle of the leases.
  const page = home.rows(
    "SELECT pageno FROM dbstat WHERE name = 'leases' AND pagetype = 'leaf' ORDER BY path DESC LIMIT 1 OFFSET 3",
  )[0]?.pageno;
  overwrite(home.path, (Number(page) - 1) * PAGE, PAGE);
  const damaged = Deno.readFileSync(home.path);
  const aside = `${home.path}.damaged-${STAMP}`;
  let first: Snapshot;
  {
    await using store = home.open();
    first = store.load();
    assert.deepEqual(store.status(), { kind: "ok" });
    assert.equal(await store.saveLease(lease(LEASES + 1, "b0")), "durable");
  }
  assert.equal(first.backends.length, BACKENDS);
  assert.equal(first.reports.length, BACKENDS);
  assert.equal(first.sticky.length, LEASES);
  assert.deepEqual(first.drains, [drain("b3")]);
  const { length } = first.leases;
  assert.ok(length > LEASES - 150 && length < LEASES, `${length} leases`);
  assert.equal(first.leases.at(-1)?.id, LEASES, "those behind the hole");

  assert.deepEqual(Deno.readFileSync(aside), damaged);
  const told = home.logger.lines.map(({ level, message }) => [level, message]);
  assert.equal(told[0]?.[0], "error");
  assert.ok(told[0]?.[1]?.includes(`"${aside}"`));
  assert.ok(told[0]?.[1]?.includes(`opsen db check --db ${aside}`));
  assert.equal(told.length, 2);

  await using store = home.open();
  const second = store.load();
  assert.deepEqual(second, {
    ...first,
    leases: [...first.leases, lease(LEASES + 1, "b0")],
  });
});

Deno.test("a database of which nothing is left but its header is set aside, and a fresh one begun", async () => {
  await using home = new SqliteHome();
  await fill(home);
  overwrite(home.path, PAGE, Deno.statSync(home.path).size - PAGE);
  await using store = home.open();
  assert.deepEqual(store.load().backends, []);
  const saved = store.saveRegistration(registration("a"), NOW_MS);
  assert.equal(await saved, "durable");
  assert.deepEqual(damagedFiles(home), [`opsen.db.damaged-${STAMP}`]);
});

Deno.test("a database cut short is set aside", async () => {
  await using home = new SqliteHome();
  await fill(home);
  for (const [bytes, count] of [[3 * PAGE, 1], [700, 2], [60, 3]] as const) {
    Deno.truncateSync(home.path, bytes);
    await using store = home.open();
    store.load();
    await store.saveRegistration(registration("a"), NOW_MS);
    assert.equal(damagedFiles(home).length, count);
  }
});

Deno.test("a database whose beginning was overwritten is ours as long as its log lies beside it, and both are set aside", async () => {
  await using home = new SqliteHome();
  await using source = new SqliteHome();
  for (const bytes of ["zeros", "none"] as const) {
    {
      // As a kill -9 leaves it.
      await using store = source.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      for (const end of ["", "-wal", "-shm"]) {
        Deno.copyFileSync(`${source.path}${end}`, `${home.path}${end}`);
      }
    }
    if (bytes === "none") Deno.truncateSync(home.path, 0);
    else overwrite(home.path, 0, 100);
    await using store = home.open();
    store.load();
    assert.equal(
      await store.saveRegistration(registration("b"), NOW_MS),
      "durable",
    );
    home.clock.advance(1000);
  }
  const names = damagedFiles(home);
  assert.deepEqual(
    names,
    [STAMP, STAMP.replace("00Z", "01Z")].map((end) =>
      `opsen.db.damaged-${end}`
    ),
  );
  for (const name of names) {
    assert.ok(Deno.statSync(`${home.folder}/${name}-wal`).size > PAGE);
  }
});

Deno.test("a file without a header is not ours for having a companion, and is left as it is with it", async () => {
  await using home = new SqliteHome();
  await using foreign = new SqliteHome();
  using mails = foreign.connect();
  mails.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE mails (id INTEGER PRIMARY KEY, body TEXT);
    INSERT INTO mails VALUES (1, 'hello')`);
  const text = new TextEncoder().encode("tiers:\n  - name: small\n");
  const noise = crypto.getRandomValues(new Uint8Array(2 * PAGE));
  const wal = Deno.readFileSync(`${foreign.path}-wal`);
  assert.ok(wal.length > PAGE);
  const nothing = new Uint8Array();
  const [database, said] = [/is not a database/, /beside it may be another/];
  for (
    const [file, end, beside, why] of [
      [text, "-journal", nothing, database],
      [text, "-shm", noise, database],
      [text, "-wal", text, said],
      [noise, "-wal", wal, said],
      [nothing, "-wal", text, said],
      [nothing, "-journal", noise, said],
    ] as const
  ) {
    const companion = `${home.path}${end}`;
    Deno.writeFileSync(home.path, file);
    Deno.writeFileSync(companion, beside);
    assert.throws(() => home.open(), why);
    assert.deepEqual(Deno.readFileSync(home.path), file);
    assert.deepEqual(Deno.readFileSync(companion), beside);
    Deno.removeSync(companion);
    assert.equal([...Deno.readDirSync(home.folder)].length, 1);
  }
});

Deno.test("a database that another process is just making is no damaged one", async () => {
  await using home = new SqliteHome();
  using other = home.connect();
  // A table on pages that don't fit into the cache, so that the journal is written before the end.
  other.exec(`PRAGMA cache_size = 1; BEGIN IMMEDIATE;
    CREATE TABLE mails (id INTEGER PRIMARY KEY, body TEXT)`);
  assert.ok(Deno.statSync(`${home.path}-journal`).size > 0);
  assert.equal(Deno.statSync(home.path).size, 0);
  assert.equal(fileKind(home.path), "fresh");
});

Deno.test("another program's database is refused and left as it is, damaged or not", async () => {
  await using home = new SqliteHome();
  home.run(`CREATE TABLE mails (id INTEGER PRIMARY KEY, body TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
      INSERT INTO mails SELECT i, hex(randomblob(900)) FROM n;
      DELETE FROM mails WHERE id > 1`);
  const { size } = Deno.statSync(home.path);
  assert.throws(() => home.open(), /of another program/);
  overwrite(home.path, PAGE, size - PAGE);
  const before = Deno.readFileSync(home.path);
  assert.throws(
    () => home.open(),
    /Cannot open the database ".*": its tables are those of another program; wanted/,
  );
  assert.deepEqual(damagedFiles(home), []);
  assert.deepEqual(Deno.readFileSync(home.path), before);
});

Deno.test("damage that shows while the server runs sets the file aside, and a fresh one gets all that memory knows", async () => {
  await using home = new SqliteHome();
  await fill(home);
  const known: Snapshot = {
    backends: [{ registration: registration("b0"), lastSeenMs: NOW_MS }],
    reports: [{ backendId: "b0", report: report(), atMs: NOW_MS }],
    sticky: [sticky("alice", "b0")],
    leases: [lease(1, "b0")],
    drains: [drain("b0")],
  };
  let newest: Database | undefined;
  {
    await using store = new SqliteStore({
      path: home.path,
      logger: home.logger,
      clock: home.clock,
      backendsMax: 1000,
      stickyMax: 1000,
      onLateSnapshot: () => {},
      whatIsKnown: () => known,
      onOutage: () => {},
      onForeignWrites: undefined,
      open: (lockWaitMs) => newest = new Database(home.path, lockWaitMs),
    });
    store.load();
    overwrite(home.path, PAGE, Deno.statSync(home.path).size - PAGE);
    // Pages in its cache would hide it.
    newest?.connection.exec("PRAGMA shrink_memory");
    assert.equal(await store.saveLease(lease(2, "b0")), "durable");
    await store.flush();
    assert.deepEqual(store.status(), { kind: "ok" });
    assert.equal(home.logger.lines[0]?.level, "error");
  }
  assert.ok(damagedFiles(home).includes(`opsen.db.damaged-${STAMP}`));
  await using store = home.open();
  assert.deepEqual(store.load(), {
    ...known,
    leases: [lease(1, "b0"), lease(2, "b0")],
  });
});

Deno.test("damage that only a look at decisions meets is dealt with by the next write", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    for (let i = 0; i < 2000; i++) {
      store.saveDecision({ requestId: `r${i}`, atMs: NOW_MS, json: "{}" });
      if (i % 500 === 0) await store.flush();
    }
  }
  const pages = home.rows(
    "SELECT pageno FROM dbstat WHERE name IN ('decisions', 'idx_decisions_request') AND pagetype = 'leaf'",
  );
  for (const { pageno } of pages) {
    overwrite(home.path, (Number(pageno) - 1) * PAGE, PAGE);
  }
  await using store = home.open();
  store.load();
  assert.equal(store.findDecision("r7"), undefined);
  assert.equal(
    await store.saveRegistration(registration("a"), NOW_MS),
    "durable",
  );
  assert.deepEqual(damagedFiles(home).length > 0, true);
  await until("the write", () => store.status().kind === "ok");
});

Deno.test("damaged files are never removed: many are warned of, and too many refused", async () => {
  await using home = new SqliteHome();
  for (let i = 1; i <= SET_ASIDE_MAX + 1; i++) {
    await fill(home, 1);
    overwrite(home.path, PAGE, Deno.statSync(home.path).size - PAGE);
    home.logger.lines.length = 0;
    if (i > SET_ASIDE_MAX) {
      assert.throws(
        () => home.open().load(),
        /16 of them lie there already, wanted fewer than 16/,
      );
    } else {
      await using store = home.open();
      store.load();
      const warnings = home.logger.lines.filter(({ message }) =>
        message.includes("pile up")
      );
      assert.equal(warnings.length, i > 3 ? 1 : 0, `${i}`);
    }
    if (i <= SET_ASIDE_MAX) assert.equal(damagedFiles(home).length, i);
  }
});

/** A database as an earlier server left it. */
async function fill(home: SqliteHome, leases = LEASES): Promise<void> {
  await using store = home.open();
  for (let i = 0; i < BACKENDS; i++) {
    store.saveRegistration(registration(`b${i}`), NOW_MS);
    store.saveReport(`b${i}`, report(), NOW_MS);
  }
  for (let i = 1; i <= leases; i++) {
    store.saveLease(lease(i, `b${i % BACKENDS}`));
    store.saveSticky(sticky(`session ${i}`, `b${i % BACKENDS}`));
  }
  store.saveDrain(drain("b3"));
  await store.flush();
}

function overwrite(path: string, at: number, length: number): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(length).fill(0x5a));
}

function damagedFiles(home: SqliteHome): readonly string[] {
  return [...Deno.readDirSync(home.folder)].map(({ name }) => name)
    .filter((name) => /\.damaged-[^-]*(-\d+)?$/.test(name)).sort();
}

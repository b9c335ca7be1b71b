import assert from "node:assert/strict";
import type { AuditQuery, StoredTrust } from "../../src/trust_ports.ts";
import {
  AUDIT_TEXT_CHARS_MAX,
  auditQuestion,
  READ_NEWEST_AUDIT,
} from "../../src/store/audit_row.ts";
import { Database } from "../../src/store/database.ts";
import { EMPTY_SNAPSHOT } from "../../src/store/snapshot.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { FILE_CHECK_MS } from "../../src/store/writer.ts";
import {
  salvage,
  salvageAudit,
  salvageTrust,
} from "../../src/store/salvage.ts";
import { NO_TRUST } from "../../src/store/trust_reading.ts";
import {
  auditEntry,
  freeKey,
  key,
  lease,
  registration,
  token,
} from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

const PAGE = 4096;
const ALL: AuditQuery = {
  sinceMs: 0,
  actor: undefined,
  action: undefined,
  limit: 100_000,
};

Deno.test("what another process adds, uses, takes back and forgets is told, and nothing else is", async () => {
  await using home = new SqliteHome();
  await using other = home.open();
  await other.saveKey(freeKey("root"));
  await other.saveKey(key("agent:a"));
  const told: StoredTrust[] = [];
  const onForeignTrust = (trust: StoredTrust) => void told.push(trust);
  await using store = home.open({ onForeignTrust });
  assert.equal(store.loadTrust().keys.length, 2);
  await store.saveToken(token("ours"));
  await other.saveLease(lease(1, "a"));
  const revoked = key("agent:a", { revokedMs: NOW_MS });
  const changes: readonly [change: () => unknown, trust: StoredTrust][] = [
    [
      () => other.saveKey(revoked),
      { keys: [revoked, freeKey("root")], tokens: [token("ours")] },
    ],
    [
      () => other.removeKey("root"),
      { keys: [revoked], tokens: [token("ours")] },
    ],
    [
      () => other.saveToken(token("ours", { uses: 2 })),
      { keys: [revoked], tokens: [token("ours", { uses: 2 })] },
    ],
    [
      () => other.removeToken("ours"),
      { keys: [revoked], tokens: [] },
    ],
  ];
  for (const [index, [change, trust]] of changes.entries()) {
    await change();
    await until("news", () => told.length > index);
    assert.deepEqual(told.at(-1), trust);
    assert.equal(told.length, index + 1);
    assert.deepEqual(store.loadTrust(), trust);
  }
});

Deno.test("what is said here of a key counts for more than what another process says of it", async () => {
  await using home = new SqliteHome();
  await using other = home.open();
  await other.saveKey(freeKey("root"));
  await other.saveKey(freeKey("forgotten"));
  const told: StoredTrust[] = [];
  await using store = home.open({
    onForeignTrust: (trust) => void told.push(trust),
  });
  store.loadTrust();
  using lock = home.connect();
  await other.saveKey(freeKey("theirs"));
  lock.exec("BEGIN IMMEDIATE");
  const revoked = freeKey("root", { revokedMs: NOW_MS });
  const saved = store.saveKey(revoked);
  void store.removeKey("forgotten");
  assert.deepEqual(store.loadTrust().keys, [revoked, freeKey("theirs")]);
  lock.exec("ROLLBACK");
  await saved;
  await store.flush();
  assert.deepEqual(home.rows("SELECT revoked_ms FROM api_keys ORDER BY name"), [
    { revoked_ms: NOW_MS },
    { revoked_ms: null },
  ]);
});

Deno.test("keys of a database that could not be read at start are told when it can be, also when there are none", async () => {
  for (const keys of [[freeKey("root")], []]) {
    await using home = new SqliteHome();
    {
      await using store = home.open();
      await Promise.all(keys.map((key) => store.saveKey(key)));
    }
    // Readers don't wait for a lock beside a write-ahead log.
    home.run("PRAGMA journal_mode = DELETE");
    using other = home.connect();
    other.exec("BEGIN EXCLUSIVE");
    const told: StoredTrust[] = [];
    await using store = new SqliteStore({
      ...{ path: home.path, logger: home.logger, clock: home.clock },
      ...{ backendsMax: 1000, stickyMax: 1000 },
      // Waits for no lock, to be quick.
      open: () => new Database(home.path, 0),
      onLateSnapshot: () => {},
      whatIsKnown: () => EMPTY_SNAPSHOT,
      onOutage: () => {},
      onForeignWrites: undefined,
      onForeignTrust: (trust) => void told.push(trust),
    });
    assert.deepEqual(store.loadTrust(), NO_TRUST);
    assert.equal(store.status().kind, "degraded");
    assert.equal(await store.saveKey(key("agent:b")), "memory");
    other.exec("ROLLBACK");
    await until("the keys", () => told.length > 0);
    assert.deepEqual(told, [{ keys: [key("agent:b"), ...keys], tokens: [] }]);
    assert.deepEqual(store.loadTrust(), told[0]);
  }
});

Deno.test("a removed database file is written anew with its keys, tokens and trail", async () => {
  await using home = new SqliteHome();
  const revoked = key("agent:a", { revokedMs: NOW_MS });
  {
    await using store = home.open();
    await store.saveKey(key("agent:a"));
    await store.saveKey(freeKey("forgotten"));
    await store.saveToken(token("t1"));
    await store.saveAudit(auditEntry({ requestId: "before" }));
    for (const { name } of Deno.readDirSync(home.folder)) {
      Deno.removeSync(`${home.folder}/${name}`);
    }
    home.clock.advance(FILE_CHECK_MS);
    store.removeKey("forgotten");
    store.saveAudit(auditEntry({ requestId: "after" }));
    assert.equal(await store.saveKey(revoked), "memory");
    await until("recovery", () => store.status().kind === "ok");
  }
  await using store = home.open();
  assert.deepEqual(store.loadTrust(), {
    keys: [revoked],
    tokens: [token("t1")],
  });
  assert.deepEqual(
    store.audit(ALL).map(({ requestId }) => requestId).toSorted(),
    ["after", "before"],
  );
});

Deno.test("a file that is put in the place of the database counts with its keys, and one that never held any gets those that are known", async () => {
  for (const held of [[freeKey("theirs")], []]) {
    await using home = new SqliteHome();
    await using other = new SqliteHome();
    {
      await using store = other.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      await Promise.all(held.map((key) => store.saveKey(key)));
    }
    const told: StoredTrust[] = [];
    const expected = held.length === 0 ? [freeKey("ours")] : held;
    {
      await using store = home.open({
        onForeignTrust: (trust) => void told.push(trust),
      });
      store.loadTrust();
      await store.saveKey(freeKey("ours"));
      Deno.renameSync(other.path, home.path);
      home.clock.advance(FILE_CHECK_MS);
      await store.saveRegistration(registration("b"), NOW_MS);
      await until("recovery", () => store.status().kind === "ok");
      if (held.length > 0) await until("news", () => told.length > 0);
      assert.deepEqual(store.loadTrust().keys, expected);
    }
    await using store = home.open();
    assert.deepEqual(store.loadTrust().keys, expected);
    assert.equal(store.load().backends.length, 2);
  }
});

Deno.test("of a damaged database what can be read of keys, tokens and the trail is taken over", async () => {
  await using home = new SqliteHome();
  await fill(home);
  // A leaf in the middle of the keys.
  overwritePage(home, leavesOf(home, "api_keys")[2]);
  {
    await using store = home.open();
    const { keys, tokens } = store.loadTrust();
    assert.ok(keys.length < 200 && keys.length > 150, `${keys.length} keys`);
    assert.deepEqual(tokens, [token("t1")]);
    assert.equal(store.audit(ALL).length, 300);
    const told = home.logger.lines.find(({ data }) => data.keys !== undefined);
    assert.deepEqual([told?.data.keys, told?.data.tokens], [keys.length, 1]);
  }
  await using store = home.open();
  assert.ok(store.loadTrust().keys.length > 150);
  assert.equal(store.audit(ALL).length, 300);
  assert.equal(store.load().backends.length, 1);
});

Deno.test("a damaged database that was never migrated to this version gives back its backends all the same", async () => {
  await using home = new SqliteHome();
  await fill(home);
  home.run(`
    DROP TABLE api_keys; DROP TABLE enrol_tokens; DROP TABLE audit;
    ALTER TABLE clients DROP COLUMN registered_from;
    ALTER TABLE clients DROP COLUMN endpoint_allow_json;
    PRAGMA user_version = 5`);
  const { backends, leases } = salvage(home.path, NOW_MS, 1000);
  assert.deepEqual([backends.length, leases.length], [1, 300]);
  assert.deepEqual(salvageTrust(home.path), NO_TRUST);
  assert.deepEqual(salvageAudit(home.path, 10), []);
});

Deno.test("damage that shows while the server runs takes no key and no line of the trail with it", async () => {
  await using home = new SqliteHome();
  await fill(home);
  {
    await using store = home.open();
    store.loadTrust();
    for (const page of leavesOf(home, "idx_audit_at")) {
      overwritePage(home, page);
    }
    for (const page of leavesOf(home, "api_keys")) overwritePage(home, page);
    await store.saveKey(freeKey("new"));
    await until("the damage", () => {
      store.audit(ALL);
      void store.saveKey(freeKey("newer"));
      return [...Deno.readDirSync(home.folder)]
        .some(({ name }) => name.includes(".damaged-"));
    });
    await store.flush();
    assert.deepEqual(store.status(), { kind: "ok" });
  }
  await using store = home.open();
  assert.equal(store.loadTrust().keys.length, 202);
  assert.equal(store.audit(ALL).length, 300);
});

Deno.test("a key that somebody typed and that can't be understood opens nothing, and is told of", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    for (let i = 0; i < 6; i++) await store.saveKey(key(`key ${i}`));
    await store.saveToken(token("t1"));
    await store.saveToken(token("t2"));
  }
  home.run(`
    UPDATE api_keys SET scopes = 'everything' WHERE name = 'key 0';
    UPDATE api_keys SET scopes = '["root"]' WHERE name = 'key 1';
    UPDATE api_keys SET tiers = x'00' WHERE name = 'key 2';
    UPDATE api_keys SET expires_ms = 'tomorrow' WHERE name = 'key 3';
    UPDATE api_keys SET hash = '' WHERE name = 'key 4';
    UPDATE enrol_tokens SET uses_max = 'many' WHERE token_id = 't1'`);
  await using store = home.open();
  assert.deepEqual(store.loadTrust(), {
    keys: [key("key 5")],
    tokens: [token("t2")],
  });
  assert.deepEqual(home.logger.lines.map(({ data }) => data), [{ rows: 6 }]);
});

Deno.test("a name that would come back as another is refused, and a long field of the trail is cut", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const long = "x".repeat(AUDIT_TEXT_CHARS_MAX + 1);
  assert.deepEqual(
    await Promise.all([
      store.saveKey(freeKey("a\0b")),
      store.saveToken(token("a\0b")),
      store.removeKey("\ud83d"),
      store.saveAudit(auditEntry({ target: long })),
    ]),
    ["memory", "memory", "memory", "durable"],
  );
  assert.deepEqual(
    store.audit(ALL).map(({ target }) => target),
    [long.slice(1)],
  );
});

Deno.test("a page of a long trail is found by an index alone, whatever is asked for", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    await store.saveAudit(auditEntry());
  }
  home.run(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      INSERT INTO audit (at_ms, actor, action, target, caller, request_id, result)
      SELECT i, 'actor ' || (i % 7), 'action ' || (i % 11), '', '', '', 'ok' FROM n`);
  const database = new Database(home.path, 0);
  const planOf = (sql: string) =>
    database.connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
      .map(({ detail }) => String(detail));
  for (
    const [question, index] of [
      [{}, "idx_audit_at (at_ms>?)"],
      [{ actor: "x" }, "idx_audit_actor (actor=? AND at_ms>?)"],
      [{ action: "x" }, "idx_audit_action (action=? AND at_ms>?)"],
      [
        { actor: "x", action: "x" },
        "idx_audit_actor_action (actor=? AND action=? AND at_ms>?)",
      ],
    ] as const
  ) {
    const plan = planOf(auditQuestion({ ...ALL, ...question }));
    assert.deepEqual(plan, [`SEARCH audit USING INDEX ${index}`]);
  }
  assert.deepEqual(planOf(READ_NEWEST_AUDIT), ["SCAN audit"]);
  database.close();
  await using store = home.open();
  const page = store.audit({ ...ALL, actor: "actor 3", limit: 2 });
  assert.deepEqual(page.map(({ atMs }) => atMs), [99_998, 99_991]);
});

/** A database with one backend, 200 keys, a token, 300 leases and as many lines of the trail. */
async function fill(home: SqliteHome): Promise<void> {
  await using store = home.open();
  store.saveRegistration(registration("a"), NOW_MS);
  store.saveToken(token("t1"));
  for (let i = 0; i < 200; i++) store.saveKey(key(`key ${i}`));
  for (let i = 1; i <= 300; i++) {
    store.saveLease(lease(i, "a"));
    store.saveAudit(auditEntry({ atMs: NOW_MS + i }));
  }
  await store.flush();
}

function leavesOf(home: SqliteHome, table: string): readonly number[] {
  return home.rows(
    `SELECT pageno FROM dbstat WHERE name = '${table}' AND pagetype = 'leaf' ORDER BY path`,
  ).map(({ pageno }) => Number(pageno));
}

function overwritePage(home: SqliteHome, page: number | undefined): void {
  assert.ok(page !== undefined);
  using file = Deno.openSync(home.path, { write: true });
  file.seekSync((page - 1) * PAGE, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(PAGE).fill(0x5a));
}

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SCHEMA_VERSION } from "../../src/store/migrations.ts";
import { migrate } from "../../src/store/migrations.ts";
import { OWN_COLUMNS } from "../../src/store/schema.ts";
import {
  auditEntry,
  key,
  registration,
  report,
  sticky,
  token,
} from "./examples.ts";
import { copyGoDatabase } from "./go_database.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

/** After the fixture was written. */
const LATER_MS = Date.UTC(2026, 10, 21);

Deno.test("a database of the Go server opens with its backends, reports and assignments", async () => {
  await using home = new SqliteHome();
  copyGoDatabase(home.path);
  home.clock.stepWall(LATER_MS - NOW_MS);
  await using store = home.open();
  const { backends, reports, sticky: assignments } = store.load();

  assert.deepEqual(backends[0], {
    registration: {
      id: "backend-1",
      hostname: "host-1",
      publicIp: "203.0.113.1",
      localIp: "10.0.0.1",
      place: {
        latitude: 31.5,
        longitude: -71.25,
        country: "US",
        city: "City 1",
      },
      totalCores: 16,
      totalMemoryGb: 64,
      totalStorageGb: 500,
      totalGpus: 1,
      gpuModels: ["NVIDIA L4"],
      endpoint: "http://10.0.0.1:8000",
      endpoints: [],
    },
    lastSeenMs: Date.UTC(2026, 10, 20, 16, 53, 48, 96),
  });
  assert.deepEqual(
    backends.map(({ registration: { id } }) => id),
    ["backend-1", "backend-2", "backend-3"],
  );
  assert.deepEqual(reports.at(-1), {
    backendId: "backend-3",
    atMs: Date.UTC(2026, 10, 20, 16, 53, 49, 386),
    report: {
      coreUsagePct: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 60],
      memory: { totalGb: 64, usedGb: 24, availableGb: 40 },
      disk: { totalGb: 500, usedGb: 100, availableGb: 400 },
      gpus: [{
        deviceId: 0,
        name: "NVIDIA L4",
        utilizationPct: 12,
        memoryUsedGb: 2,
        memoryTotalGb: 24,
        temperatureC: 41,
        powerDrawW: 33.5,
        vendor: "nvidia",
        uuid: undefined,
        temperatureLimitC: undefined,
        powerLimitW: undefined,
        isThrottled: undefined,
        throttleReasons: undefined,
        eccErrors: undefined,
        computeMode: undefined,
        isSlice: undefined,
      }],
      windowSeconds: undefined,
      windowFilledSeconds: undefined,
      shortWindow: undefined,
    },
  });
  assert.deepEqual(
    reports.map(({ backendId }) => backendId),
    [1, 1, 2, 2, 3, 3].map((number) => `backend-${number}`),
  );
  assert.deepEqual(
    assignments,
    ["alice", "bob", "carol"].map((stickyId) => ({
      stickyId,
      tier: "medium",
      backendId: "backend-3",
      lastUsedMs: Date.UTC(2026, 10, 20, 16, 53, 49),
    })),
  );
  assert.deepEqual(home.logger.lines, []);
});

Deno.test("a migrated database keeps the Go server's columns, indexes and rows", async () => {
  await using home = new SqliteHome();
  copyGoDatabase(home.path);
  const before = goColumns(home);
  const rowsBefore = goRows(home, before);
  await home.open()[Symbol.asyncDispose]();
  assert.deepEqual(goRows(home, before), rowsBefore);
  for (const [table, columns] of goColumns(home)) {
    const goes = before.get(table) ?? [];
    assert.deepEqual(columns.slice(0, goes.length), goes);
    const added = home.rows(
      `SELECT name, "notnull" AS needed FROM pragma_table_info('${table}')`,
    ).slice(goes.length);
    assert.ok(added.every(({ needed }) => needed === 0));
  }
  assert.deepEqual(home.rows("PRAGMA integrity_check"), [
    { integrity_check: "ok" },
  ]);
});

Deno.test("the Go server's statements work on a database of ours, and find no NULL where it scans values", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    store.saveRegistration(
      registration("a", { place: undefined, gpuModels: [], publicIp: "" }),
      NOW_MS,
    );
    store.saveReport("a", report(1, { gpus: [] }), NOW_MS);
    store.saveSticky(sticky("alice", "a"));
  }
  for (const table of ["clients", "stats", "sticky_assignments"]) {
    const [row] = home.rows(`SELECT * FROM ${table}`);
    const goes = Object.entries(row ?? {}).filter(([name]) =>
      !OWN_COLUMNS.some((own) => own.table === table && own.name === name)
    );
    assert.ok(goes.length > 4);
    assert.deepEqual(goes.filter(([, value]) => value === null), []);
  }
  home.run(`
    INSERT INTO clients (client_id, hostname, public_ip, local_ip, latitude, longitude, country, city, total_cpu,
      total_memory, total_storage, total_gpus, gpu_models, endpoint, last_seen)
      VALUES ('go', 'h', 'unknown', '10.0.0.9', 0, 0, 'unknown', 'unknown', 2, 4, 8, 0, x'6e756c6c', 'http://x:1',
        CURRENT_TIMESTAMP);
    INSERT INTO stats (client_id, timestamp, cpu_cores, cpu_usage_json, memory_total, memory_used, memory_avail,
      disk_total, disk_used, disk_avail, gpu_stats_json)
      VALUES ('go', '2025-12-31 23:59:59.5+00:00', 1, x'5b355d', 4, 1, 3, 8, 2, 6, x'6e756c6c');
    INSERT INTO sticky_assignments (sticky_id, tier, client_id) VALUES ('bob', 'small', 'go')`);
  await using store = home.open();
  const { backends, reports, sticky: assignments } = store.load();
  const { registration: go } = backends[1] ?? {};
  assert.equal(go?.place, undefined);
  assert.equal(go?.publicIp, "");
  assert.deepEqual(go?.gpuModels, []);
  assert.deepEqual(reports[1]?.report.coreUsagePct, [5]);
  assert.deepEqual(reports[1]?.report.gpus, []);
  assert.equal(assignments.length, 2);
});

Deno.test("a database of version 5 gets the tables of trust and keeps its rows, and so does one of the Go server", async () => {
  for (const from of ["version 5", "the Go server"]) {
    await using home = new SqliteHome();
    if (from === "version 5") await makeVersion5(home);
    else copyGoDatabase(home.path);
    const before = home.rows("SELECT client_id, endpoint FROM clients");
    assert.ok(before.length > 0);
    {
      await using store = home.open();
      await store.saveKey(key("agent:a"));
      await store.saveToken(token("t1"));
      await store.saveAudit(auditEntry());
    }
    assert.deepEqual(home.rows("PRAGMA user_version"), [
      { user_version: SCHEMA_VERSION },
    ]);
    assert.deepEqual(
      home.rows("SELECT client_id, endpoint FROM clients"),
      before,
    );
    await using store = home.open();
    assert.deepEqual(store.loadTrust(), {
      keys: [key("agent:a")],
      tokens: [token("t1")],
    });
    const { registration: known } = store.load().backends[0] ?? {};
    assert.ok(known !== undefined && !("registeredFrom" in known));
  }
});

Deno.test("a migration that was half done by hand is completed", async () => {
  await using home = new SqliteHome();
  copyGoDatabase(home.path);
  home.run("ALTER TABLE stats ADD COLUMN window_seconds REAL");
  await home.open()[Symbol.asyncDispose]();
  assert.deepEqual(home.rows("PRAGMA user_version"), [
    { user_version: SCHEMA_VERSION },
  ]);
});

Deno.test("a migration that fails leaves the database as it was", () => {
  using connection = new DatabaseSync(":memory:");
  connection.exec("CREATE TABLE clients (client_id TEXT)");
  assert.throws(() => migrate(connection), /no such column: last_seen/);
  assert.deepEqual(
    connection.prepare("SELECT name FROM sqlite_schema").all().map((row) =>
      row.name
    ),
    ["clients"],
  );
  assert.equal(connection.isTransaction, false);
});

Deno.test("opening a database that is up to date writes nothing", async () => {
  await using home = new SqliteHome();
  await home.open()[Symbol.asyncDispose]();
  const before = Deno.readFileSync(home.path);
  await home.open()[Symbol.asyncDispose]();
  assert.deepEqual(Deno.readFileSync(home.path), before);
});

/** As the version before keys left it. */
async function makeVersion5(home: SqliteHome): Promise<void> {
  {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
  }
  home.run(`
    DROP TABLE api_keys; DROP TABLE enrol_tokens; DROP TABLE audit;
    ALTER TABLE clients DROP COLUMN registered_from;
    ALTER TABLE clients DROP COLUMN endpoint_allow_json;
    PRAGMA user_version = 5`);
}

function goColumns(home: SqliteHome): Map<string, readonly string[]> {
  return new Map(
    ["clients", "stats", "sticky_assignments"].map((table) => [
      table,
      home.rows(`SELECT name FROM pragma_table_info('${table}')`).map((
        { name },
      ) => String(name)),
    ]),
  );
}

function goRows(
  home: SqliteHome,
  columns: Map<string, readonly string[]>,
): readonly Record<string, unknown>[][] {
  return [...columns].map(([table, names]) =>
    home.rows(`SELECT ${names.join(", ")} FROM ${table}`)
  );
}

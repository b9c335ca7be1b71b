import assert from "node:assert/strict";
import { registration, report } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

Deno.test("rows that nobody could have written are read as far as they make sense", async () => {
  await using home = new SqliteHome();
  await home.open()[Symbol.asyncDispose]();
  home.run(`
    INSERT INTO clients (client_id) VALUES (NULL), (''), ('nowhere');
    INSERT INTO clients (client_id, local_ip, endpoint) VALUES
      ('by address', '10.1.2.3', NULL), ('by address 6', 'fd00::1', ''), ('unknown address', 'unknown', '');
    INSERT INTO clients (client_id, hostname, endpoint, latitude, longitude, total_cpu, total_memory, total_storage,
      total_gpus, gpu_models, endpoints_json, country, last_seen) VALUES
      ('odd', NULL, 'http://x', 'north', 1e999, -4, 'much', x'ff00', 9223372036854775807, '{"not":"a list"}',
        '[{"url":1}]', x'fffe', 'yesterday'),
      ('gulf of guinea', 'h', 'http://x', 0, 0, 1, 1, 1, 0, '["a",2]', '[{"url":"http://y","paths":["*"]}]', 'ST',
        '2999-01-01 00:00:00'),
      ('pole', 'h', 'http://x', 90.1, 0, 1, 1, 1, 0, 'null', '[', 'US', NULL)`);
  await using store = home.open();
  const { backends } = store.load();
  assert.deepEqual(
    backends.map(({ registration: { id, endpoint } }) => [id, endpoint]),
    [
      ["by address", "http://10.1.2.3:11000"],
      ["by address 6", "http://[fd00::1]:11000"],
      ["odd", "http://x"],
      ["gulf of guinea", "http://x"],
      ["pole", "http://x"],
    ],
  );
  const [, , odd, guinea, pole] = backends;
  assert.deepEqual(odd?.registration, {
    id: "odd",
    hostname: "",
    publicIp: "",
    localIp: "",
    place: undefined,
    totalCores: 0,
    totalMemoryGb: 0,
    totalStorageGb: 0,
    totalGpus: 2 ** 63,
    gpuModels: [],
    endpoint: "http://x",
    endpoints: [],
  });
  assert.equal(odd?.lastSeenMs, 0);
  assert.deepEqual(guinea?.registration.place, {
    latitude: 0,
    longitude: 0,
    country: "ST",
    city: "",
  });
  assert.deepEqual(guinea?.registration.endpoints, [
    { url: "http://y", paths: ["*"] },
  ]);
  assert.equal(guinea?.lastSeenMs, NOW_MS);
  assert.equal(pole?.registration.place, undefined);
  assert.deepEqual(home.logger.lines.map(({ level, data }) => [level, data]), [
    ["warn", { rows: 4 }],
  ]);
});

Deno.test("the newest report that can be read is taken, and none from the future", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    for (const id of ["a", "b", "c"]) {
      store.saveRegistration(registration(id), NOW_MS - 9000);
    }
    store.saveReport("a", report(11), NOW_MS - 8000);
    store.saveReport("b", report(22), NOW_MS + 2000);
    store.saveReport("c", report(33), NOW_MS + 3_600_000);
  }
  home.run(`
    INSERT INTO stats (client_id, timestamp, cpu_usage_json, memory_total, memory_used, memory_avail, disk_total,
      disk_used, disk_avail) VALUES
      ('a', '2025-12-31 23:59:53', '[1', 1, 1, 1, 1, 1, 1),
      ('a', '2025-12-31 23:59:54', '[1,"2"]', 1, 1, 1, 1, 1, 1),
      ('a', '2025-12-31 23:59:55', '[1]', NULL, 1, 1, 1, 1, 1),
      ('a', '2025-12-31 23:59:56', '[1]', 1, 1, 1, 1, 1, -1),
      ('a', '2025-12-31 23:59:57', '[-1]', 1, 1, 1, 1, 1, 1),
      ('a', '2025', '[1]', 1, 1, 1, 1, 1, 1)`);
  await using store = home.open();
  const { backends, reports } = store.load();
  assert.deepEqual(
    reports.map(({ backendId, atMs, report }) => [
      backendId,
      atMs,
      report.coreUsagePct[0],
    ]),
    [["a", NOW_MS - 8000, 11], ["b", NOW_MS, 22]],
  );
  assert.deepEqual(backends.map(({ lastSeenMs }) => lastSeenMs), [
    NOW_MS - 8000,
    NOW_MS,
    NOW_MS,
  ]);
});

Deno.test("GPUs and the short window of a report are left out when they make no sense", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    for (const id of ["a", "b"]) {
      store.saveRegistration(registration(id), NOW_MS);
      store.saveReport(id, report(), NOW_MS);
    }
  }
  home.run(`
    UPDATE stats SET gpu_stats_json = '[{"name":"no number"}]', short_window_json = '{"seconds":60}',
      window_seconds = -1 WHERE client_id = 'a';
    UPDATE stats SET gpu_stats_json = '[{"device_id":3,"memory_used_gb":0,"memory_total_gb":8,"temperature_c":-5,"vendor":"","throttled":1,
      "throttle_reasons":["a",2],"ecc_errors":-1,"is_slice":null}]',
      short_window_json = '{"seconds":60,"cpu_usage_avg":[],"memory_used_gb":0,"disk_used_gb":0,"gpus":null}'
      WHERE client_id = 'b'`);
  await using store = home.open();
  const [a, b] = store.load().reports;
  assert.deepEqual(a?.report.gpus, []);
  assert.equal(a?.report.shortWindow, undefined);
  assert.equal(a?.report.windowSeconds, undefined);
  assert.deepEqual(b?.report.gpus, [{
    deviceId: 3,
    name: "",
    utilizationPct: 0,
    memoryUsedGb: 0,
    memoryTotalGb: 8,
    temperatureC: -5,
    powerDrawW: 0,
    vendor: "nvidia",
    uuid: undefined,
    temperatureLimitC: undefined,
    powerLimitW: undefined,
    isThrottled: undefined,
    throttleReasons: undefined,
    eccErrors: undefined,
    computeMode: undefined,
    isSlice: undefined,
  }]);
  assert.deepEqual(b?.report.shortWindow, {
    seconds: 60,
    coreUsagePct: [],
    memoryUsedGb: 0,
    diskUsedGb: 0,
    gpus: [],
  });
});

Deno.test("of too many assignments the last used are read back", async () => {
  await using home = new SqliteHome();
  await home.open()[Symbol.asyncDispose]();
  home.run(`
    INSERT INTO clients (client_id, endpoint) VALUES ('a', 'http://x');
    INSERT INTO sticky_assignments (sticky_id, tier, client_id, last_used) VALUES
      ('second', 't', 'a', '2025-12-31 10:00:00'), ('third', 't', 'a', '2025-12-31 11:00:00'),
      ('never', 't', 'a', NULL), ('first', 't', 'a', '2025-12-31 09:00:00')`);
  await using few = home.open({ maxSticky: 2 });
  assert.deepEqual(few.load().sticky.map(({ stickyId }) => stickyId), [
    "second",
    "third",
  ]);
  await using all = home.open();
  assert.deepEqual(all.load().sticky.map(({ stickyId }) => stickyId), [
    "never",
    "first",
    "second",
    "third",
  ]);
});

Deno.test("assignments without a backend are removed when the database is opened", async () => {
  await using home = new SqliteHome();
  await home.open()[Symbol.asyncDispose]();
  const orphan =
    "INSERT INTO sticky_assignments (sticky_id, tier, client_id) VALUES ('s', 't', 'gone')";
  home.run(orphan);
  await home.open()[Symbol.asyncDispose]();
  assert.deepEqual(home.rows("SELECT * FROM sticky_assignments"), []);
});

Deno.test("reports of the window that can't be read are left out and counted, and after too many there is none", async () => {
  await using home = new SqliteHome();
  {
    await using store = home.open();
    store.saveRegistration(registration("a"), NOW_MS);
    store.saveRegistration(registration("b"), NOW_MS);
    for (let i = 0; i < 20; i++) {
      store.saveReport("a", report(i), NOW_MS - 60_000 * i);
    }
    for (let i = 0; i < 9; i++) store.saveReport("b", report(i), NOW_MS - i);
  }
  home.run(`
    UPDATE stats SET cpu_usage_json = NULL WHERE client_id = 'a' AND timestamp < '2025-12-31 23:50'
      AND timestamp > '2025-12-31 23:45';
    UPDATE stats SET disk_total = NULL WHERE client_id = 'b' AND timestamp > '2025-12-31 23:59:59.993'`);
  await using store = home.open();
  assert.deepEqual(
    store.load().reports.map(({ backendId, report }) =>
      `${backendId} ${report.coreUsagePct[0]}`
    ),
    [17, 16, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((usage) => `a ${usage}`),
  );
  assert.deepEqual(home.logger.lines.map(({ data }) => data), [{ rows: 13 }]);
});

Deno.test("what was recovered from a report comes back with it", async () => {
  await using home = new SqliteHome();
  const recoveries = [
    { means: [1.5, 2, 3], windowsSinceGuess: 4.25 },
    { means: [0.1, 0, 7e-3], windowsSinceGuess: undefined },
  ];
  {
    await using store = home.open();
    store.saveRegistration(registration("a"), NOW_MS);
    for (const [i, recovery] of recoveries.entries()) {
      const atMs = NOW_MS - 60_000 * (2 - i);
      store.saveReport("a", { ...report(2), recovery }, atMs);
    }
  }
  await using store = home.open();
  const { reports } = store.load();
  assert.deepEqual(reports.map(({ report }) => report.recovery), recoveries);
});

import assert from "node:assert/strict";
import { ReportSteps } from "../../src/engine/report_steps.ts";
import { ROWS_PER_PIECE } from "../../src/store/history.ts";
import { gpu, report } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

const SPAN = { backendId: "a", fromMs: NOW_MS - 3_600_000, toMs: NOW_MS };

Deno.test("reports are walked through oldest first, those of one backend and of the span alone", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (
    const [id, agoMs, pct] of [
      ...[["a", 3_600_000, 1], ["a", 3_599_999, 2], ["a", 60_000, 4]] as const,
      ...[["a", 120_000, 3], ["b", 60_000, 9], ["a", 0, 5]] as const,
      ...[["a", -1, 6]] as const,
    ]
  ) {
    store.saveReport(id, report(pct), NOW_MS - agoMs);
  }
  await store.flush();
  const seen: (number | undefined)[][] = [];
  const isRead = await store.walkReports(SPAN, (atMs, { coreUsagePct }) => {
    seen.push([NOW_MS - atMs, coreUsagePct[0]]);
  });
  assert.equal(isRead, true);
  assert.deepEqual(seen, [[3_599_999, 2], [120_000, 3], [60_000, 4], [0, 5]]);
});

Deno.test("no report is lost or told twice between two pieces, also when many came at once", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  const ages = Array.from(
    { length: 4 * ROWS_PER_PIECE },
    (_, index) => 7 * Math.floor(index / 7),
  );
  for (const [index, age] of ages.entries()) {
    store.saveReport("a", report(index % 100), NOW_MS - age);
  }
  await store.flush();
  const seen: number[] = [];
  await store.walkReports(SPAN, (atMs) => seen.push(NOW_MS - atMs));
  assert.deepEqual(seen, ages.toSorted((a, b) => b - a));
});

Deno.test("rows that say nothing are passed over, and those of a Go server are read", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  await store.flush();
  home.run(`
    INSERT INTO stats (client_id, timestamp, cpu_usage_json, memory_total, memory_used, disk_total, disk_used, gpu_stats_json)
    VALUES
      ('a', strftime('%Y-%m-%d %H:%M:%f', ${
    NOW_MS / 1000
  } - 9, 'unixepoch') || '123456+00:00', CAST('[10,30]' AS BLOB), 8, 2, 100, 40, 'null'),
      ('a', strftime('%Y-%m-%d %H:%M:%f', ${
    NOW_MS / 1000
  } - 8, 'unixepoch'), 'oops', 8, 2, 100, 40, NULL),
      ('a', NULL, '[1]', 8, 2, 100, 40, NULL)`);
  const steps = new ReportSteps(SPAN.fromMs, SPAN.toMs, 10);
  await store.walkReports(SPAN, (atMs, past) => steps.add(atMs, past));
  const { cpuPct, cpuMaxPct, diskUsedGb, gpus } = steps.steps();
  const only = (column: readonly (number | null)[]) =>
    column.filter((value) => value !== null);
  assert.deepEqual([only(cpuPct), only(cpuMaxPct), only(diskUsedGb), gpus], [
    ...[[20], [30], [40], []],
  ]);
});

Deno.test("the cards of a report come back with their names and figures", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  store.saveReport("a", report(5, { gpus: [gpu(0), gpu(3)] }), NOW_MS);
  await store.flush();
  const cards: unknown[] = [];
  await store.walkReports(SPAN, (_, { gpus }) => cards.push(...gpus));
  assert.deepEqual(cards, [gpu(0), gpu(3)]);
});

Deno.test("a walk ends where nobody waits for it any more", async () => {
  await using home = new SqliteHome();
  await using store = home.open();
  for (let age = 0; age < 4 * ROWS_PER_PIECE; age++) {
    store.saveReport("a", report(1), NOW_MS - age);
  }
  await store.flush();
  const caller = new AbortController();
  let seen = 0;
  const isRead = await store.walkReports(SPAN, () => {
    seen++;
    caller.abort();
  }, caller.signal);
  assert.deepEqual([isRead, seen <= ROWS_PER_PIECE], [false, true]);
});

Deno.test("a database that can't be read says so", async () => {
  await using home = new SqliteHome();
  const store = home.open();
  await store[Symbol.asyncDispose]();
  assert.equal(await store.walkReports(SPAN, () => {}), false);
});

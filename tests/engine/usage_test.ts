import assert from "node:assert/strict";
import type { Report } from "../../src/engine/backend.ts";
import { Usage } from "../../src/engine/usage.ts";
import { type Machine, reported } from "./machines.ts";

const MINUTE_MS = 60_000;

function near(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) < 1e-6, `${found} is not ${wanted}`);
}

/** The averages of a machine that began with its client: one mean for each minute. */
function averages(
  minutes: readonly Machine[],
  more: Partial<Report> = {},
): Report {
  const mean = (value: (machine: Machine) => number | undefined) =>
    minutes.reduce((sum, machine) => sum + (value(machine) ?? 0), 0) /
    minutes.length;
  const gpu = mean((machine) => machine.gpus?.[0]?.[0]);
  const vram = mean((machine) => machine.gpus?.[0]?.[2]);
  const report = reported({
    cpuPct: mean((machine) => machine.cpuPct),
    memoryFreeGb: mean((machine) => machine.memoryFreeGb ?? 64),
    diskFreeGb: mean((machine) => machine.diskFreeGb ?? 1000),
    gpus: minutes[0]?.gpus === undefined ? [] : [[gpu, 24, vram]],
  });
  return { ...report, ...more };
}

Deno.test("a short window is used as it is, instead of the long averages", () => {
  const usage = new Usage();
  for (const at of [0, MINUTE_MS]) {
    const { coreUsagePct, gpus } = reported({
      cpuPct: 75,
      gpus: [[40, 24, 9]],
    });
    usage.take({
      ...reported({
        cpuPct: 10,
        memoryFreeGb: 60,
        diskFreeGb: 900,
        gpus: [[0, 24, 0]],
      }),
      windowSeconds: 900,
      windowFilledSeconds: 900,
      shortWindow: {
        seconds: 10,
        coreUsagePct,
        memoryUsedGb: 24,
        diskUsedGb: 300,
        gpus,
      },
    }, at);
    assert.deepEqual(
      [usage.cores, usage.memoryGb, usage.memoryFreeGb, usage.diskFreeGb],
      [12, 24, 40, 700],
    );
    assert.deepEqual(usage.gpus, gpus);
    assert.equal(usage.shiftPct, 65);
    assert.equal(usage.absorbMs, 10_000);
  }
});

Deno.test("a short window that names other cards does not speak for them", () => {
  const usage = new Usage();
  const report = reported({ gpus: [[30, 24, 3], [0, 24, 0]] });
  const shortWindow = {
    seconds: 10,
    coreUsagePct: report.coreUsagePct,
    memoryUsedGb: 0,
    diskUsedGb: 0,
    gpus: report.gpus.slice(1),
  };
  usage.take({ ...report, shortWindow }, 0);
  assert.deepEqual(usage.gpus, report.gpus);
});

Deno.test("recovered CPU use is smoothed once; memory, disk and GPUs are taken as recovered", () => {
  const usage = new Usage();
  const minutes: Machine[] = [];
  let expected = 0;
  for (const [k, share] of [0.5, 0.25, 1, 0, 0.75, 0.5].entries()) {
    minutes.push({
      cpuPct: 100 * share,
      memoryFreeGb: 64 * (1 - share),
      diskFreeGb: 1000 * (1 - share),
      gpus: [[100 * share, 24, 24 * share]],
    });
    const filled = { windowSeconds: 900, windowFilledSeconds: 60 * (k + 1) };
    usage.take(averages(minutes, filled), k * MINUTE_MS);
    expected = k === 0 ? 16 * share : (expected + 16 * share) / 2;
    near(usage.cores, expected);
    near(usage.memoryGb, 64 * share);
    near(usage.memoryFreeGb, 64 * (1 - share));
    near(usage.diskFreeGb, 1000 * (1 - share));
    near(usage.gpus[0]?.utilizationPct ?? NaN, 100 * share);
    near(usage.gpus[0]?.memoryUsedGb ?? NaN, 24 * share);
    // One minute's mean, of which half is from before.
    assert.equal(usage.absorbMs, k === 0 ? MINUTE_MS : 2 * MINUTE_MS);
  }
});

Deno.test("a client that does not speak of its window is read as one that began when it was first heard", () => {
  const usage = new Usage();
  const minutes: Machine[] = [];
  for (const [k, cpuPct] of [50, 25, 100, 0].entries()) {
    minutes.push({ cpuPct, memoryFreeGb: 64 - cpuPct / 2 });
    usage.take(averages(minutes), k * MINUTE_MS);
    near(usage.memoryGb, cpuPct / 2);
  }
});

Deno.test("a client that has run for long is read too cautiously, on the side of what was", () => {
  const usage = new Usage();
  usage.take(reported({ memoryFreeGb: 64 - 15 }), 0);
  // The last of 15 minutes took 30 GB where the first had 15.
  usage.take(reported({ memoryFreeGb: 64 - 16 }), MINUTE_MS);
  assert.ok(usage.memoryGb > 15 && usage.memoryGb < 30, `${usage.memoryGb}`);
});

Deno.test("averages that can't be recovered absorb as slowly as their window says", () => {
  const usage = new Usage();
  const old = { windowSeconds: 900, windowFilledSeconds: 900 };
  usage.take(averages([{ cpuPct: 50 }], old), 0);
  assert.deepEqual([usage.cores, usage.absorbMs], [8, 900_000]);
  usage.take(averages([{ cpuPct: 50 }], old), 0);
  assert.deepEqual([usage.cores, usage.absorbMs], [8, 900_000]);
});

Deno.test("the interval between reports is learned from them", () => {
  const usage = new Usage();
  usage.take(reported(), 0);
  assert.equal(usage.intervalMs, MINUTE_MS);
  usage.take(reported(), 10_000);
  assert.equal(usage.intervalMs, 10_000);
  usage.take(reported(), 30_000);
  assert.equal(usage.intervalMs, 15_000);
});

Deno.test("a card that takes another's place in the report is not judged by the other's past", () => {
  const usage = new Usage();
  const reportOf = (deviceId: number, vramGb: number): Report => {
    const report = reported({ gpus: [[0, 24, vramGb]] });
    const gpus = report.gpus.map((gpu) => ({ ...gpu, deviceId }));
    return { ...report, gpus, windowSeconds: 900, windowFilledSeconds: 900 };
  };
  for (let at = 0; at < 10; at++) usage.take(reportOf(0, 2), at * MINUTE_MS);
  usage.take(reportOf(1, 12), 10 * MINUTE_MS);
  near(usage.gpus[0]?.memoryUsedGb ?? 0, 12);
});

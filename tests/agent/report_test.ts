import assert from "node:assert/strict";
import { reportOf, type ReportOutcome } from "../../src/agent/report.ts";
import { SampleWindows } from "../../src/agent/sample_windows.ts";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import { absent, present } from "../../src/collect/reading.ts";
import type { Report } from "../../src/engine/backend.ts";
import { statsBody } from "../../src/wire/stats_body.ts";
import { statsMessage } from "../../src/wire/stats_message.ts";
import { registrationOf } from "../../src/agent/registration.ts";
import { clientConfig } from "./client_config.ts";
import { gpuSample } from "./gpu_samples.ts";

const GIB = 2 ** 30;
const NOTHING = absent("nothing");

/** What is present in a second; the rest is absent. */
interface Second {
  readonly used?: readonly number[];
  readonly memoryUsedGb?: number;
  readonly diskUsedGb?: number;
  readonly gpus?: readonly GpuSample[];
}

/** A machine with 16 GB of memory and 100 GB of disk after some seconds of which each repeats. */
function windowsAfter(...spans: readonly [number, Second][]): SampleWindows {
  const windows = new SampleWindows(900);
  for (
    const [seconds, { used, memoryUsedGb, diskUsedGb, gpus = [] }] of spans
  ) {
    for (let i = 0; i < seconds; i++) {
      windows.push({
        cpu: used === undefined ? NOTHING : present({
          cores: used.map((usedPct, id) => ({ id, usedPct })),
        }),
        memory: room(16, memoryUsedGb),
        disk: room(100, diskUsedGb),
        gpus,
      });
    }
  }
  return windows;
}

function room(totalGb: number, usedGb: number | undefined) {
  return usedGb === undefined ? NOTHING : present({
    totalBytes: totalGb * GIB,
    availableBytes: (totalGb - usedGb) * GIB,
  });
}

function ready(outcome: ReportOutcome): Report {
  if (outcome.kind === "ready") return outcome.report;
  throw new assert.AssertionError({ message: `no report: ${outcome.kind}` });
}

const ALL: Second = { used: [10, 30], memoryUsedGb: 4, diskUsedGb: 20 };

Deno.test("the first report is there after three samples beside the one they are compared with", () => {
  for (const seconds of [0, 1, 2, 3]) {
    assert.equal(reportOf(windowsAfter([seconds, ALL])).kind, "filling");
  }
  const report = ready(reportOf(windowsAfter([4, ALL])));
  assert.equal(report.windowFilledSeconds, 4);
  assert.equal(report.shortWindow?.seconds, 4);
});

Deno.test("a report has means over all of the window and over its last minute", () => {
  const windows = windowsAfter(
    [840, { used: [0, 50], memoryUsedGb: 2, diskUsedGb: 10 }],
    [60, { used: [60, 50], memoryUsedGb: 8, diskUsedGb: 40 }],
  );
  assert.deepEqual(ready(reportOf(windows)), {
    coreUsagePct: [4, 50],
    memory: { totalGb: 16, usedGb: 2.4, availableGb: 13.6 },
    disk: { totalGb: 100, usedGb: 12, availableGb: 88 },
    gpus: [],
    windowSeconds: 900,
    windowFilledSeconds: 900,
    shortWindow: {
      seconds: 60,
      coreUsagePct: [60, 50],
      memoryUsedGb: 8,
      diskUsedGb: 40,
      gpus: [],
    },
  });
});

Deno.test("a report has the cards of the newest second, with the means of both windows in one order", () => {
  const [idle, busy] = [0, 80].map((usedPct) => [
    gpuSample({ deviceId: 4, usedPct }),
    gpuSample({ deviceId: 1, usedPct: usedPct / 2 }),
  ]);
  const { gpus, shortWindow } = ready(reportOf(windowsAfter(
    [840, { ...ALL, gpus: [...idle ?? [], gpuSample({ deviceId: 7 })] }],
    [60, { ...ALL, gpus: busy ?? [] }],
  )));
  const seen = (readings: Report["gpus"] = []) =>
    readings.map((card) => [card.deviceId, Math.round(card.utilizationPct)]);
  assert.deepEqual(seen(gpus), [[1, 3], [4, 5]]);
  assert.deepEqual(seen(shortWindow?.gpus), [[1, 40], [4, 80]]);
});

Deno.test("without CPU or without memory there is no report, and it says so", () => {
  for (
    const second of [
      { memoryUsedGb: 1, diskUsedGb: 1 },
      { used: [0], diskUsedGb: 1 },
      {},
    ]
  ) {
    const outcome = reportOf(windowsAfter([30, second]));
    assert.equal(outcome.kind, "absent");
    assert.match(
      outcome.kind === "absent" ? outcome.reason : "",
      /measured in 0 of the last 60 s, 3 are needed/,
    );
  }
});

Deno.test("numbers from before a file went missing are no report", () => {
  const windows = windowsAfter([800, ALL], [61, { ...ALL, used: [] }]);
  assert.equal(reportOf(windows).kind, "absent");
});

Deno.test("single readings that are missing don't keep a report back", () => {
  const windows = windowsAfter([50, ALL], [57, {}], [3, ALL]);
  assert.equal(reportOf(windows).kind, "ready");
});

Deno.test("a machine whose disk was not measured lately has no room on it", () => {
  const { disk, shortWindow } = ready(
    reportOf(windowsAfter([100, ALL], [60, { used: [1, 1], memoryUsedGb: 4 }])),
  );
  assert.deepEqual(disk, { totalGb: 0, usedGb: 0, availableGb: 0 });
  assert.equal(shortWindow?.diskUsedGb, 0);
});

Deno.test("used and available make the total, also after memory was taken away", () => {
  const windows = windowsAfter([100, { ...ALL, memoryUsedGb: 12 }]);
  windows.push({
    cpu: present({ cores: [{ id: 0, usedPct: 1 }, { id: 1, usedPct: 1 }] }),
    memory: room(8, 4),
    disk: room(100, 20),
    gpus: [],
  });
  const { memory } = ready(reportOf(windows));
  assert.deepEqual(memory, { totalGb: 8, usedGb: 8, availableGb: 0 });
});

Deno.test("after a long stop it fills again instead of warning", () => {
  const windows = windowsAfter([100, ALL]);
  windows.skip(10_000);
  assert.equal(reportOf(windows).kind, "filling");
});

Deno.test("the server reads a report as it was meant", () => {
  const gpus = [gpuSample(), gpuSample({ deviceId: 1, eccErrors: undefined })];
  const report = ready(reportOf(windowsAfter([100, { ...ALL, gpus }])));
  const machine = registrationOf({
    config: clientConfig(),
    clientId: "c-1",
    host: { hostname: "h", kernel: "", machineId: "", bootId: "" },
    totals: {
      cores: 2,
      memoryBytes: 16 * GIB,
      diskBytes: 100 * GIB,
      gpuModels: [],
    },
    localIp: "10.0.0.7",
    whereabouts: { place: undefined, publicIp: "" },
  });
  const text = JSON.stringify(statsMessage(machine, report, 1.7e12));
  const read = statsBody.parse(JSON.parse(text));
  assert.equal(read.id, "c-1");
  assert.deepEqual(read.report, report);
});

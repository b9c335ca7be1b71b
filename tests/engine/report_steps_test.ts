import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  CARDS_MAX,
  type PastReport,
  ReportSteps,
} from "../../src/engine/report_steps.ts";
import { reported } from "./machines.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);

function stepsOf(
  reports: readonly (readonly [minute: number, report: PastReport])[],
  pointsMax = 61,
) {
  const steps = new ReportSteps(START_MS, START_MS + HOUR_MS, pointsMax);
  for (const [minute, report] of reports) {
    steps.add(START_MS + minute * 60_000, report);
  }
  return steps.steps();
}

Deno.test("a step has the means of its reports, and null where there are none", () => {
  const steps = stepsOf([
    [0, reported({ cpuPct: 10, memoryFreeGb: 60 })],
    [1, { ...reported({ cpuPct: 20 }), coreUsagePct: [0, 40] }],
    [9, reported({ cpuPct: 50, diskFreeGb: 400 })],
  ], 13);
  assert.equal(steps.stepSeconds, 300);
  assert.equal(steps.at[0], START_MS / 1000);
  assert.deepEqual(steps.cpuPct.slice(0, 3), [15, 50, null]);
  assert.deepEqual(steps.cpuMaxPct.slice(0, 3), [25, 50, null]);
  assert.deepEqual(steps.memoryUsedGb.slice(0, 3), [2, 0, null]);
  assert.deepEqual(steps.diskUsedGb.slice(0, 3), [0, 600, null]);
  assert.deepEqual(steps.memoryTotalGb.slice(0, 2), [64, 64]);
  assert.equal(steps.diskTotalGb.length, steps.at.length);
});

Deno.test("steps are longer than the distance of reports, so that only a silence leaves one empty", () => {
  const minutes = Array.from({ length: 60 }, (_, minute) => minute)
    .filter((minute) => minute < 20 || minute > 30);
  const late = (minute: number) => minute + (minute % 3) / 600;
  const { cpuPct, stepSeconds } = stepsOf(
    minutes.map((minute) => [late(minute), reported({ cpuPct: 7 })] as const),
    1000,
  );
  assert.equal(stepSeconds, 76);
  const silent = cpuPct.flatMap((value, step) => value === null ? [step] : []);
  assert.ok(
    silent.every((step) => step * 76 / 60 > 18 && step < 26),
    `${silent}`,
  );
  assert.ok(silent.length >= 6);
});

Deno.test("cards are told apart by their numbers, and come and go", () => {
  const card = reported({ gpus: [[10, 24, 6], [30, 24, 12]] });
  const { gpus } = stepsOf([
    [0, card],
    [1, card],
    [5, { ...card, gpus: card.gpus.slice(1) }],
  ], 13);
  assert.deepEqual(gpus.map(({ deviceId }) => deviceId), [0, 1]);
  assert.deepEqual(gpus[0]?.utilizationPct.slice(0, 2), [10, null]);
  assert.deepEqual(gpus[1]?.memoryUsedGb.slice(0, 2), [12, 12]);
  const [one] = card.gpus;
  const many = Array.from(
    { length: CARDS_MAX + 5 },
    (_, deviceId) => ({ ...one!, deviceId }),
  );
  const crowd = stepsOf([[0, { ...card, gpus: many }]]);
  assert.equal(crowd.gpus.length, CARDS_MAX);
});

Deno.test("whatever comes, there are no more steps than were asked for, and every report counts once", () => {
  fc.assert(fc.property(
    fc.integer({ min: 10, max: 1000 }),
    fc.integer({ min: 60_000, max: 30 * 24 * HOUR_MS }),
    fc.integer({ min: 0, max: 10_000_000 }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }),
    (pointsMax, lengthMs, offsetMs, parts) => {
      const fromMs = START_MS + offsetMs;
      const folded = new ReportSteps(fromMs, fromMs + lengthMs, pointsMax);
      const at = parts.map((part) => fromMs + part * lengthMs)
        .sort((a, b) => a - b);
      for (const ms of at) folded.add(ms, reported({ cpuPct: 33 }));
      const steps = folded.steps();
      assert.ok(steps.at.length <= pointsMax);
      const filled = new Set(
        at.map((ms) => Math.floor(ms / 1000 / steps.stepSeconds)),
      );
      assert.deepEqual(
        steps.at.filter((_, step) => steps.cpuPct[step] !== null),
        [...filled].map((step) => step * steps.stepSeconds),
      );
    },
  ));
});

import assert from "node:assert/strict";
import { type Sample, SampleWindows } from "../../src/agent/sample_windows.ts";
import { absent, present } from "../../src/collect/reading.ts";

const NOTHING = absent("nothing");

/** A sample in which each core is used so much, and of 100 bytes each memory and disk have so many in use. */
function sample(
  usedPct: readonly (number | undefined)[] | undefined,
  memoryUsed?: number,
  diskUsed?: number,
): Sample {
  return {
    cpu: usedPct === undefined ? NOTHING : present({
      cores: usedPct.map((usedPct, id) => ({ id, usedPct })),
    }),
    memory: memoryUsed === undefined ? NOTHING : present({
      totalBytes: 100,
      availableBytes: 100 - memoryUsed,
    }),
    disk: diskUsed === undefined ? NOTHING : present({
      totalBytes: 200,
      availableBytes: 200 - diskUsed,
    }),
    gpus: [],
  };
}

Deno.test("before the first sample nothing is known", () => {
  const windows = new SampleWindows(60);
  assert.deepEqual(windows.means(), {
    coreUsedPct: [],
    memoryUsedBytes: undefined,
    diskUsedBytes: undefined,
    measuredSeconds: 0,
  });
  assert.deepEqual(windows.totals, {
    cores: 0,
    memoryBytes: 0,
    diskBytes: 0,
    gpuModels: [],
  });
  assert.equal(windows.elapsedSeconds, 0);
});

Deno.test("means are those of the seconds asked for", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([0, 10], 10, 100));
  windows.push(sample([50, 20], 20, 100));
  windows.push(sample([100, 30], 60, 160));
  assert.deepEqual(windows.means(), {
    coreUsedPct: [50, 20],
    memoryUsedBytes: 30,
    diskUsedBytes: 120,
    measuredSeconds: 3,
  });
  assert.deepEqual(windows.means(1), {
    coreUsedPct: [100, 30],
    memoryUsedBytes: 60,
    diskUsedBytes: 160,
    measuredSeconds: 1,
  });
  assert.deepEqual(windows.totals, {
    cores: 2,
    memoryBytes: 100,
    diskBytes: 200,
    gpuModels: [],
  });
});

Deno.test("absent readings do not count, and totals are those last seen", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([undefined], 10, 10));
  windows.push(sample([40], 20));
  windows.push(sample(undefined, undefined, 30));
  windows.push(sample([60]));
  const means = windows.means();
  assert.deepEqual(means.coreUsedPct, [50]);
  assert.equal(means.memoryUsedBytes, 15);
  assert.equal(means.diskUsedBytes, 20);
  assert.equal(means.measuredSeconds, 2);
  assert.equal(windows.totals.diskBytes, 200);
  assert.equal(windows.elapsedSeconds, 4);
});

Deno.test("a core that goes offline is gone at once, and starts anew when it comes back", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([10, 90], 1));
  windows.push(sample([10], 1));
  assert.deepEqual(windows.means().coreUsedPct, [10]);
  assert.equal(windows.totals.cores, 1);
  windows.push(sample([10, 20], 1));
  assert.deepEqual(windows.means().coreUsedPct, [10, 20]);
});

Deno.test("a core that was not measured lately stands with its mean over all of the window", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([10, 80], 1));
  windows.push(sample([30, undefined], 1));
  assert.deepEqual(windows.means(1).coreUsedPct, [30, 80]);
});

Deno.test("a core that was never measured is left out", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([10, undefined, 30], 1));
  assert.deepEqual(windows.means().coreUsedPct, [10, 30]);
});

Deno.test("seconds in which nobody sampled push old samples out", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([10], 10, 10));
  windows.skip(59);
  assert.equal(windows.means().measuredSeconds, 1);
  assert.equal(windows.elapsedSeconds, 1);
  windows.skip(1);
  assert.equal(windows.means().memoryUsedBytes, undefined);
});

Deno.test("after a gap as long as the window everything starts over", () => {
  const windows = new SampleWindows(60);
  windows.push(sample([10], 10, 10));
  windows.skip(1e9);
  assert.equal(windows.elapsedSeconds, 0);
  assert.deepEqual(windows.means().coreUsedPct, []);
  windows.push(sample([70], 70, 70));
  assert.deepEqual(windows.means().coreUsedPct, [70]);
});

Deno.test("cores stand in the order of their numbers", () => {
  const windows = new SampleWindows(60);
  windows.push({
    cpu: present({ cores: [{ id: 11, usedPct: 11 }, { id: 2, usedPct: 2 }] }),
    memory: NOTHING,
    disk: NOTHING,
    gpus: [],
  });
  assert.deepEqual(windows.means().coreUsedPct, [2, 11]);
});

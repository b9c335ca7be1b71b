import assert from "node:assert/strict";
import { GpuWindows } from "../../src/agent/gpu_windows.ts";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import { GPUS_MAX } from "../../src/wire/bounds.ts";
import { gpuSample } from "./gpu_samples.ts";

const GIB = 2 ** 30;

/** Windows of 900 s after spans of seconds that each repeat one list of samples. */
function windowsAfter(
  ...spans: readonly (readonly [number, readonly GpuSample[]])[]
): GpuWindows {
  const windows = new GpuWindows(900);
  for (const [seconds, samples] of spans) {
    for (let i = 0; i < seconds; i++) windows.push(samples);
  }
  return windows;
}

Deno.test("a card has means over the seconds asked for, and its newest facts", () => {
  const windows = windowsAfter(
    [840, [gpuSample({ usedPct: 0, memoryUsedBytes: 2 * GIB, powerW: 10 })]],
    [60, [
      gpuSample({
        usedPct: 90,
        memoryUsedBytes: 8 * GIB,
        powerW: 70,
        throttleReasons: ["power_cap"],
      }),
    ]],
  );
  const card = {
    deviceId: 0,
    name: "L4",
    memoryTotalGb: 16,
    temperatureC: 60,
    vendor: "nvidia",
    uuid: "GPU-0",
    temperatureLimitC: 90,
    powerLimitW: 72,
    isThrottled: false,
    throttleReasons: ["power_cap"],
    eccErrors: 0,
    computeMode: "default",
    isSlice: false,
  };
  const short = { utilizationPct: 90, memoryUsedGb: 8, powerDrawW: 70 };
  const long = { utilizationPct: 6, memoryUsedGb: 2.4, powerDrawW: 14 };
  assert.deepEqual(windows.readings(60), [{ ...card, ...short }]);
  assert.deepEqual(windows.readings(900), [{ ...card, ...long }]);
});

Deno.test("heat and throttling are those of the last minute, also where the mean is of more", () => {
  const windows = windowsAfter(
    [840, [gpuSample({ temperatureC: 95, isThrottled: true })]],
    [60, [gpuSample({ temperatureC: 50 })]],
  );
  for (const last of [60, 900]) {
    const [card] = windows.readings(last);
    assert.equal(card?.temperatureC, 50);
    assert.equal(card?.isThrottled, false);
  }
});

Deno.test("one throttled second within the last minute makes a card throttled, and says why", () => {
  const idle = gpuSample({ throttleReasons: ["idle"] });
  const hot = gpuSample({ isThrottled: true, throttleReasons: ["heat"] });
  const windows = windowsAfter([30, [idle]], [1, [hot]], [59, [idle]]);
  const told = () =>
    windows.readings(900).map((card) => [
      card.isThrottled,
      card.throttleReasons,
    ]);
  assert.deepEqual(told(), [[true, ["heat"]]]);
  windows.push([idle]);
  assert.deepEqual(told(), [[false, ["idle"]]]);
});

Deno.test("a card that is not in the newest sample is gone at once, and starts afresh when it returns", () => {
  const both = [gpuSample({ usedPct: 100 }), gpuSample({ deviceId: 1 })];
  const windows = windowsAfter([100, both], [1, both.slice(1)]);
  assert.deepEqual(windows.readings(900).map(({ deviceId }) => deviceId), [1]);
  assert.deepEqual(windows.models, ["L4"]);
  windows.push([gpuSample({ usedPct: 2 }), gpuSample({ deviceId: 1 })]);
  assert.equal(windows.readings(900)[0]?.utilizationPct, 2);
});

Deno.test("without a reading there is no card", () => {
  const windows = windowsAfter([100, [gpuSample()]], [1, []]);
  assert.deepEqual(windows.readings(900), []);
  assert.deepEqual(windows.models, []);
});

Deno.test("another card under the same number starts afresh", () => {
  const windows = windowsAfter([100, [gpuSample({ usedPct: 100 })]]);
  windows.push([gpuSample({ uuid: "GPU-other", usedPct: 4 })]);
  assert.equal(windows.readings(900)[0]?.utilizationPct, 4);
});

Deno.test("a use that is not told is the last that was, and 0 only when none ever was", () => {
  const silent = gpuSample({ usedPct: undefined });
  const windows = windowsAfter([1, [silent]]);
  assert.equal(windows.readings(60)[0]?.utilizationPct, 0);
  windows.push([gpuSample({ usedPct: 70 })]);
  for (let i = 0; i < 1000; i++) windows.push([silent]);
  assert.equal(windows.readings(60)[0]?.utilizationPct, 70);
  assert.equal(windows.readings(900)[0]?.utilizationPct, 70);
});

Deno.test("what a card does not tell is not known, and its heat and power are 0 on the wire", () => {
  const windows = windowsAfter([1, [
    gpuSample({
      uuid: "",
      temperatureC: undefined,
      temperatureLimitC: undefined,
      powerW: undefined,
      powerLimitW: undefined,
      eccErrors: undefined,
      computeMode: undefined,
    }),
  ]]);
  const [card] = windows.readings(60);
  assert.deepEqual([card?.temperatureC, card?.powerDrawW], [0, 0]);
  assert.deepEqual(
    [card?.uuid, card?.temperatureLimitC, card?.powerLimitW, card?.eccErrors],
    [undefined, undefined, undefined, undefined],
  );
});

Deno.test("what the server would refuse is not sent: numbers no card can have, odd characters, one number twice, too many", () => {
  const odd = gpuSample({
    name: `L4\u0007${"x".repeat(200)}`,
    uuid: "\u202eGPU",
    powerW: 1e9,
    powerLimitW: -1,
    temperatureC: 65_535,
    temperatureLimitC: NaN,
    usedPct: 4e9,
  });
  const [card] = windowsAfter([1, [odd, gpuSample()]]).readings(60);
  assert.equal(card?.name, `L4${"x".repeat(126)}`);
  assert.equal(card?.uuid, "GPU");
  assert.deepEqual(
    [card?.powerDrawW, card?.temperatureC, card?.utilizationPct],
    [0, 0, 0],
  );
  assert.deepEqual(
    [card?.powerLimitW, card?.temperatureLimitC],
    [undefined, undefined],
  );
  const many = Array.from(
    { length: GPUS_MAX + 5 },
    (_, deviceId) => gpuSample({ deviceId }),
  );
  assert.equal(windowsAfter([1, many]).readings(60).length, GPUS_MAX);
});

Deno.test("seconds in which nobody sampled are no zeros", () => {
  const windows = windowsAfter([10, [gpuSample({ usedPct: 80 })]]);
  windows.skip(30);
  windows.push([gpuSample({ usedPct: 80 })]);
  assert.equal(windows.readings(60)[0]?.utilizationPct, 80);
});

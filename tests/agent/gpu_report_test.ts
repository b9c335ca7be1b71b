import assert from "node:assert/strict";
import fc from "fast-check";
import { registrationOf } from "../../src/agent/registration.ts";
import { reportOf } from "../../src/agent/report.ts";
import { SampleWindows } from "../../src/agent/sample_windows.ts";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import { present } from "../../src/collect/reading.ts";
import { GPUS_MAX, THROTTLE_REASONS_MAX } from "../../src/wire/bounds.ts";
import { registerBody } from "../../src/wire/register_body.ts";
import { registerMessage } from "../../src/wire/register_message.ts";
import { statsBody } from "../../src/wire/stats_body.ts";
import { statsMessage } from "../../src/wire/stats_message.ts";
import { seedOf } from "../seed.ts";
import { clientConfig } from "./client_config.ts";
import { gpuSample } from "./gpu_samples.ts";

const GIB = 2 ** 30;
const ROOM = present({ totalBytes: 100 * GIB, availableBytes: 60 * GIB });
const CPU = present({ cores: [{ id: 0, usedPct: 5 }] });

/** What our server makes of the messages of a machine whose GPUs were read like this. */
function heard(seconds: readonly (readonly GpuSample[])[]) {
  const windows = new SampleWindows(60);
  const samples = [...seconds, ...Array(6).fill(seconds.at(-1) ?? [])];
  for (const gpus of samples) {
    windows.push({ cpu: CPU, memory: ROOM, disk: ROOM, gpus });
  }
  const outcome = reportOf(windows);
  assert.ok(outcome.kind === "ready");
  const machine = registrationOf({
    config: clientConfig(),
    clientId: "node-1",
    host: { hostname: "h", kernel: "", machineId: "", bootId: "" },
    totals: windows.totals,
    localIp: "192.0.2.1",
    whereabouts: { publicIp: "", place: undefined },
  });
  return {
    stats: statsBody.safeParse(sent(statsMessage(machine, outcome.report, 0))),
    register: registerBody.safeParse(sent(registerMessage(machine))),
  };
}

function sent(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}

Deno.test("whatever a driver says, the server takes the report and the registration", () => {
  const number = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(2 ** 32 - 1, 2 ** 53, 2 ** 63, -0, 101, 65_536),
  );
  const maybe = <T>(some: fc.Arbitrary<T>) =>
    fc.option(some, { nil: undefined });
  const text = fc.string({ unit: "binary", maxLength: 200 });
  const sample: fc.Arbitrary<GpuSample> = fc.record({
    deviceId: fc.oneof(fc.nat(3), number),
    vendor: fc.constantFrom("nvidia", "amd", "intel"),
    name: text,
    uuid: text,
    usedPct: maybe(number),
    memoryUsedBytes: number,
    memoryTotalBytes: fc.oneof(fc.constant(80 * GIB), number),
    temperatureC: maybe(number),
    temperatureLimitC: maybe(number),
    powerW: maybe(number),
    powerLimitW: maybe(number),
    isThrottled: fc.boolean(),
    throttleReasons: fc.array(text, { maxLength: THROTTLE_REASONS_MAX + 5 }),
    eccErrors: maybe(number.map(Math.floor)),
    computeMode: maybe(fc.constantFrom("default", "prohibited")),
    isSlice: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.array(sample, { maxLength: 5 })), (seconds) => {
      const { stats, register } = heard(seconds);
      assert.equal(stats.error, undefined);
      assert.equal(register.error, undefined);
    }),
    { seed: seedOf("gpu report"), numRuns: 300 },
  );
});

Deno.test("a card whose memory or number can't be is left out, and the others are told", () => {
  const cards = [
    gpuSample({ deviceId: 0, memoryTotalBytes: 2 ** 62 }),
    gpuSample({ deviceId: 1, memoryUsedBytes: NaN }),
    gpuSample({ deviceId: 2, memoryUsedBytes: -1 }),
    gpuSample({ deviceId: 3 }),
    gpuSample({ deviceId: 65_536 }),
    gpuSample({ deviceId: -1 }),
    gpuSample({ deviceId: 0.5 }),
  ];
  const { stats, register } = heard([cards]);
  const { gpus, shortWindow } = stats.data?.report ?? {};
  for (const readings of [gpus, shortWindow?.gpus]) {
    assert.deepEqual(readings?.map(({ deviceId }) => deviceId), [3]);
  }
  assert.equal(register.data?.registration.totalGpus, 1);
});

Deno.test("more cards than a message may hold, and more errors than a number can count, do not cost the report", () => {
  const cards = Array.from(
    { length: GPUS_MAX + 1 },
    (_, deviceId) => gpuSample({ deviceId, eccErrors: 1e17 }),
  );
  const { stats, register } = heard([cards]);
  assert.equal(stats.data?.report.gpus.length, GPUS_MAX);
  assert.equal(stats.data?.report.gpus[0]?.eccErrors, undefined);
  assert.equal(register.data?.registration.totalGpus, GPUS_MAX);
});

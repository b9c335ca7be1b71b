import assert from "node:assert/strict";
import fc from "fast-check";
import { faultKind } from "../../src/collect/nvidia_fault.ts";
import { NVML_ERRORS, NVML_NO_ANSWER } from "../../ffi/nvml_api.ts";
import { fakeCard, type FakePlace } from "../ffi/nvml_script.ts";
import { NvidiaHome } from "./nvidia_home.ts";

const GIB = 2 ** 30;
const { GPU_IS_LOST, NOT_FOUND, NO_PERMISSION, UNKNOWN } = NVML_ERRORS;

function instance(index: number): FakePlace {
  return {
    name: "NVIDIA Fake MIG 1g.10gb",
    uuid: `MIG-${index}`,
    memory: { totalBytes: 10 * GIB, freeBytes: 8 * GIB },
  };
}

function migCard(index: number, places: readonly (FakePlace | undefined)[]) {
  return fakeCard(index, { isMigEnabled: true, instances: places });
}

Deno.test("a card that falls off the bus is missing from the next reading, said once, and comes back", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home.world.faults = [{ of: "*", code: GPU_IS_LOST, device: 1 }];
  await home.seconds(1);
  assert.deepEqual(await home.ids(), [0]);
  await home.seconds(100);
  home.world.faults = [];
  assert.deepEqual(await home.ids(), [0]);
  await home.seconds(300);
  assert.deepEqual(await home.ids(), [0, 1]);
  const label =
    "GPU 1 (NVIDIA Fake 80GB, GPU-00000000-0000-0000-0000-000000000001)";
  assert.deepEqual(home.lines().slice(1), [
    `warn: ${label} can't be read and is not offered: memory: code 15`,
    `info: ${label} can be read again`,
  ]);
});

Deno.test("a card that can be opened but not read is not said to be back", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home.world.faults = [{ of: "memory", code: GPU_IS_LOST, device: 1 }];
  await home.seconds(600);
  assert.deepEqual(await home.ids(), [0]);
  assert.equal(home.lines().length, 2);
});

Deno.test("a lost card is tried ever more rarely", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  home.world.devices.push(fakeCard(1));
  await home.samples();
  home.world.faults = [{ of: "*", code: GPU_IS_LOST, device: 1 }];
  home.calls();
  const tries: number[] = [];
  for (let second = 1; second <= 1000; second++) {
    await home.seconds(1);
    if (home.calls().includes("device 1")) tries.push(second);
  }
  const waits = tries.map((second, index) => second - (tries[index - 1] ?? 0));
  assert.deepEqual(waits, [6, 10, 20, 40, 80, 160, 300, 300]);
});

Deno.test("a card that broke, was well for long and breaks again is tried soon", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  const lost = [{ of: "*", code: GPU_IS_LOST, device: 1 }] as const;
  home.world.faults = [...lost];
  await home.seconds(600);
  home.world.faults = [];
  await home.seconds(900);
  home.world.faults = [...lost];
  await home.seconds(1);
  home.world.faults = [];
  await home.seconds(6);
  assert.deepEqual(await home.ids(), [0, 1]);
});

Deno.test("a card whose sensors say that it is lost is lost", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home.world.faults = [{ of: "temperature", code: GPU_IS_LOST, device: 1 }];
  await home.seconds(11);
  assert.deepEqual(await home.ids(), [0]);
});

Deno.test("whatever code a call of one card gives, the others are reported, and that card only with memory of this second", async () => {
  const calls = [
    ...["device", "name", "uuid", "isMigEnabled", "memory", "utilization"],
    ...["temperature", "powerDraw", "throttleReasons", "slowdownTemperature"],
    ...["powerLimit", "eccErrors", "computeMode"],
  ] as const;
  const codes = Object.values(NVML_ERRORS).filter((code) =>
    faultKind(code) !== "library"
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...calls),
      fc.constantFrom(...codes, 12_345),
      fc.boolean(),
      async (of, code, isFromStart) => {
        using home = new NvidiaHome([fakeCard(0), fakeCard(1), fakeCard(2)]);
        if (!isFromStart) await home.samples();
        home.world.faults = [{ of, code, device: 1 }];
        home.world.devices[1] = fakeCard(1, {
          memory: { totalBytes: 80 * GIB, freeBytes: 33 * GIB },
        });
        await home.seconds(1);
        const samples = await home.samples();
        const ids = samples.map(({ deviceId }) => deviceId);
        assert.deepEqual(ids.filter((id) => id !== 1), [0, 2]);
        const used = samples.find(({ deviceId }) => deviceId === 1)
          ?.memoryUsedBytes;
        assert.ok(used === undefined || used === 47 * GIB);
        if (of === "memory") assert.equal(used, undefined);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a card whose memory can't be read is not reported, whatever the code", async () => {
  for (const code of [NO_PERMISSION, UNKNOWN, NOT_FOUND]) {
    using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
    await home.samples();
    home.world.faults = [{ of: "memory", code, device: 0 }];
    await home.seconds(10);
    assert.deepEqual(await home.ids(), [1]);
    assert.equal(home.lines().length, 2);
  }
});

Deno.test("a card that can't be opened from the start is said by its index", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  home.world.faults = [{ of: "device", code: NO_PERMISSION, device: 1 }];
  await home.seconds(60);
  assert.deepEqual(await home.ids(), [0]);
  assert.deepEqual(home.lines().slice(1), [
    "warn: GPU 1 can't be read and is not offered: device: code 4",
  ]);
});

Deno.test("another card in a lost one's place tells nothing of the old one", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  await home.samples();
  await home.seconds(298);
  const { temperatureC: _, ...other } = fakeCard(7);
  home.world.devices = [other];
  await home.seconds(2);
  const [sample] = await home.samples();
  assert.match(sample?.uuid ?? "", /7$/);
  assert.equal(sample?.temperatureC, undefined);
  assert.match(home.lines()[1] ?? "", /info: GPU 0 .* another card's place/);
});

Deno.test("cards that the driver does not count any more are gone", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home.world.devices.pop();
  await home.seconds(301);
  assert.deepEqual(await home.ids(), [0]);
  assert.match(
    home.lines().at(-2) ?? "",
    /warn: GPU 1 \(.*\) is gone: the driver counts 1$/,
  );
});

Deno.test("when every card is lost the library is begun anew after five minutes, when one is, after an hour", async () => {
  using all = new NvidiaHome([fakeCard(0)]);
  await all.samples();
  all.world.faults = [{ of: "memory", code: GPU_IS_LOST }];
  await all.seconds(290);
  assert.equal(all.world.openings, 1);
  await all.seconds(30);
  assert.equal(all.world.openings, 2);
  assert.equal(all.world.opened, 1);
  using one = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await one.samples();
  one.world.faults = [{ of: "memory", code: GPU_IS_LOST, device: 1 }];
  await one.seconds(3590);
  assert.equal(one.world.openings, 1);
  await one.seconds(20);
  assert.equal(one.world.openings, 2);
  assert.equal(one.lines().length, 2);
  assert.deepEqual(await one.ids(), [0]);
});

Deno.test("a card in MIG mode is its instances, with the heat of the card", async () => {
  using home = new NvidiaHome([
    fakeCard(0),
    migCard(1, [undefined, instance(1), undefined, instance(3)]),
  ]);
  const samples = await home.samples();
  assert.deepEqual(samples.map(({ deviceId }) => deviceId), [0, 2001, 2003]);
  assert.deepEqual(samples[2], {
    deviceId: 2003,
    vendor: "nvidia",
    name: "NVIDIA Fake MIG 1g.10gb",
    uuid: "MIG-3",
    usedPct: undefined,
    memoryUsedBytes: 2 * GIB,
    memoryTotalBytes: 10 * GIB,
    temperatureC: 41,
    temperatureLimitC: 92,
    powerW: 120,
    powerLimitW: 700,
    isThrottled: false,
    throttleReasons: [],
    eccErrors: 0,
    computeMode: "default",
    isSlice: true,
  });
});

Deno.test("instances are not asked for use each second, nor the divided card for its memory", async () => {
  using home = new NvidiaHome([migCard(0, [instance(0), instance(1)])]);
  await home.samples();
  home.calls();
  await home.seconds(1);
  assert.deepEqual(home.calls(), ["memory 0.0", "memory 0.1"]);
});

Deno.test("a card in MIG mode without instances offers nothing and is no fault", async () => {
  using home = new NvidiaHome([migCard(0, []), fakeCard(1)]);
  await home.seconds(60);
  assert.deepEqual(await home.ids(), [1]);
  assert.equal(home.lines().length, 1);
});

Deno.test("an instance that is taken away leaves the others, and new ones are found", async () => {
  using home = new NvidiaHome([migCard(0, [instance(0), instance(1)])]);
  await home.samples();
  home.world.devices = [
    migCard(0, [undefined, instance(1), instance(2)]),
  ];
  await home.seconds(1);
  assert.deepEqual(await home.ids(), [1001]);
  await home.seconds(6);
  assert.deepEqual(await home.ids(), [1001, 1002]);
  assert.match(home.lines()[1] ?? "", /warn: GPU 0 .*MIG-0 can't be read/);
  assert.match(home.lines()[2] ?? "", /info: GPU 0 .* can be read again/);
  assert.equal(home.lines().length, 3);
});

Deno.test("when the library goes, every card does", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home.world.faults = [{ of: "memory", code: NVML_NO_ANSWER, device: 1 }];
  assert.equal((await home.seconds(1)).kind, "absent");
});

/** What changes about a machine's NVIDIA cards while they are read. */
import assert from "node:assert/strict";
import { NVML_ERRORS, NVML_NO_ANSWER } from "../../ffi/nvml_api.ts";
import { fakeCard, type FakeDevice } from "../ffi/nvml_script.ts";
import { NvidiaHome } from "./nvidia_home.ts";
import { reasonOf } from "./readings.ts";

const GIB = 2 ** 30;
const INSTANCE = {
  name: "NVIDIA Fake MIG 1g.10gb",
  uuid: "MIG-0",
  memory: { totalBytes: 10 * GIB, freeBytes: 8 * GIB },
};
const MIG: FakeDevice = { isMigEnabled: true, instances: [INSTANCE] };

Deno.test("when the driver counts other cards every one is looked at anew, so that none is told under two numbers", async () => {
  const [a, b, c, d] = [fakeCard(0), fakeCard(1), fakeCard(2), fakeCard(3)];
  using home = new NvidiaHome([a, c, d]);
  await home.samples();
  // Cards are looked at one after the other: the second has its turn before the count, the third with it.
  await home.seconds(250);
  home.world.devices = [a, b, c, d];
  for (let second = 0; second < 60; second++) {
    await home.seconds(1);
    const samples = await home.samples();
    if (samples.length < 4) continue;
    assert.deepEqual(
      samples.map(({ uuid }) => uuid),
      [a, b, c, d].map(({ uuid }) => uuid),
    );
    return;
  }
  assert.fail("the new card was never read");
});

Deno.test("a card that is divided while it is read is its instances within five minutes, and whole again after", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home.world.devices = [fakeCard(0), fakeCard(1, MIG)];
  await home.seconds(301);
  assert.deepEqual(await home.ids(), [0, 2000]);
  home.world.devices = [fakeCard(0), fakeCard(1)];
  await home.seconds(301);
  assert.deepEqual(await home.ids(), [0, 1]);
});

Deno.test("a divided card whose instances may not be seen is said, once", async () => {
  using home = new NvidiaHome([fakeCard(0), fakeCard(1, MIG)]);
  home.world.faults = [
    { of: "migDevice", code: NVML_ERRORS.NO_PERMISSION, device: 1 },
  ];
  await home.seconds(100);
  assert.deepEqual(await home.ids(), [0]);
  assert.equal(home.lines().length, 2);
  assert.match(
    home.lines().at(-1) ?? "",
    /^warn: GPU 1 .*not offered: migDevice: code 4$/,
  );
  home.world.faults = [];
  await home.seconds(300);
  assert.deepEqual(await home.ids(), [0, 2000]);
});

Deno.test("places that the driver calls invalid are empty ones", async () => {
  using home = new NvidiaHome([fakeCard(0, { isMigEnabled: true })]);
  home.world.faults = [
    { of: "migDevice", code: NVML_ERRORS.INVALID_ARGUMENT },
  ];
  await home.seconds(100);
  assert.deepEqual(await home.ids(), []);
  assert.equal(home.lines().length, 1);
});

Deno.test("a library that hangs while it is ended for a lost card's sake is not opened again before it answers", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  await home.samples();
  home.world.faults = [{ of: "memory", code: NVML_ERRORS.GPU_IS_LOST }];
  await home.seconds(290);
  home.world.faults = [{ of: "*", code: NVML_NO_ANSWER }];
  assert.match(reasonOf(await home.seconds(60)), /does not answer/);
  assert.equal(home.world.openings, 1);
  home.world.faults = [];
  await home.seconds(1);
  assert.deepEqual(await home.ids(), [0]);
  assert.deepEqual([home.world.openings, home.world.opened], [2, 1]);
});

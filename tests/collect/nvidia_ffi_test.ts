/** The collector over the fake library, through the very FFI that a real one is called by. */
import assert from "node:assert/strict";
import { openNvml } from "../../ffi/nvml.ts";
import { NVML_ERRORS } from "../../ffi/nvml_api.ts";
import { type FakeNvml, makeFakeNvml, nvmlTest } from "../ffi/fake_nvml.ts";
import { fakeCard } from "../ffi/nvml_script.ts";
import { NvidiaHome } from "./nvidia_home.ts";
import { reasonOf } from "./readings.ts";

const GIB = 2 ** 30;
/** Never reached, also on a busy machine. */
const PATIENT_MS = 20_000;
/** Where a call hangs, the time that the test takes. */
const HANG_MS = 1000;

function homeOf(fake: FakeNvml, deadlineMs = PATIENT_MS): NvidiaHome {
  return new NvidiaHome([], {
    open: () => openNvml({ paths: [fake.path], deadlineMs }),
  });
}

nvmlTest("everything that two cards tell arrives through FFI", async () => {
  using fake = makeFakeNvml({
    driver: "570.86.15",
    devices: [fakeCard(0, { throttleReasons: 0x20 }), fakeCard(1)],
  });
  using home = homeOf(fake);
  const samples = await home.samples();
  assert.deepEqual(samples.map(({ deviceId }) => deviceId), [0, 1]);
  assert.deepEqual(samples[0], {
    deviceId: 0,
    vendor: "nvidia",
    name: "NVIDIA Fake 80GB",
    uuid: "GPU-00000000-0000-0000-0000-000000000000",
    usedPct: 10,
    memoryUsedBytes: 20 * GIB,
    memoryTotalBytes: 80 * GIB,
    temperatureC: 40,
    temperatureLimitC: 92,
    powerW: 120,
    powerLimitW: 700,
    isThrottled: true,
    throttleReasons: ["software_thermal"],
    eccErrors: 0,
    computeMode: "default",
    isSlice: false,
  });
  assert.deepEqual(home.lines(), [
    "info: NVIDIA driver 570.86.15, number of GPUs: 2",
  ]);
  assert.deepEqual(fake.calls().filter((call) => /OVERLAP/.test(call)), []);
});

nvmlTest("an old driver's cards are read by its old functions", async () => {
  using fake = makeFakeNvml({ devices: [fakeCard(0)] }, { variant: "old" });
  using home = homeOf(fake);
  const [sample] = await home.samples();
  assert.equal(sample?.memoryUsedBytes, 20 * GIB);
  assert.equal(sample?.temperatureC, 40);
  assert.equal(sample?.isSlice, false);
});

nvmlTest(
  "a card that is lost is missing while the others go on, and returns",
  async () => {
    const devices = [fakeCard(0), fakeCard(1), fakeCard(2)];
    using fake = makeFakeNvml({ devices });
    using home = homeOf(fake);
    assert.deepEqual(await home.ids(), [0, 1, 2]);
    fake.write({ devices, lost: [1] });
    await home.seconds(1);
    assert.deepEqual(await home.ids(), [0, 2]);
    fake.write({ devices });
    await home.seconds(6);
    assert.deepEqual(await home.ids(), [0, 1, 2]);
    assert.match(home.lines()[0] ?? "", /warn: GPU 1 .*GPU_IS_LOST \(15\)/);
  },
);

nvmlTest("instances of a divided card are found by their places", async () => {
  const instance = {
    name: "NVIDIA Fake MIG 1g.10gb",
    uuid: "MIG-a",
    memory: { totalBytes: 10 * GIB, freeBytes: 9 * GIB },
  };
  using fake = makeFakeNvml({
    devices: [
      fakeCard(0, { isMigEnabled: true, instances: [undefined, instance] }),
    ],
  });
  using home = homeOf(fake);
  const [sample, ...others] = await home.samples();
  assert.deepEqual(others, []);
  assert.equal(sample?.deviceId, 1001);
  assert.equal(sample?.uuid, "MIG-a");
  assert.equal(sample?.memoryUsedBytes, GIB);
  assert.equal(sample?.usedPct, undefined);
  assert.equal(sample?.temperatureC, 40);
});

nvmlTest(
  "a driver that is upgraded is closed, and read again when its library fits",
  async () => {
    const devices = [fakeCard(0)];
    const code = NVML_ERRORS.LIB_RM_VERSION_MISMATCH;
    using fake = makeFakeNvml({ devices });
    using home = homeOf(fake);
    await home.samples();
    fake.write({ devices, returns: [{ of: "*", code }] });
    assert.match(reasonOf(await home.seconds(1)), /driver was upgraded/);
    assert.match(reasonOf(await home.seconds(6)), /driver was upgraded/);
    fake.write({ devices });
    await home.seconds(20);
    assert.deepEqual(await home.ids(), [0]);
    assert.ok(
      fake.calls().filter((call) => call.startsWith("nvmlInit")).length >= 3,
    );
  },
);

nvmlTest(
  "a call that hangs ends the reading at its deadline; while it is out nothing is called, and afterwards all is read",
  async () => {
    const devices = [fakeCard(0), fakeCard(1)];
    using fake = makeFakeNvml({ devices });
    using home = homeOf(fake, HANG_MS);
    await home.samples();
    fake.write({
      devices,
      hangs: [{ of: "nvmlDeviceGetMemoryInfo", ms: 60_000, device: 1 }],
    });
    assert.match(reasonOf(await home.seconds(1)), /does not answer/);
    const calls = fake.calls().length;
    assert.match(reasonOf(await home.seconds(100)), /does not answer/);
    assert.equal(fake.calls().length, calls);
    fake.write({ devices });
    while ((await home.seconds(1)).kind === "absent") await turn();
    assert.deepEqual(await home.ids(), [0, 1]);
    const inits = fake.calls().filter((call) => call.startsWith("nvmlInit"));
    assert.equal(inits.length, 1);
  },
);

nvmlTest(
  "disposed during a call that hangs it lets the library go when the call returns",
  async () => {
    const devices = [fakeCard(0)];
    using fake = makeFakeNvml({ devices });
    using home = homeOf(fake, HANG_MS);
    await home.samples();
    fake.write({ devices, hangs: [{ of: "*", ms: 60_000 }] });
    const reading = home.seconds(1);
    const calls = fake.calls().length;
    while (fake.calls().length === calls) await turn();
    home.collector[Symbol.dispose]();
    assert.equal((await reading).kind, "absent");
    assert.match(reasonOf(await home.read()), /closed/);
    assert.ok(isLoaded(fake));
    fake.write({ devices });
    while (isLoaded(fake)) await turn();
  },
);

/** Lets the event loop hear of calls that return. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

/** Whether this process still has the library in its memory; proc_pid_maps(5). */
function isLoaded({ path }: FakeNvml): boolean {
  return Deno.readTextFileSync("/proc/self/maps").includes(path);
}

import assert from "node:assert/strict";
import { fakeCard } from "../ffi/nvml_script.ts";
import { NvidiaHome } from "./nvidia_home.ts";

const GIB = 2 ** 30;

function cards(count: number) {
  return Array.from({ length: count }, (_, index) => fakeCard(index));
}

Deno.test("a card tells everything in the first reading", async () => {
  using home = new NvidiaHome([
    fakeCard(0, { throttleReasons: 0x44, computeMode: 3, eccErrors: 2 }),
  ]);
  assert.deepEqual(await home.samples(), [{
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
    throttleReasons: ["power_cap", "hardware_thermal"],
    eccErrors: 2,
    computeMode: "exclusive_process",
    isSlice: false,
  }]);
  assert.deepEqual(home.lines(), [
    "info: NVIDIA driver 550.54, number of GPUs: 1",
  ]);
});

Deno.test("a card that tells its memory alone is reported with what it tells", async () => {
  const memory = { totalBytes: 8 * GIB, freeBytes: 8 * GIB };
  using home = new NvidiaHome([{ memory }]);
  assert.deepEqual(await home.samples(), [{
    deviceId: 0,
    vendor: "nvidia",
    name: "NVIDIA GPU",
    uuid: "",
    usedPct: undefined,
    memoryUsedBytes: 0,
    memoryTotalBytes: 8 * GIB,
    temperatureC: undefined,
    temperatureLimitC: undefined,
    powerW: undefined,
    powerLimitW: undefined,
    isThrottled: false,
    throttleReasons: [],
    eccErrors: undefined,
    computeMode: undefined,
    isSlice: false,
  }]);
});

Deno.test("a limit that is told as degrees left is the temperature and those", async () => {
  const { slowdownC: _, ...card } = fakeCard(0, {
    temperatureC: 50,
    marginC: 37,
  });
  using home = new NvidiaHome([card]);
  assert.equal((await home.samples())[0]?.temperatureLimitC, 87);
});

Deno.test("a power cap holds clocks down and is no throttling; bits that nobody knows are passed over", async () => {
  using home = new NvidiaHome([
    fakeCard(0, { throttleReasons: 0x4 | 0x8000 }),
  ]);
  const [sample] = await home.samples();
  assert.equal(sample?.isThrottled, false);
  assert.deepEqual(sample?.throttleReasons, ["power_cap"]);
});

Deno.test("use and memory are at most two seconds old", async () => {
  using home = new NvidiaHome(cards(2));
  await home.samples();
  home.world.devices = [
    fakeCard(0, { usedPct: 77 }),
    fakeCard(1, { memory: { totalBytes: 80 * GIB, freeBytes: GIB } }),
  ];
  await home.seconds(2);
  const [first, second] = await home.samples();
  assert.equal(first?.usedPct, 77);
  assert.equal(second?.memoryUsedBytes, 79 * GIB);
});

Deno.test("eight cards take at most 18 calls a second, in the mean 12, after the first reading: use and memory of each in turn", async () => {
  using home = new NvidiaHome(cards(8));
  await home.samples();
  home.calls();
  const perSecond: number[] = [];
  for (let second = 0; second < 600; second++) {
    await home.seconds(1);
    const calls = home.calls();
    // A card is looked at anew every five minutes, and the cards are counted.
    const isLook = calls.some((call) => /^(deviceCount|device )/.test(call));
    if (isLook) continue;
    perSecond.push(calls.length);
    const turns = calls.filter((call) => /^(utilization|memory) /.test(call));
    assert.equal(turns.length, 8);
  }
  assert.ok(perSecond.length > 570, `${perSecond.length} of 600`);
  assert.ok(Math.max(...perSecond) <= 8 + 3 * 2 + 4);
  const mean = perSecond.reduce((sum, count) => sum + count) / 600;
  assert.ok(mean < 12, `${mean} calls a second`);
});

Deno.test("cards are looked at anew every five minutes, never two in one second", async () => {
  using home = new NvidiaHome(cards(8));
  await home.samples();
  home.calls();
  const looks: number[] = [];
  for (let second = 0; second < 610; second++) {
    await home.seconds(1);
    looks.push(home.calls().filter((call) => /^device /.test(call)).length);
  }
  assert.equal(Math.max(...looks), 1);
  assert.equal(looks.reduce((sum, count) => sum + count), 16);
});

Deno.test("heat is asked for every ten seconds and settings every minute, of every card", async () => {
  using home = new NvidiaHome(cards(3));
  await home.samples();
  await home.seconds(60);
  home.calls();
  await home.seconds(240);
  const calls = home.calls();
  for (const index of [0, 1, 2]) {
    for (const heat of ["temperature", "powerDraw", "throttleReasons"]) {
      const count = calls.filter((call) => call === `${heat} ${index}`).length;
      assert.ok(count >= 23 && count <= 25, `${heat}: ${count}`);
    }
    for (const setting of ["powerLimit", "eccErrors", "computeMode"]) {
      const name = `${setting} ${index}`;
      const count = calls.filter((call) => call === name).length;
      assert.ok(count >= 4 && count <= 5, `${setting}: ${count}`);
    }
  }
});

Deno.test("a temperature that can't be read any more counts for three periods and no longer", async () => {
  using home = new NvidiaHome(cards(1));
  await home.samples();
  home.world.faults = [{ of: "temperature", code: 999 }];
  await home.seconds(29);
  assert.equal((await home.samples())[0]?.temperatureC, 40);
  await home.seconds(2);
  const [sample] = await home.samples();
  assert.equal(sample?.temperatureC, undefined);
  assert.equal(sample?.powerW, 120);
});

Deno.test("use that is not told for once is told again; a card that never tells is not asked each second", async () => {
  const { usedPct: _, ...silent } = fakeCard(1);
  using home = new NvidiaHome([fakeCard(0), silent]);
  home.world.faults = [{ of: "utilization", code: 21, device: 0 }];
  await home.samples();
  home.world.faults = [];
  home.calls();
  await home.seconds(2);
  const asked = home.calls().filter((call) => call.startsWith("utilization"));
  assert.deepEqual(asked, ["utilization 0"]);
  const used = (await home.samples()).map(({ usedPct }) => usedPct);
  assert.deepEqual(used, [10, undefined]);
});

Deno.test("calls come one at a time, also when it is asked again meanwhile", async () => {
  using home = new NvidiaHome(cards(2));
  const readings = await Promise.all([home.read(), home.read(), home.read()]);
  assert.equal(home.world.outMax, 1);
  assert.equal(readings[0], readings[2]);
  await home.seconds(3);
  assert.equal(home.world.outMax, 1);
});

Deno.test("no GPU behind a driver is no fault, and one that comes is found within five minutes", async () => {
  using home = new NvidiaHome([]);
  assert.deepEqual(await home.ids(), []);
  home.world.devices = cards(1);
  home.calls();
  await home.seconds(299);
  assert.deepEqual(home.calls(), []);
  await home.seconds(2);
  assert.deepEqual(await home.ids(), [0]);
});

Deno.test("a reading that took longer than two seconds is none, for its first cards may be otherwise by now", async () => {
  using home = new NvidiaHome(cards(2));
  await home.samples();
  const gate = Promise.withResolvers<void>();
  home.world.gate = gate.promise;
  home.nowMs += 1000;
  const reading = home.read();
  while (home.world.out === 0) await Promise.resolve();
  home.nowMs += 2001;
  gate.resolve();
  assert.deepEqual(await reading, {
    kind: "absent",
    reason: "The NVIDIA driver answers too slowly",
  });
  assert.deepEqual(await home.ids(), [0, 1]);
});

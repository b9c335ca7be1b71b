import assert from "node:assert/strict";
import { NVML_ERRORS, NVML_NO_ANSWER } from "../../ffi/nvml_api.ts";
import { fakeCard } from "../ffi/nvml_script.ts";
import { NvidiaHome } from "./nvidia_home.ts";
import { reasonOf } from "./readings.ts";

const {
  DRIVER_NOT_LOADED,
  LIBRARY_NOT_FOUND,
  LIB_RM_VERSION_MISMATCH,
  UNINITIALIZED,
  UNKNOWN,
} = NVML_ERRORS;

Deno.test("without a driver and without an NVIDIA GPU there are none, looked for every five minutes, and nothing is said", async () => {
  let looks = 0;
  using home = new NvidiaHome([], {
    isExpected: false,
    open: () => {
      looks++;
      return { kind: "absent", reason: "no such file", isMissing: true };
    },
  });
  assert.deepEqual(await home.samples(), []);
  await home.seconds(299);
  assert.equal(looks, 1);
  await home.seconds(2);
  assert.equal(looks, 2);
  assert.deepEqual(await home.samples(), []);
  assert.deepEqual(home.lines(), []);
});

Deno.test("while there is nothing to do the answer needs no promise", async () => {
  using home = new NvidiaHome([], {
    isExpected: false,
    open: () => ({ kind: "absent", reason: "none", isMissing: true }),
  });
  await home.read();
  assert.deepEqual(home.collector.collect(), { kind: "present", value: [] });
});

Deno.test("a library without a driver on a machine without an NVIDIA GPU is no fault", async () => {
  using home = new NvidiaHome([], { isExpected: false });
  home.world.faults = [{ of: "init", code: DRIVER_NOT_LOADED }];
  assert.deepEqual(await home.samples(), []);
  assert.equal(home.world.opened, 0);
  await home.seconds(100);
  assert.equal(home.world.openings, 1);
  assert.deepEqual(home.lines(), []);
});

Deno.test("an NVIDIA GPU without a driver is a reading without a value, tried again ever more rarely", async () => {
  const looks: number[] = [];
  let second = 0;
  using home = new NvidiaHome([], {
    open: () => {
      looks.push(second);
      return { kind: "absent", reason: "no such file", isMissing: true };
    },
  });
  for (second = 1; second <= 1300; second++) {
    assert.equal(
      reasonOf(await home.seconds(1)),
      "There is an NVIDIA GPU but no driver for it (libnvidia-ml.so.1)",
    );
  }
  const waits = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
  assert.deepEqual(home.lines(), []);
});

Deno.test("a library that can't be loaded is told in its own words", async () => {
  using home = new NvidiaHome([], {
    open: () => ({ kind: "absent", reason: "not ELF", isMissing: false }),
  });
  assert.equal(reasonOf(await home.read()), "not ELF");
});

Deno.test("a driver that is upgraded under us is said, the library is closed and opened again when it fits", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  await home.samples();
  home.world.faults = [{ of: "*", code: LIB_RM_VERSION_MISMATCH }];
  assert.match(reasonOf(await home.seconds(1)), /driver was upgraded/);
  assert.equal(home.world.opened, 0);
  assert.match(reasonOf(await home.seconds(60)), /driver was upgraded/);
  assert.equal(home.world.opened, 0);
  const tries = home.world.openings;
  assert.ok(tries > 2 && tries < 7, `${tries} openings`);
  home.world.faults = [];
  await home.seconds(80);
  assert.deepEqual(await home.ids(), [0]);
  assert.equal(home.world.opened, 1);
  assert.equal(home.lines().length, 1);
});

Deno.test("every way in which the library goes ends in fewer GPUs and in all of them when it is back", async () => {
  for (
    const code of [DRIVER_NOT_LOADED, LIBRARY_NOT_FOUND, UNINITIALIZED]
  ) {
    for (
      const of of [
        ...["memory", "utilization", "temperature", "powerLimit"] as const,
        ...["deviceCount", "device", "name", "isMigEnabled"] as const,
        ...["init", "driverVersion", "shutdown", "*"] as const,
      ]
    ) {
      using home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
      home.world.faults = [{ of, code }];
      await home.seconds(320);
      home.world.faults = [];
      await home.seconds(320);
      assert.deepEqual(await home.ids(), [0, 1], `${of} ${code}`);
      assert.equal(home.world.opened, 1);
      assert.equal(home.world.outMax, 1);
    }
  }
});

Deno.test("a count that fails for a reason nobody knows is told with the reason", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  home.world.faults = [{ of: "deviceCount", code: UNKNOWN }];
  assert.match(reasonOf(await home.read()), /\(deviceCount: code 999\)/);
});

Deno.test("while a call hangs nothing is opened nor closed, and readings go on in the second in which it returns", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  await home.samples();
  home.world.faults = [{ of: "*", code: NVML_NO_ANSWER }];
  const reason = reasonOf(await home.seconds(1));
  assert.equal(reason, "The NVIDIA driver does not answer");
  home.calls();
  assert.equal(reasonOf(await home.seconds(600)), reason);
  assert.deepEqual([...new Set(home.calls())], ["driverVersion"]);
  assert.equal(home.world.openings, 1);
  assert.equal(home.world.opened, 1);
  home.world.faults = [];
  await home.seconds(1);
  assert.deepEqual(await home.ids(), [0]);
  assert.equal(home.world.openings, 1);
});

Deno.test("a library that hangs at the start is waited for and begun in the end", async () => {
  using home = new NvidiaHome([fakeCard(0)]);
  home.world.faults = [{ of: "*", code: NVML_NO_ANSWER }];
  await home.seconds(5);
  home.world.faults = [];
  await home.seconds(8);
  assert.deepEqual(await home.ids(), [0]);
  assert.equal(home.world.opened, 1);
});

Deno.test("once GPUs were seen, no driver is a fault, wherever they are", async () => {
  using home = new NvidiaHome([fakeCard(0)], { isExpected: false });
  await home.samples();
  home.world.faults = [{ of: "*", code: DRIVER_NOT_LOADED }];
  assert.equal(
    reasonOf(await home.seconds(30)),
    "The NVIDIA driver is not loaded",
  );
});

Deno.test("an opener that throws is a reading without a value", async () => {
  using home = new NvidiaHome([], {
    open: () => {
      throw new Error("out of order");
    },
  });
  assert.equal(reasonOf(await home.read()), "out of order");
});

Deno.test("disposed between readings it closes the library; disposed during one it ends that first", async () => {
  const home = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  await home.samples();
  home[Symbol.dispose]();
  assert.equal(home.world.opened, 0);
  assert.match(reasonOf(await home.read()), /closed/);
  const other = new NvidiaHome([fakeCard(0), fakeCard(1)]);
  const gate = Promise.withResolvers<void>();
  other.world.gate = gate.promise;
  const reading = other.read();
  other[Symbol.dispose]();
  assert.equal(other.world.opened, 1);
  gate.resolve();
  await reading;
  assert.equal(other.world.opened, 0);
  assert.match(reasonOf(await other.read()), /closed/);
  assert.equal(other.world.openings, 1);
});

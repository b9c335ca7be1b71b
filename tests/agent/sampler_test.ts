import assert from "node:assert/strict";
import { Sampler } from "../../src/agent/sampler.ts";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import { type Machine, openMachine } from "../../src/collect/machine.ts";
import { present, type Reading } from "../../src/collect/reading.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { gpuSample } from "./gpu_samples.ts";
import { LeapingTime } from "./leaping_time.ts";

const ROOM = { totalBytes: 100, availableBytes: 60 };

/** A machine whose one core is always half used. */
function machine(parts: Partial<Machine> = {}): Machine {
  return {
    cpu: { collect: () => present({ cores: [{ id: 0, usedPct: 50 }] }) },
    memory: { collect: () => present(ROOM) },
    disk: { collect: () => Promise.resolve(present(ROOM)) },
    gpus: [],
    host: { hostname: "h", kernel: "", machineId: "", bootId: "" },
    obstacle: undefined,
    [Symbol.dispose]: () => {},
    ...parts,
  };
}

/** A sampler that ends after so many waits. */
function sampler(
  machine: Machine,
  waitsMax: number,
  onSecond: (second: number) => void = () => {},
) {
  const time = new LeapingTime();
  const controller = new AbortController();
  const logger = new FakeLogger();
  time.onWait(() => {
    if (time.waits.length >= waitsMax) controller.abort();
    else onSecond(time.waits.length);
  });
  return {
    time,
    logger,
    signal: controller.signal,
    sampler: new Sampler({
      machine,
      windowSeconds: 60,
      clock: time,
      sleep: time.sleep,
      logger,
    }),
  };
}

Deno.test("the first sample has everything, also what answers late, and tells the machine's size", async () => {
  const { sampler: first, signal } = sampler(machine(), 99);
  await first.start(signal);
  assert.deepEqual(first.windows.totals, {
    cores: 1,
    memoryBytes: 100,
    diskBytes: 100,
    gpuModels: [],
  });
});

Deno.test("a disk that hangs keeps nobody from starting or sampling", async () => {
  const never = new Promise<Reading<typeof ROOM>>(() => {});
  const { sampler: started, signal, logger } = sampler(
    machine({ disk: { collect: () => never } }),
    5,
  );
  await started.start(signal);
  await started.run(signal);
  const means = started.windows.means();
  assert.equal(means.measuredSeconds, started.windows.elapsedSeconds);
  assert.equal(means.diskUsedBytes, undefined);
  assert.deepEqual(logger.messages("warn"), [
    "No reading of the disk: No answer for 2 s",
  ]);
});

Deno.test("GPUs whose collector hangs keep nobody from starting or sampling, and are not there", async () => {
  let isHanging = false;
  const collector = {
    collect: () =>
      isHanging
        ? new Promise<never>(() => {})
        : Promise.resolve(present([gpuSample()])),
  };
  const { sampler: started, signal, logger, time } = sampler(
    machine({
      gpus: [
        { name: "hanging GPUs", collector },
        {
          name: "other GPUs",
          collector: { collect: () => present([gpuSample({ deviceId: 9 })]) },
        },
      ],
    }),
    20,
    (second) => isHanging = second >= 10,
  );
  await started.start(signal);
  assert.deepEqual(started.windows.totals.gpuModels, ["L4", "L4"]);
  await started.run(signal);
  assert.deepEqual(
    started.windows.gpus.readings(60).map(({ deviceId }) => deviceId),
    [9],
  );
  assert.equal(
    started.windows.means().measuredSeconds,
    started.windows.elapsedSeconds,
  );
  assert.deepEqual(new Set(time.waits.slice(1)), new Set([1000]));
  assert.deepEqual(logger.messages("warn"), [
    "No reading of the hanging GPUs: No answer for 2 s",
  ]);
});

Deno.test("cards that were read before the machine stood still are not taken for those it has now", async () => {
  const collector = { collect: () => Promise.resolve(present([gpuSample()])) };
  const counts: number[] = [];
  const { sampler: stopped, signal, time } = sampler(
    machine({ gpus: [{ name: "GPUs", collector }] }),
    14,
    (second) => {
      counts.push(stopped.windows.totals.gpuModels.length);
      if (second === 10) time.stepWall(20_000);
    },
  );
  await stopped.start(signal);
  await stopped.run(signal);
  assert.deepEqual(counts.slice(-5), [1, 1, 0, 1, 1]);
});

Deno.test("a driver that wakes slowly after the machine stood still has no cards until it answers", async () => {
  let answer = Promise.resolve(present([gpuSample()]));
  const awake = Promise.withResolvers<Reading<readonly GpuSample[]>>();
  const counts: number[] = [];
  const { sampler: stopped, signal, time } = sampler(
    machine({ gpus: [{ name: "GPUs", collector: { collect: () => answer } }] }),
    14,
    (second) => {
      counts.push(stopped.windows.totals.gpuModels.length);
      if (second === 10) {
        time.stepWall(20_000);
        answer = awake.promise as typeof answer;
      }
      if (second === 12) awake.resolve(present([gpuSample()]));
    },
  );
  await stopped.start(signal);
  await stopped.run(signal);
  assert.deepEqual(counts.slice(-5), [1, 1, 0, 0, 1]);
});

Deno.test("a driver that takes long to begin keeps the first sample back for a second at most", async () => {
  const driver = Promise.withResolvers<Reading<readonly GpuSample[]>>();
  const { sampler: first, signal, time } = sampler(
    machine({
      gpus: [{ name: "GPUs", collector: { collect: () => driver.promise } }],
    }),
    3,
  );
  await first.start(signal);
  assert.deepEqual(time.waits, [1000]);
  assert.deepEqual(first.windows.totals.gpuModels, []);
  driver.resolve(present([gpuSample()]));
  await first.run(signal);
  assert.deepEqual(first.windows.totals.gpuModels, ["L4"]);
});

Deno.test("samples are a second apart however long they take, and do not pile up", async () => {
  const { sampler: steady, signal, time } = sampler(
    machine({
      memory: {
        collect() {
          time.advance(40);
          return present(ROOM);
        },
      },
    }),
    20,
  );
  await steady.run(signal);
  assert.deepEqual(new Set(time.waits.slice(1)), new Set([960]));
  assert.equal(steady.windows.elapsedSeconds, 20);
});

Deno.test("seconds that were missed while the machine was stopped are skipped, and the grid is kept", async () => {
  let count = 0;
  const { sampler: stopped, signal, time } = sampler(
    machine({
      cpu: {
        collect() {
          if (++count === 10) time.advance(5300);
          return present({ cores: [{ id: 0, usedPct: 50 }] });
        },
      },
    }),
    20,
  );
  await stopped.run(signal);
  assert.equal(count, 20);
  const means = stopped.windows.means(24);
  assert.equal(means.measuredSeconds, 20);
  assert.deepEqual(time.waits.filter((waitMs) => waitMs !== 1000), [
    -4300,
    700,
  ]);
});

Deno.test("steps of the wall clock touch nothing", async () => {
  const { sampler: steady, signal, time } = sampler(
    machine({
      cpu: {
        collect() {
          time.stepWall(-86_400_000);
          return present({ cores: [{ id: 0, usedPct: 50 }] });
        },
      },
    }),
    10,
  );
  await steady.run(signal);
  assert.ok(time.waits.every((waitMs) => waitMs === 1000));
  assert.equal(steady.windows.means().measuredSeconds, 10);
});

Deno.test("a collector that throws harms no other", async () => {
  const { sampler: broken, signal, logger } = sampler(
    machine({
      cpu: {
        collect() {
          throw new Error("no CPU today");
        },
      },
    }),
    5,
  );
  await broken.run(signal);
  assert.equal(broken.windows.means().memoryUsedBytes, 40);
  assert.deepEqual(broken.windows.means().coreUsedPct, []);
  assert.deepEqual(logger.messages("warn"), [
    "No reading of the CPU: no CPU today",
  ]);
});

Deno.test("files that vanish and come back while sampling are absent in between, said once", async () => {
  const meminfo = "MemTotal: 100 kB\nMemAvailable: 40 kB\n";
  using tree = new TemporaryTree({ stat: "cpu0 0 0 0 0\n", meminfo });
  using simulated = openMachine({
    procRoot: tree.root,
    sysRoot: `${tree.root}/sys`,
    etcRoot: `${tree.root}/etc`,
    diskPath: "/",
    statfs: () => ({ bsize: 1, blocks: 10, bavail: 5 }),
    now: () => 0,
    os: "linux",
  });
  const { sampler: real, signal, logger } = sampler(
    simulated,
    100,
    (second) => {
      tree.write("stat", `cpu0 ${second * 25 + 25} 0 0 ${second * 75 + 75}\n`);
      if (second === 20) tree.remove("meminfo");
      if (second === 85) tree.write("meminfo", meminfo);
    },
  );
  await real.start(signal);
  await real.run(signal);
  assert.deepEqual(real.windows.means(60), {
    coreUsedPct: [25],
    memoryUsedBytes: 60 * 1024,
    diskUsedBytes: 5,
    measuredSeconds: 15,
  });
  assert.deepEqual(logger.lines.map(({ message }) => message), [
    `No reading of the memory: "${tree.root}/meminfo" can't be read: No such file or directory`,
    "There are readings of the memory again",
  ]);
});

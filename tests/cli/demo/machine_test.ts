import assert from "node:assert/strict";
import {
  Machine,
  type MachineShape,
  type SessionLoad,
} from "../../../src/cli/demo/machine.ts";
import type { GpuSample } from "../../../src/collect/gpu_sample.ts";
import { openMachine } from "../../../src/collect/machine.ts";

const SHAPE: MachineShape = {
  name: "m",
  cores: 4,
  memoryGb: 8,
  diskGb: 100,
  ownLoadPct: 10,
  ownDiskShare: 0.2,
  ownMemoryShare: 0.25,
};

/** A machine in a folder of its own, with chance in the middle. */
async function withMachine(
  use: (machine: Machine) => Promise<void>,
  shape = SHAPE,
) {
  const folder = await Deno.makeTempDir();
  try {
    await use(new Machine(shape, folder, () => 0.5));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function collectorsOf(machine: Machine) {
  return openMachine({
    procRoot: machine.procRoot,
    sysRoot: machine.sysRoot,
    etcRoot: machine.sysRoot,
    diskPath: "/",
    now: () => performance.now(),
    os: "linux",
  });
}

Deno.test("the real collectors read a simulated machine's cores and memory", async () => {
  await withMachine(async (machine) => {
    const { cpu, memory } = collectorsOf(machine);
    await cpu.collect();
    machine.tick(10_000);
    const used = await cpu.collect();
    assert.ok(used.kind === "present");
    assert.equal(used.value.cores.length, 4);
    for (const { usedPct = NaN } of used.value.cores) {
      assert.ok(Math.abs(usedPct - 10) < 0.5, `${usedPct}`);
    }
    const room = await memory.collect();
    assert.ok(room.kind === "present");
    assert.equal(room.value.totalBytes, 8 * 2 ** 30);
    assert.equal(room.value.availableBytes, 6 * 2 ** 30);
  });
});

Deno.test("a session uses cores, memory and disk until it ends", async () => {
  await withMachine(async (machine) => {
    const { cpu, memory } = collectorsOf(machine);
    await cpu.collect();
    const idleDiskGb = machine.disk.usedGb;
    const end = machine.open({
      vcpu: 2,
      memoryGb: 4,
      storageGb: 10,
      gpus: [],
      gpuMemoryGb: 0,
    });
    assert.equal(machine.sessions, 1);
    machine.tick(10_000);
    const busy = await cpu.collect();
    const room = await memory.collect();
    assert.ok(busy.kind === "present" && room.kind === "present");
    const total = busy.value.cores.reduce(
      (sum, { usedPct = NaN }) => sum + usedPct,
      0,
    );
    assert.ok(total > 150 && total < 250, `${total}`);
    assert.ok(room.value.availableBytes < 3 * 2 ** 30);
    assert.equal(machine.disk.usedGb, idleDiskGb + 10);
    end();
    end();
    assert.equal(machine.sessions, 0);
    assert.equal(machine.disk.usedGb, idleDiskGb);
  });
});

Deno.test("the real collectors read a simulated machine's GPUs, and sessions use those that they were given", async () => {
  const gpus = [
    { model: "0x744c", vramGb: 24, powerLimitW: 355 },
    { model: "0x7448", vramGb: 48, powerLimitW: 295 },
  ];
  await withMachine(async (machine) => {
    using collectors = collectorsOf(machine);
    const read = async () => {
      const samples: GpuSample[] = [];
      for (const { collector } of collectors.gpus) {
        const reading = await collector.collect();
        assert.ok(reading.kind === "present");
        samples.push(...reading.value);
      }
      return samples;
    };
    const usedGb = (samples: readonly GpuSample[]) =>
      samples.map(({ memoryUsedBytes }) => memoryUsedBytes / 2 ** 30);
    const load = (more: Partial<SessionLoad>): SessionLoad => ({
      vcpu: 1,
      memoryGb: 1,
      storageGb: 0,
      gpus: [],
      gpuMemoryGb: 0,
      ...more,
    });

    const idle = await read();
    assert.deepEqual(
      idle.map(({ deviceId, vendor, memoryTotalBytes, powerLimitW }) => [
        deviceId,
        vendor,
        memoryTotalBytes / 2 ** 30,
        powerLimitW,
      ]),
      [[0, "amd", 24, 355], [1, "amd", 48, 295]],
    );
    assert.deepEqual(usedGb(idle), [0.25, 0.25]);
    const end = machine.open(load({ gpus: [1], gpuMemoryGb: 20 }));
    machine.open(load({ gpus: [0, 1], gpuMemoryGb: 10 }));
    machine.tick(500);
    const busy = await read();
    assert.deepEqual(usedGb(busy), [9.25, 27.25]);
    assert.deepEqual(busy.map(({ usedPct }) => usedPct), [80, 80]);
    end();
    machine.open(load({ gpus: [0] }));
    machine.tick(500);
    // Who names no VRAM has all of the card, which has no more than there is.
    assert.deepEqual(usedGb(await read()), [24, 9.25]);
    for (const { temperatureC = 0, temperatureLimitC = 0 } of busy) {
      assert.ok(temperatureC > 0 && temperatureC < temperatureLimitC);
    }
  }, { ...SHAPE, gpus });
});

Deno.test("a simulated machine without GPUs shows none", async () => {
  await withMachine(async (machine) => {
    using collectors = collectorsOf(machine);
    for (const { collector } of collectors.gpus) {
      assert.deepEqual(await collector.collect(), {
        kind: "present",
        value: [],
      });
    }
  });
});

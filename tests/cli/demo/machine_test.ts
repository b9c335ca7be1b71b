import assert from "node:assert/strict";
import { Machine, type MachineShape } from "../../../src/cli/demo/machine.ts";
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
async function withMachine(use: (machine: Machine) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(new Machine(SHAPE, folder, () => 0.5));
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
    const end = machine.open({ vcpu: 2, memoryGb: 4, storageGb: 10 });
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

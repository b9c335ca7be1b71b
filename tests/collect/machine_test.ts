import assert from "node:assert/strict";
import { type MachineOptions, openMachine } from "../../src/collect/machine.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { fixture, TemporaryTree } from "./trees.ts";

const GIB = 2 ** 30;
const MACHINE: MachineOptions = {
  procRoot: fixture("proc_desktop"),
  sysRoot: fixture("sys_none"),
  etcRoot: fixture("etc_none"),
  diskPath: "/",
  statfs: () => ({ bsize: 4096, blocks: 2000, bavail: 500 }),
  now: () => 0,
  os: "linux",
};

Deno.test("a host has all its cores, memory and disk", async () => {
  using machine = openMachine(MACHINE);
  assert.equal(valueOf(await machine.cpu.collect()).cores.length, 4);
  assert.equal(valueOf(await machine.memory.collect()).totalBytes, 31.25 * GIB);
  assert.equal(valueOf(await machine.disk.collect()).totalBytes, 8_192_000);
  assert.equal(machine.host.hostname, "desk-17");
  assert.equal(machine.obstacle, undefined);
});

Deno.test("a container has what its limits leave", async () => {
  using machine = openMachine({
    ...MACHINE,
    procRoot: fixture("proc_container"),
    sysRoot: fixture("sys_container"),
  });
  assert.equal(valueOf(await machine.cpu.collect()).cores.length, 2);
  assert.equal(valueOf(await machine.memory.collect()).totalBytes, 4 * GIB);
  assert.equal(machine.obstacle, undefined);
});

Deno.test("a pod has the tightest limit on the way up and the cores of its cpuset", async () => {
  using machine = openMachine({
    ...MACHINE,
    procRoot: fixture("proc_pod"),
    sysRoot: fixture("sys_pod"),
  });
  assert.equal(valueOf(await machine.cpu.collect()).cores.length, 1);
  assert.deepEqual(valueOf(await machine.memory.collect()), {
    totalBytes: 8 * GIB,
    availableBytes: 5 * GIB,
  });
});

Deno.test("limits that are not seen are said, and the host's values stand", async () => {
  using proc = new TemporaryTree({
    "stat": "cpu0 1 1 1 1\n",
    "self/cgroup": "3:memory:/\n2:cpu:/\n",
  });
  using machine = openMachine({ ...MACHINE, procRoot: proc.root });
  assert.match(machine.obstacle ?? "", /cgroup v1/);
  assert.equal(valueOf(await machine.cpu.collect()).cores.length, 1);
});

Deno.test("another system says in one sentence what can't be read, and its disk can", async () => {
  using machine = openMachine({ ...MACHINE, os: "darwin" });
  assert.match(machine.obstacle ?? "", /can't be read on "darwin"/);
  assert.equal(reasonOf(await machine.cpu.collect()), machine.obstacle);
  assert.equal(reasonOf(await machine.memory.collect()), machine.obstacle);
  assert.equal((await machine.disk.collect()).kind, "present");
});

Deno.test({
  name: "this machine can be read",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using machine = openMachine({
      ...MACHINE,
      procRoot: "/proc",
      sysRoot: "/sys",
      etcRoot: "/etc",
      statfs: undefined,
      diskPath: Deno.cwd(),
    });
    for (const part of [machine.cpu, machine.memory, machine.disk]) {
      assert.equal((await part.collect()).kind, "present");
      assert.equal((await part.collect()).kind, "present");
    }
  },
});

Deno.test("GPUs of AMD and Intel are read of any Linux, those of NVIDIA of a real machine alone, and none elsewhere", () => {
  const nvidia = {
    open: () => ({ kind: "absent" as const, reason: "", isMissing: true }),
    random: new FixedRandom(0),
    logger: new FakeLogger(),
  };
  const namesOf = (options: Partial<MachineOptions>) => {
    using machine = openMachine({ ...MACHINE, ...options });
    return machine.gpus.map(({ name }) => name);
  };
  assert.deepEqual(namesOf({}), ["GPUs of AMD and Intel"]);
  assert.deepEqual(namesOf({ nvidia }), [
    "NVIDIA GPUs",
    "GPUs of AMD and Intel",
  ]);
  assert.deepEqual(namesOf({ nvidia, os: "darwin" }), []);
});

Deno.test("a machine without GPUs has none, which is no fault", async () => {
  using machine = openMachine(MACHINE);
  for (const { collector } of machine.gpus) {
    assert.deepEqual(valueOf(await collector.collect()), []);
  }
});

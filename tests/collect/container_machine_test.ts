import assert from "node:assert/strict";
import { type Machine, openMachine } from "../../src/collect/machine.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { type Files, TemporaryTree } from "./trees.ts";

const GIB = 2 ** 30;
/** Five seconds of four cores, counted in ticks: two busy, two idle. */
const BEFORE = [0, 1, 2, 3].map((id) => `cpu${id} 0 0 0 0 0 0 0 0\n`).join("");
const AFTER = "cpu0 500 0 0 0 0 0 0 0\ncpu1 500 0 0 0 0 0 0 0\n" +
  "cpu2 0 0 0 500 0 0 0 0\ncpu3 0 0 0 500 0 0 0 0\n";
const HOST: Files = {
  "proc/stat": BEFORE,
  "proc/meminfo": `MemTotal: ${16 * 2 ** 20} kB\nMemAvailable: 1048576 kB\n`,
};
const POD = "kubepods.slice/kubepods-pod7.slice";
const CONTAINER = `${POD}/cri-containerd-0123456789ab.scope`;
const UNIT = "system.slice/opsen-client.service";

/** A machine of these files, five seconds apart when `later` is called. */
function machineOf(files: Files) {
  const tree = new TemporaryTree({ ...HOST, ...files });
  const clock = { now: 0 };
  const machine = openMachine({
    procRoot: `${tree.root}/proc`,
    sysRoot: `${tree.root}/sys`,
    etcRoot: tree.root,
    diskPath: "/",
    statfs: () => ({ bsize: 1, blocks: 2, bavail: 1 }),
    now: () => clock.now,
    os: "linux",
  });
  return {
    tree,
    machine,
    later(changed: Files) {
      clock.now += 5000;
      for (
        const [path, text] of Object.entries({
          "proc/stat": AFTER,
          ...changed,
        })
      ) tree.write(path, text);
    },
    [Symbol.dispose]() {
      machine[Symbol.dispose]();
      tree[Symbol.dispose]();
    },
  };
}

/** Files of one control group. */
function group(path: string, files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map((
      [name, text],
    ) => [`sys/fs/cgroup/${path}/${name}`, text]),
  );
}

async function usesOf(machine: Machine): Promise<(number | undefined)[]> {
  return valueOf(await machine.cpu.collect()).cores.map(({ usedPct }) =>
    usedPct === undefined ? undefined : Math.round(usedPct)
  );
}

Deno.test("the limits of a client's own unit bound nothing that a host reports", async () => {
  using box = machineOf({
    "proc/self/cgroup": `0::/${UNIT}\n`,
    "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
    ...group(UNIT, {
      "cpu.max": "10000 100000",
      "cpu.stat": "usage_usec 0\n",
      "memory.max": "67108864",
      "memory.current": "1000",
      "memory.stat": "inactive_file 0\n",
    }),
  });
  await usesOf(box.machine);
  box.later({});
  assert.deepEqual(await usesOf(box.machine), [100, 100, 0, 0]);
  assert.deepEqual(valueOf(await box.machine.memory.collect()), {
    totalBytes: 16 * GIB,
    availableBytes: GIB,
  });
  assert.equal(box.machine.obstacle, undefined);
});

Deno.test("a container with room below its limit has no more memory than its host", async () => {
  using box = machineOf({
    "proc/self/cgroup": "0::/\n",
    ...group("", {
      "memory.max": `${8 * GIB}`,
      "memory.current": `${3 * GIB}`,
      "memory.stat": `inactive_file ${2 * GIB}\n`,
    }),
  });
  assert.deepEqual(valueOf(await box.machine.memory.collect()), {
    totalBytes: 8 * GIB,
    availableBytes: GIB,
  });
});

Deno.test("a container that has used up its quota has no core left on an idle host, until it rests", async () => {
  using box = machineOf({
    "proc/self/cgroup": "0::/\n",
    ...group("", {
      "cpu.max": "150000 100000",
      "cpu.stat": "usage_usec 0\n",
    }),
  });
  assert.deepEqual(await usesOf(box.machine), [undefined]);
  box.later(group("", {
    "cpu.stat": "usage_usec 7500000\nnr_throttled 9\nthrottled_usec 99\n",
  }));
  assert.deepEqual(await usesOf(box.machine), [100]);
  box.later({ "proc/stat": AFTER.replaceAll("500", "1000") });
  assert.deepEqual(await usesOf(box.machine), [0]);
});

Deno.test("neighbours in a pod use up the quota that they share", async () => {
  using box = machineOf({
    "proc/self/cgroup": `0::/${CONTAINER}\n`,
    "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
    ...group(POD, { "cpu.max": "200000 100000", "cpu.stat": "usage_usec 0\n" }),
    ...group(CONTAINER, {
      "cpu.max": "max 100000",
      "cpu.stat": "usage_usec 0\n",
    }),
  });
  assert.deepEqual(await usesOf(box.machine), [undefined, undefined]);
  box.later(group(POD, { "cpu.stat": "usage_usec 7500000\n" }));
  assert.deepEqual(await usesOf(box.machine), [75, 75]);
});

Deno.test("the innermost cpuset counts, and the next one up where it has none", async () => {
  using box = machineOf({
    "proc/self/cgroup": `0::/${CONTAINER}/init\n`,
    "sys/fs/cgroup/cgroup.controllers": "cpuset\n",
    ...group("kubepods.slice", { "cpuset.cpus.effective": "0-3\n" }),
    ...group(POD, { "cpuset.cpus.effective": "1-3\n" }),
    ...group(CONTAINER, { "cpuset.cpus.effective": "1-2\n" }),
  });
  await usesOf(box.machine);
  box.later({});
  assert.deepEqual(valueOf(await box.machine.cpu.collect()).cores, [
    { id: 1, usedPct: 100 },
    { id: 2, usedPct: 0 },
  ]);
});

Deno.test("a cpuset that can't be read makes the reading absent, and not that of the group above", async () => {
  using box = machineOf({
    "proc/self/cgroup": `0::/${CONTAINER}\n`,
    "sys/fs/cgroup/cgroup.controllers": "cpuset\n",
    ...group(POD, { "cpuset.cpus.effective": "0-3\n" }),
    ...group(CONTAINER, { "cpuset.cpus.effective": "" }),
  });
  assert.match(
    reasonOf(await box.machine.cpu.collect()),
    /cri-containerd-.*cpuset.cpus.effective" is empty/,
  );
});

Deno.test("limits that are changed while the client runs count from the next reading on", async () => {
  using box = machineOf({
    "proc/self/cgroup": "0::/\n",
    ...group("", {
      "cpu.max": "max 100000",
      "cpu.stat": "usage_usec 0\n",
      "memory.max": "max",
      "memory.current": "0",
      "memory.stat": "inactive_file 0\n",
    }),
  });
  assert.equal((await usesOf(box.machine)).length, 4);
  box.later(group("", { "cpu.max": "300000 100000", "memory.max": "1000" }));
  assert.equal((await usesOf(box.machine)).length, 3);
  assert.deepEqual(valueOf(await box.machine.memory.collect()), {
    totalBytes: 1000,
    availableBytes: 1000,
  });
});

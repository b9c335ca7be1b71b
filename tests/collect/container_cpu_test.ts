import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ContainerCpuCollector,
  coresOf,
  withinQuotas,
} from "../../src/collect/container_cpu.ts";
import type { CoreUse } from "../../src/collect/cpu.ts";
import { absent, present } from "../../src/collect/reading.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { seedOf } from "../seed.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { type Files, TemporaryTree } from "./trees.ts";

/** Cores 0, 1, … of which each is used so much. */
function cores(...usedPct: (number | undefined)[]): CoreUse[] {
  return usedPct.map((usedPct, id) => ({ id, usedPct }));
}

/** A container on a host with these cores, whose clock the test moves. */
function container(files: Files, host: readonly CoreUse[]) {
  const tree = new TemporaryTree(files);
  const reader = new TextFiles();
  const clock = { now: 0 };
  const cpu = new ContainerCpuCollector({
    host: { collect: () => present({ cores: host }) },
    files: reader,
    levels: [tree.root],
    now: () => clock.now,
  });
  return {
    tree,
    clock,
    cpu,
    [Symbol.dispose]() {
      reader[Symbol.dispose]();
      tree[Symbol.dispose]();
    },
  };
}

Deno.test("without limits a container has its host's cores", () => {
  using box = container({}, cores(10, 20));
  assert.deepEqual(valueOf(box.cpu.collect()).cores, cores(10, 20));
});

Deno.test("a quota of two and a half cores is two cores, which are free while two can still be had", () => {
  using box = container({
    "cpu.max": "250000 100000",
    "cpu.stat": "usage_usec 0\n",
  }, cores(0, 0, 0, 0));
  assert.deepEqual(
    valueOf(box.cpu.collect()).cores,
    cores(undefined, undefined),
  );
  box.clock.now = 1000;
  box.tree.write("cpu.stat", "usage_usec 500000\n");
  assert.deepEqual(valueOf(box.cpu.collect()).cores.map(rounded), cores(0, 0));
  box.clock.now = 2000;
  box.tree.write("cpu.stat", "usage_usec 2000000\n");
  assert.deepEqual(
    valueOf(box.cpu.collect()).cores.map(rounded),
    cores(50, 50),
  );
});

Deno.test("a host without idle cores leaves an idle container nothing", () => {
  using box = container({
    "cpu.max": "200000 100000",
    "cpu.stat": "usage_usec 0\n",
  }, cores(100, 95, 95, 100));
  box.cpu.collect();
  box.clock.now = 1000;
  assert.deepEqual(
    valueOf(box.cpu.collect()).cores.map(rounded),
    cores(95, 95),
  );
});

Deno.test("only cores of the cpuset count, under their own numbers", () => {
  using box = container(
    { "cpuset.cpus.effective": "1-2\n" },
    cores(1, 2, 3, 4),
  );
  assert.deepEqual(valueOf(box.cpu.collect()).cores, [
    { id: 1, usedPct: 2 },
    { id: 2, usedPct: 3 },
  ]);
});

Deno.test("a cpuset of which no core is online, and one that is no list, give no reading", () => {
  using offline = container({ "cpuset.cpus.effective": "8-9" }, cores(1, 2, 3));
  assert.match(reasonOf(offline.cpu.collect()), /No core of the cpuset/);
  using nonsense = container({ "cpuset.cpus.effective": "all" }, cores(1));
  assert.match(reasonOf(nonsense.cpu.collect()), /is not a list of cores/);
});

Deno.test("a limit that becomes unreadable makes the reading absent, and not the host's", () => {
  using box = container({
    "cpu.max": "100000 100000",
    "cpu.stat": "usage_usec 0\n",
  }, cores(0, 0));
  box.cpu.collect();
  box.tree.remove("cpu.stat");
  assert.match(reasonOf(box.cpu.collect()), /cpu.stat/);
  box.tree.write("cpu.max", "??");
  assert.match(reasonOf(box.cpu.collect()), /cpu.max/);
});

Deno.test("a host that can't be read gives no reading", () => {
  using files = new TextFiles();
  const cpu = new ContainerCpuCollector({
    host: { collect: () => absent("broken") },
    files,
    levels: [],
    now: () => 0,
  });
  assert.equal(reasonOf(cpu.collect()), "broken");
});

Deno.test("under LXCFS the cores shown are the cpuset, although their numbers differ", () => {
  assert.deepEqual(coresOf(cores(1, 2), new Set([4, 5])), cores(1, 2));
  assert.deepEqual(coresOf(cores(1, 2), new Set([1])), [{ id: 1, usedPct: 2 }]);
  assert.deepEqual(coresOf(cores(1, 2), undefined), cores(1, 2));
});

Deno.test("a quota of less than one core is one core, in use as far as it can't be had", () => {
  const quota = { quotaCores: 0.5, leftCores: 0.25 };
  assert.deepEqual(withinQuotas(cores(0, 0), [quota]), cores(75));
});

Deno.test("a quota of as many cores as there are changes nothing", () => {
  const quota = { quotaCores: 2, leftCores: 0 };
  assert.deepEqual(withinQuotas(cores(10, 20), [quota]), cores(10, 20));
});

Deno.test("of several quotas the tightest counts, and what any of them leaves", () => {
  const quotas = [
    { quotaCores: 3, leftCores: 0.5 },
    { quotaCores: 2, leftCores: 2 },
  ];
  assert.deepEqual(withinQuotas(cores(0, 0, 0, 0), quotas), cores(75, 75));
});

Deno.test("while any of the parts is not known, neither is the use", () => {
  const known = { quotaCores: 1, leftCores: 1 };
  const unknown = { quotaCores: 1, leftCores: undefined };
  assert.deepEqual(
    withinQuotas(cores(0, 0), [known, unknown]),
    cores(undefined),
  );
  assert.deepEqual(
    withinQuotas(cores(0, undefined), [known]),
    cores(undefined),
  );
});

Deno.test("whatever the limits, use stays between 0 and 100 and no core is made up", () => {
  const use = fc.double({ min: 0, max: 100, noNaN: true });
  const quota = fc.record({
    quotaCores: fc.double({ min: 0.01, max: 20, noNaN: true }),
    leftCores: fc.double({ min: -20, max: 20, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(use, { minLength: 1, maxLength: 16 }),
      fc.array(quota, { maxLength: 3 }),
      (used, quotas) => {
        const within = withinQuotas(cores(...used), quotas);
        assert.ok(within.length >= 1 && within.length <= used.length);
        for (const { usedPct = NaN } of within) {
          assert.ok(usedPct >= 0 && usedPct <= 100);
        }
      },
    ),
    { seed: seedOf("container cpu") },
  );
});

function rounded({ id, usedPct }: CoreUse): CoreUse {
  return {
    id,
    usedPct: usedPct === undefined
      ? undefined
      : Math.round(usedPct * 1e6) / 1e6,
  };
}

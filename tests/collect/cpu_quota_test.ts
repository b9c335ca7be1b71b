import assert from "node:assert/strict";
import { CpuQuota } from "../../src/collect/cpu_quota.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { TemporaryTree } from "./trees.ts";

function usage(micros: number): string {
  return `usage_usec ${micros}\n`;
}

Deno.test("what is left of a quota is what was not used since the last reading", () => {
  using tree = new TemporaryTree({
    "cpu.max": "200000 100000",
    "cpu.stat": usage(5e6),
  });
  using files = new TextFiles();
  const quota = new CpuQuota(files, tree.root);
  assert.deepEqual(valueOf(quota.read(1000)), {
    quotaCores: 2,
    leftCores: undefined,
  });
  tree.write("cpu.stat", usage(6.5e6));
  assert.deepEqual(valueOf(quota.read(2000)), {
    quotaCores: 2,
    leftCores: 0.5,
  });
  tree.write("cpu.stat", usage(6.5e6));
  assert.deepEqual(valueOf(quota.read(4000)), { quotaCores: 2, leftCores: 2 });
});

Deno.test("a burst above the quota leaves less than nothing", () => {
  using tree = new TemporaryTree({ "cpu.max": "100000", "cpu.stat": usage(0) });
  using files = new TextFiles();
  const quota = new CpuQuota(files, tree.root);
  quota.read(0);
  tree.write("cpu.stat", usage(3e6));
  assert.equal(valueOf(quota.read(1000))?.leftCores, -2);
});

Deno.test("a counter that starts again, and two readings at one instant, tell nothing", () => {
  using tree = new TemporaryTree({ "cpu.max": "100000", "cpu.stat": usage(9) });
  using files = new TextFiles();
  const quota = new CpuQuota(files, tree.root);
  quota.read(0);
  assert.equal(valueOf(quota.read(0))?.leftCores, undefined);
  tree.write("cpu.stat", usage(3));
  assert.equal(valueOf(quota.read(1000))?.leftCores, undefined);
  assert.equal(valueOf(quota.read(2000))?.leftCores, 1);
});

Deno.test("a quota may be lifted, come back and become unreadable", () => {
  using tree = new TemporaryTree({ "cpu.max": "100000", "cpu.stat": usage(0) });
  using files = new TextFiles();
  const quota = new CpuQuota(files, tree.root);
  quota.read(0);
  tree.write("cpu.max", "max 100000");
  assert.equal(valueOf(quota.read(1000)), undefined);
  tree.write("cpu.max", "300000 100000");
  assert.deepEqual(valueOf(quota.read(2000)), {
    quotaCores: 3,
    leftCores: undefined,
  });
  tree.remove("cpu.stat");
  assert.match(reasonOf(quota.read(3000)), /cpu.stat/);
});

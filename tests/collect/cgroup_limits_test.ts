import assert from "node:assert/strict";
import {
  parseBytes,
  parseCpuMax,
  parseInactiveFile,
  parseUsedMicros,
  readCpuLimit,
  readMemoryLimit,
} from "../../src/collect/cgroup_limits.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { type Files, fixture, TemporaryTree } from "./trees.ts";

const GIB = 2 ** 30;

function cpuLimit(group: Files) {
  using tree = new TemporaryTree(group);
  using files = new TextFiles();
  return readCpuLimit(files, tree.root);
}

function memoryLimit(group: Files) {
  using tree = new TemporaryTree(group);
  using files = new TextFiles();
  return readMemoryLimit(files, tree.root);
}

Deno.test("a container's quota and what it has used of it are read", () => {
  using files = new TextFiles();
  const level = `${fixture("sys_container")}/fs/cgroup`;
  assert.deepEqual(valueOf(readCpuLimit(files, level)), {
    quotaCores: 2.5,
    usedMicros: 9_000_000,
  });
});

Deno.test("a container's memory is used without the caches that the kernel drops first", () => {
  using files = new TextFiles();
  const level = `${fixture("sys_container")}/fs/cgroup`;
  assert.deepEqual(valueOf(readMemoryLimit(files, level)), {
    limitBytes: 4 * GIB,
    usedBytes: 2 * GIB,
  });
});

Deno.test("without the file, or with max in it, there is no limit", () => {
  assert.equal(valueOf(cpuLimit({})), undefined);
  assert.equal(valueOf(cpuLimit({ "cpu.max": "max 100000\n" })), undefined);
  assert.equal(valueOf(memoryLimit({})), undefined);
  assert.equal(valueOf(memoryLimit({ "memory.max": "max\n" })), undefined);
});

Deno.test("a limit that can't be understood, or whose use can't be read, is absent and never no limit", () => {
  const quota = { "cpu.max": "50000 100000" };
  assert.match(reasonOf(cpuLimit({ "cpu.max": "half" })), /cpu.max" does not/);
  assert.match(reasonOf(cpuLimit({ "cpu.max": "" })), /cpu.max" is empty/);
  assert.match(reasonOf(cpuLimit(quota)), /cpu.stat" can't be read/);
  assert.match(
    reasonOf(cpuLimit({ ...quota, "cpu.stat": "nr_periods 1\n" })),
    /cpu.stat" does not/,
  );
  const limit = { "memory.max": "1000" };
  assert.match(reasonOf(memoryLimit({ "memory.max": "-1" })), /memory.max"/);
  assert.match(reasonOf(memoryLimit(limit)), /memory.current"/);
  assert.match(
    reasonOf(memoryLimit({ ...limit, "memory.current": "5" })),
    /memory.stat"/,
  );
  assert.match(
    reasonOf(memoryLimit({ ...limit, "memory.current": "x" })),
    /memory.current" does not/,
  );
});

Deno.test("caches larger than all that is used leave nothing used", () => {
  const limit = valueOf(memoryLimit({
    "memory.max": "1000",
    "memory.current": "10",
    "memory.stat": "anon 1\ninactive_file 500\n",
  }));
  assert.deepEqual(limit, { limitBytes: 1000, usedBytes: 0 });
});

Deno.test("quotas are cores, and their period may be left out", () => {
  assert.equal(parseCpuMax("150000 100000\n"), 1.5);
  assert.equal(parseCpuMax("50000\n"), 0.5);
  assert.equal(parseCpuMax("max 100000"), Infinity);
  assert.equal(parseCpuMax("max"), Infinity);
  for (const text of ["0 100000", "5 0", "-1 100000", "", "1.5", "1 2 3"]) {
    assert.equal(parseCpuMax(text), undefined, text);
  }
});

Deno.test("numbers of bytes are whole, or without limit", () => {
  assert.equal(parseBytes("4294967296\n"), 2 ** 32);
  assert.equal(parseBytes("max\n"), Infinity);
  assert.equal(parseBytes("0"), 0);
  for (const text of ["", "1e9", "-1", "4G", "1 2"]) {
    assert.equal(parseBytes(text), undefined, text);
  }
});

Deno.test("a key is found by its whole name only", () => {
  assert.equal(parseUsedMicros("core.usage_usec 1\nusage_usec 22\n"), 22);
  assert.equal(parseUsedMicros("usage_usec_max 1\n"), undefined);
  assert.equal(parseInactiveFile("inactive_file_x 1\nfile 2\n"), undefined);
});

import assert from "node:assert/strict";
import { MemoryCollector, parseMemory } from "../../src/collect/memory.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { fixture, TemporaryTree } from "./trees.ts";

const KIB = 1024;

Deno.test("the kernel's own word on what is available counts", () => {
  const memory = new MemoryCollector(new TextFiles(), fixture("proc_desktop"));
  assert.deepEqual(valueOf(memory.collect()), {
    totalBytes: 32_768_000 * KIB,
    availableBytes: 24_576_000 * KIB,
  });
});

Deno.test("an old kernel without MemAvailable has free memory and caches, less what is shared", () => {
  const memory = new MemoryCollector(
    new TextFiles(),
    fixture("proc_kernel_2_6"),
  );
  assert.deepEqual(valueOf(memory.collect()), {
    totalBytes: 1_048_576 * KIB,
    availableBytes: (262_144 + 65_536 + 327_680 + 32_768 - 65_536) * KIB,
  });
});

Deno.test("available is never more than the total nor less than nothing", () => {
  const total = "MemTotal: 100 kB\n";
  assert.equal(
    parseMemory(`${total}MemAvailable: 200 kB\n`)?.availableBytes,
    100 * KIB,
  );
  assert.equal(
    parseMemory(`${total}MemFree: 1 kB\nShmem: 50 kB\n`)?.availableBytes,
    0,
  );
});

Deno.test("without a total, or without any word on what is free, there is no reading", () => {
  assert.equal(parseMemory("MemAvailable: 5 kB\n"), undefined);
  assert.equal(parseMemory("MemTotal: 5 kB\nCached: 5 kB\n"), undefined);
  assert.equal(parseMemory("MemTotal: 0 kB\nMemAvailable: 0 kB\n"), undefined);
  assert.equal(parseMemory("MemTotal: many kB\nMemFree: 1 kB\n"), undefined);
  assert.equal(parseMemory("\0".repeat(100)), undefined);
});

Deno.test("a file that says nothing of memory is absent and named", () => {
  using tree = new TemporaryTree({ meminfo: "nothing" });
  const memory = new MemoryCollector(new TextFiles(), tree.root);
  assert.match(reasonOf(memory.collect()), /meminfo" does not say/);
  tree.remove("meminfo");
  assert.match(reasonOf(memory.collect()), /meminfo".*No such file/);
});

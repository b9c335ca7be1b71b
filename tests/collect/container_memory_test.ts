import assert from "node:assert/strict";
import {
  ContainerMemoryCollector,
  withinLimits,
} from "../../src/collect/container_memory.ts";
import { absent, present } from "../../src/collect/reading.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { fixture, TemporaryTree } from "./trees.ts";

const HOST = { totalBytes: 1000, availableBytes: 600 };

Deno.test("without limits a container has its host's memory", () => {
  assert.deepEqual(withinLimits(HOST, []), HOST);
});

Deno.test("a limit is the total, and what it leaves is available", () => {
  assert.deepEqual(withinLimits(HOST, [{ limitBytes: 400, usedBytes: 100 }]), {
    totalBytes: 400,
    availableBytes: 300,
  });
});

Deno.test("what the host has not got, a limit does not give", () => {
  assert.deepEqual(withinLimits(HOST, [{ limitBytes: 5000, usedBytes: 0 }]), {
    totalBytes: 1000,
    availableBytes: 600,
  });
  assert.deepEqual(
    withinLimits({ totalBytes: 1000, availableBytes: 50 }, [
      { limitBytes: 400, usedBytes: 0 },
    ]),
    { totalBytes: 400, availableBytes: 50 },
  );
});

Deno.test("of several limits the tightest is the total, and the least left is available", () => {
  assert.deepEqual(
    withinLimits(HOST, [
      { limitBytes: 300, usedBytes: 0 },
      { limitBytes: 500, usedBytes: 450 },
    ]),
    { totalBytes: 300, availableBytes: 50 },
  );
});

Deno.test("more used than allowed leaves nothing", () => {
  assert.equal(
    withinLimits(HOST, [{ limitBytes: 100, usedBytes: 170 }]).availableBytes,
    0,
  );
});

Deno.test("the limits of a fixture bound its host, and one that turns unreadable makes the reading absent", () => {
  using files = new TextFiles();
  const levels = [`${fixture("sys_container")}/fs/cgroup`];
  const host = { totalBytes: 2 ** 36, availableBytes: 2 ** 35 };
  const memory = new ContainerMemoryCollector({
    host: { collect: () => present(host) },
    files,
    levels,
  });
  assert.deepEqual(valueOf(memory.collect()), {
    totalBytes: 4 * 2 ** 30,
    availableBytes: 2 * 2 ** 30,
  });
  using tree = new TemporaryTree({ "memory.max": "7" });
  const broken = new ContainerMemoryCollector({
    host: { collect: () => present(host) },
    files,
    levels: [...levels, tree.root],
  });
  assert.match(reasonOf(broken.collect()), /memory.current/);
});

Deno.test("a host that can't be read gives no reading", () => {
  using files = new TextFiles();
  const memory = new ContainerMemoryCollector({
    host: { collect: () => absent("broken") },
    files,
    levels: [],
  });
  assert.equal(reasonOf(memory.collect()), "broken");
});

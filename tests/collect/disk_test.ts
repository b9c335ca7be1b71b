import assert from "node:assert/strict";
import { DiskCollector, diskOf } from "../../src/collect/disk.ts";
import { reasonOf, valueOf } from "./readings.ts";

Deno.test("blocks kept for the superuser are not available", () => {
  const room = valueOf(
    diskOf({ bsize: 4096, blocks: 1000, bavail: 250 }, "/"),
  );
  assert.deepEqual(room, {
    totalBytes: 4_096_000,
    availableBytes: 1_024_000,
  });
});

Deno.test("blocks are counted in the unit of fragments where that is another one", () => {
  const fileSystem = { bsize: 1 << 20, frsize: 512, blocks: 100, bavail: 50 };
  assert.equal(valueOf(diskOf(fileSystem, "/")).totalBytes, 51_200);
  assert.equal(
    valueOf(diskOf({ ...fileSystem, frsize: 0 }, "/")).totalBytes,
    100 * 2 ** 20,
  );
});

Deno.test("more available than there is, or less than nothing, is cut", () => {
  const base = { bsize: 1, blocks: 100 };
  assert.equal(
    valueOf(diskOf({ ...base, bavail: 1e9 }, "/")).availableBytes,
    100,
  );
  assert.equal(valueOf(diskOf({ ...base, bavail: -5 }, "/")).availableBytes, 0);
});

Deno.test("a file system without blocks, as /proc, has no reading", () => {
  const fileSystem = { bsize: 4096, blocks: 0, bavail: 0 };
  assert.match(reasonOf(diskOf(fileSystem, "/proc")), /"\/proc" has no size/);
  assert.match(
    reasonOf(diskOf({ ...fileSystem, blocks: NaN }, "/x")),
    /no size/,
  );
});

Deno.test("ten collections share one call, and its answer holds until the next", async () => {
  let calls = 0;
  const disk = new DiskCollector("/data", (path) => {
    assert.equal(path, "/data");
    calls++;
    return { bsize: 1, blocks: 100 * calls, bavail: 0 };
  });
  const totals: number[] = [];
  for (let i = 0; i < 12; i++) {
    totals.push(valueOf(await disk.collect()).totalBytes);
  }
  assert.deepEqual(totals, [...Array(10).fill(100), 200, 200]);
});

Deno.test("a stand-in that throws is an absent reading", async () => {
  const disk = new DiskCollector("/", () => {
    throw new Error("out of order");
  });
  assert.match(reasonOf(await disk.collect()), /out of order/);
  const odd = new DiskCollector("/", () => Promise.reject("a bare text"));
  assert.match(reasonOf(await odd.collect()), /a bare text/);
});

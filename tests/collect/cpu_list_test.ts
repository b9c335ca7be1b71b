import assert from "node:assert/strict";
import { parseCpuList } from "../../src/collect/cpu_list.ts";

Deno.test("ranges and single cores make a set", () => {
  assert.deepEqual([...parseCpuList("0-3,8,10-11\n") ?? []], [
    ...[0, 1, 2, 3, 8, 10, 11],
  ]);
  assert.deepEqual([...parseCpuList("5") ?? []], [5]);
});

Deno.test("a range that runs backwards holds no core", () => {
  assert.equal(parseCpuList("3-1")?.size, 0);
});

Deno.test("other texts are no list, and none is so long that it fills the memory", () => {
  for (const text of ["", "\n", "all", "1,", "1-2-3", "-1", "0-99999999999"]) {
    assert.equal(parseCpuList(text), undefined, text);
  }
});

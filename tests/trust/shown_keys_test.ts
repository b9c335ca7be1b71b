import assert from "node:assert/strict";
import { ShownKeys } from "../../src/trust/shown_keys.ts";

const OTHERS = ["", "key-", "key-1x", "Key-1", " key-1", "key-1 ", "key-2"];

Deno.test("what was remembered of a key is known of it alone, also where all sums meet", () => {
  for (const shown of [new ShownKeys<string>(), new ShownKeys(() => 7)]) {
    shown.add("key-1", "one");
    assert.equal(shown.get("key-1"), "one");
    for (const other of OTHERS) assert.equal(shown.get(other), undefined);
    shown.clear();
    assert.equal(shown.get("key-1"), undefined);
  }
});

Deno.test("of two keys with one sum the newer is remembered", () => {
  const shown = new ShownKeys<string>(() => 7);
  shown.add("key-1", "one");
  shown.add("key-2", "two");
  assert.deepEqual([shown.get("key-1"), shown.get("key-2")], [
    undefined,
    "two",
  ]);
});

Deno.test("as many keys as the largest fleet has are all remembered", () => {
  const shown = new ShownKeys<number>();
  const keys = Array.from({ length: 10_000 }, (_, i) => `key-${i}-of-many`);
  for (const [i, key] of keys.entries()) shown.add(key, i);
  const forgotten = keys.filter((key, i) => shown.get(key) !== i);
  // Sums of 32 bits meet once in a hundred runs or so.
  assert.ok(forgotten.length < 10, `${forgotten.length}`);
});

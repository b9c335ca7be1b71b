import assert from "node:assert/strict";
import { StoredLately } from "../../src/policy/stored_lately.ts";

Deno.test("what was stored is stored again when its time is over, and not before", () => {
  const lately = new StoredLately<string>(1000, 10);
  assert.equal(lately.has("session", "a", 5000), false);
  lately.note("session", "a", 5000);
  assert.equal(lately.has("session", "a", 5999), true);
  assert.equal(lately.has("session", "a", 6000), false);
  assert.equal(lately.valueOf("session"), "a");
});

Deno.test("what is stored for a short time is stored again when half of it is over", () => {
  const lately = new StoredLately<number>(1000, 10);
  lately.note("short", 1, 0, 500);
  lately.note("long", 1, 0, 5000);
  assert.deepEqual(
    [249, 250].map((at) => lately.has("short", 1, at)),
    [true, false],
  );
  assert.deepEqual(
    [999, 1000].map((at) => lately.has("long", 1, at)),
    [true, false],
  );
});

Deno.test("what could not be stored is stored again at once", () => {
  const lately = new StoredLately<string>(1000, 10);
  lately.note("session", "a", 0);
  lately.forget("session");
  assert.equal(lately.has("session", "a", 1), false);
});

Deno.test("something else than before is stored at once", () => {
  const lately = new StoredLately<string>(1000, 10);
  lately.note("session", "a", 0);
  assert.equal(lately.has("session", "b", 1), false);
  lately.note("session", "b", 1);
  assert.equal(lately.has("session", "a", 2), false);
  assert.equal(lately.has("session", "b", 1000), true);
});

Deno.test("of too many keys the one that was stored longest ago is forgotten", () => {
  const lately = new StoredLately<number>(1000, 2);
  lately.note("first", 1, 0);
  lately.note("second", 2, 1);
  lately.note("first", 1, 2);
  lately.note("third", 3, 3);
  assert.deepEqual(
    ["first", "second", "third"].map((key) => lately.valueOf(key)),
    [1, undefined, 3],
  );
});

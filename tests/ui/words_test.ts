import assert from "node:assert/strict";
import {
  fixed,
  gigabytes,
  percent,
  rate,
  span,
  usedOf,
} from "../../src/ui/words.js";

Deno.test("what is no number is a dash, and stops nothing from being shown", () => {
  const nothing = JSON.parse("null");
  for (const value of [NaN, Infinity, nothing]) {
    assert.equal(fixed(value), "–");
    assert.equal(percent(value), "–");
    assert.equal(gigabytes(value), "–");
    assert.deepEqual(usedOf(value, 64), ["–", ""]);
  }
  assert.equal(span(Date.parse("never")), "–");
});

Deno.test("a figure that changes each second has as many digits as before", () => {
  assert.deepEqual([9, 9.5, 16].map((used) => usedOf(used, 64)[0]), [
    "9.0",
    "9.5",
    "16.0",
  ]);
  assert.deepEqual(usedOf(148, 256), ["148", "of 256 GB"]);
  assert.deepEqual([0, 4, 4.26, 12.4].map(rate), [
    ...["0/s", "4.0/s", "4.3/s", "12/s"],
  ]);
});

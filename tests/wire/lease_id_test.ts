import assert from "node:assert/strict";
import { leaseIdOf, leaseNumberOf } from "../../src/wire/lease_id.ts";

Deno.test("every number of a lease comes back from its id", () => {
  for (const number of [1, 35, 36, 1295, 1e12, Number.MAX_SAFE_INTEGER]) {
    assert.equal(leaseNumberOf(leaseIdOf(number)), number);
  }
  assert.equal(leaseIdOf(36), "10");
});

for (
  const id of [
    "",
    "0",
    "01",
    "A",
    "-1",
    "1.5",
    " 1",
    "1e3 ",
    "2gosa7pa2gw",
    "é",
  ]
) {
  Deno.test(`${JSON.stringify(id)} is the id of no lease`, () => {
    assert.equal(leaseNumberOf(id), undefined);
  });
}

Deno.test("an id that is too long is the id of no lease", () => {
  assert.equal(leaseNumberOf("z".repeat(11)), undefined);
  assert.equal(leaseNumberOf("1".repeat(10_000)), undefined);
});

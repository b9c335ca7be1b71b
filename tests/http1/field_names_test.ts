import assert from "node:assert/strict";
import fc from "fast-check";
import * as fieldNames from "../../src/http1/field_names.ts";
import { LOWER, octetsOf } from "../../src/http1/octets.ts";
import { seedOf } from "../seed.ts";

const { FieldNames, HASH_START, hashWith, OTHER } = fieldNames;

Deno.test("every constant is the number of the name it is called after", () => {
  const names = new FieldNames();
  const constants = Object.entries(fieldNames).filter(([name, value]) =>
    typeof value === "number" && !["OTHER", "HASH_START"].includes(name)
  );
  assert.ok(constants.length > 20);
  for (const [constant, number] of constants) {
    const name = constant.toLowerCase().replaceAll("_", "-");
    assert.equal(names.numberOf(name), number, name);
  }
});

Deno.test("a name is found in any case and only as a whole", () => {
  const names = new FieldNames();
  assert.equal(find(names, "HOST"), fieldNames.HOST);
  assert.equal(find(names, "hOsT"), fieldNames.HOST);
  assert.equal(names.numberOf("Content-Length"), fieldNames.CONTENT_LENGTH);
  for (const other of ["", "hos", "hostt", "content_length", "x", "HO\x00T"]) {
    assert.equal(find(names, other), OTHER, other);
  }
});

Deno.test("a name that only underscores tell from one that we write is known as such", () => {
  const names = new FieldNames();
  const { isLookalike } = fieldNames;
  for (
    const name of ["X_Forwarded-For", "x-forwarded_scheme", "OPSEN_CALLER"]
  ) {
    assert.ok(isLookalike(names.numberOf(name)), name);
  }
  for (const name of ["X-Forwarded-For", "content_type", "x_mine", "via"]) {
    assert.ok(!isLookalike(names.numberOf(name)), name);
  }
  const further = new FieldNames(["x-tier"]);
  assert.ok(!isLookalike(further.numberOf("x-tier")));
});

Deno.test("a name with the hash of another is still another", () => {
  const names = new FieldNames();
  const hash = hashOf("host");
  const bytes = octetsOf("evil");
  assert.equal(names.find(bytes, 0, bytes.length, hash), OTHER);
  const longer = octetsOf("hosts");
  assert.equal(names.find(longer, 0, 4, hash), fieldNames.HOST);
  assert.equal(names.find(longer, 0, 3, hash), OTHER);
  assert.equal(names.find(longer, 0, 5, hash), OTHER);
  assert.equal(hashOf("a~"), hashOf("b_"), "31 a + ~ is 31 b + _");
  const twin = new FieldNames(["a~"]);
  assert.notEqual(find(twin, "A~"), OTHER);
  assert.equal(find(twin, "b_"), OTHER);
});

Deno.test("further names get numbers of their own, empty and known ones none", () => {
  const names = new FieldNames(["X-Tier", "", "HOST", "x-tier", "X-Sticky"]);
  const tier = names.numberOf("x-tier");
  const known = new FieldNames();
  assert.ok(tier > fieldNames.AUTHORIZATION);
  assert.equal(known.numberOf("x-tier"), OTHER);
  assert.equal(names.numberOf("x-sticky"), tier + 1);
  assert.equal(names.numberOf("host"), fieldNames.HOST);
  assert.equal(new FieldNames().numberOf("x-tier"), OTHER);
});

Deno.test("however many names there are, each is found and no other", () => {
  const name = fc.stringMatching(/^[a-z-]{1,12}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 300 }),
      name,
      (further, other) => {
        const names = new FieldNames(further);
        const numbers = further.map((name) => find(names, name.toUpperCase()));
        assert.ok(numbers.every((number) => number !== OTHER));
        assert.equal(new Set(numbers).size, further.length);
        const isOne = further.includes(other) ||
          find(new FieldNames(), other) !== OTHER;
        assert.equal(find(names, other) !== OTHER, isOne);
      },
    ),
    { seed: seedOf("field names") },
  );
});

function find(names: fieldNames.FieldNames, name: string): number {
  const bytes = octetsOf(name);
  return names.find(bytes, 0, bytes.length, hashOf(name));
}

function hashOf(name: string): number {
  let hash = HASH_START;
  for (const octet of octetsOf(name)) hash = hashWith(hash, LOWER[octet]!);
  return hash;
}

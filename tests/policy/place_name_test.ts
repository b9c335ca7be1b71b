import assert from "node:assert/strict";
import fc from "fast-check";
import { countryCode, placeName } from "../../src/policy/place_name.ts";
import { NAME_CHARS_MAX } from "../../src/wire/bounds.ts";
import { isPlain } from "../../src/wire/fields.ts";

Deno.test("whatever a stranger calls a place, a registration may say it", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.constantFrom("\ud83d", "\ude00", "😀", "\u2028", "\u202e", "\u001b["),
  );
  fc.assert(fc.property(
    fc.array(unit, { maxLength: 120 }).map((units) => units.join("")),
    (text) => {
      const name = placeName(text);
      assert.ok(isPlain(name), JSON.stringify(name));
      assert.ok(name.length <= NAME_CHARS_MAX);
    },
  ));
  // Cut in the middle of a pair.
  assert.equal(placeName(`${"a".repeat(99)}😀`), "a".repeat(99));
});

Deno.test("names of places stay as they are, and what is no text is none", () => {
  for (const name of ["Paris", "São Paulo", "東京", "St. John's", "Århus"]) {
    assert.equal(placeName(name), name);
  }
  for (const value of [undefined, null, 7, {}, ["Paris"]]) {
    assert.equal(placeName(value), "");
  }
});

Deno.test("a country is two capital letters or unknown", () => {
  assert.equal(countryCode("FR"), "FR");
  for (const value of ["fr", "France", "", "FRA", "F\n", undefined, 33]) {
    assert.equal(countryCode(value), "", String(value));
  }
});

import assert from "node:assert/strict";
import { placeOf } from "../../src/wire/place.ts";

const NOWHERE: readonly (readonly [string, Parameters<typeof placeOf>[0]])[] = [
  ["0,0 without a country", field(0, 0)],
  ["0,0 in an unknown country", field(0, 0, "unknown", "unknown")],
  ["0,0 in an Unknown country", field(0, 0, "Unknown")],
  ["no latitude", field(undefined, 13.4, "DE")],
  ["no longitude", field(52.5, null, "DE")],
  ["a country alone", field(undefined, undefined, "DE", "Berlin")],
];

for (const [words, fields] of NOWHERE) {
  Deno.test(`${words} is no place`, () => {
    assert.equal(placeOf(fields), undefined);
  });
}

Deno.test("0,0 in a country that was named is a place", () => {
  assert.deepEqual(placeOf(field(0, 0, "GH", "Tema")), {
    latitude: 0,
    longitude: 0,
    country: "GH",
    city: "Tema",
  });
});

Deno.test("coordinates are a place without a country, and an unknown name is no name", () => {
  assert.deepEqual(placeOf(field(52.5, 0, "unknown", "unknown")), {
    latitude: 52.5,
    longitude: 0,
    country: "",
    city: "",
  });
});

function field(
  latitude: number | null | undefined,
  longitude: number | null | undefined,
  country = "",
  city = "",
) {
  return { latitude, longitude, country, city };
}

import assert from "node:assert/strict";
import { distanceKm, DistanceRows } from "../../src/engine/distance.ts";
import { seedOf } from "../seed.ts";
import { stream } from "./fleets.ts";

/** City pairs and their great-circle distances on a sphere of 6,371 km. */
const PAIRS = [
  ["London", 51.5074, -0.1278, "Paris", 48.8566, 2.3522, 343.6],
  ["New York", 40.7128, -74.006, "Los Angeles", 34.0522, -118.2437, 3935.7],
  ["Sydney", -33.8688, 151.2093, "Tokyo", 35.6762, 139.6503, 7822],
] as const;

Deno.test("known city pairs come out within half a percent", () => {
  for (const [a, lat1, lon1, b, lat2, lon2, km] of PAIRS) {
    const found = distanceKm(
      { latitude: lat1, longitude: lon1 },
      { latitude: lat2, longitude: lon2 },
    );
    assert.ok(Math.abs(found - km) < km * 0.005, `${a} to ${b}: ${found}`);
  }
});

Deno.test("the antimeridian, the poles and antipodes are no special places", () => {
  const at = (latitude: number, longitude: number) => ({ latitude, longitude });
  assert.ok(Math.abs(distanceKm(at(0, 179.5), at(0, -179.5)) - 111.19) < 0.1);
  assert.equal(Math.round(distanceKm(at(90, 0), at(90, 123)) * 1000), 0);
  assert.ok(Math.abs(distanceKm(at(0, 0), at(0, 180)) - 20015.09) < 0.1);
  assert.equal(distanceKm(at(12, 34), at(12, 34)), 0);
});

Deno.test("cached rows say what the formula says, also when cells collide and the fleet changes", () => {
  const next = stream(seedOf("distance rows"));
  const rows = new DistanceRows();
  const place = () => ({
    latitude: next() * 180 - 90,
    longitude: next() * 360 - 180,
    country: "",
    city: "",
  });
  const places = [place(), undefined, place()];
  const callers = Array.from({ length: 200 }, place);
  for (let i = 0; i < 2000; i++) {
    const change = next();
    if (change < 0.05) places.push(place());
    else if (change < 0.1) {
      places[Math.floor(next() * places.length)] = place();
      rows.invalidate();
    }
    const caller = callers[Math.floor(next() * callers.length)];
    assert.ok(caller !== undefined);
    const row = rows.from(caller, places);
    const expected = places.map((to) =>
      to === undefined ? 0 : distanceKm(caller, to)
    );
    assert.deepEqual([...row.subarray(0, places.length)], expected);
  }
});

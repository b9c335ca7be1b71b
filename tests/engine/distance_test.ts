import assert from "node:assert/strict";
import {
  type Coordinates,
  distanceKm,
  DistanceRows,
  EARTH_RADIUS_KM,
} from "../../src/engine/distance.ts";
import { seedOf } from "../seed.ts";
import { stream } from "./fleets.ts";

/** Airports in degrees north and east. */
const AIRPORTS = {
  AKL: [-37.0081, 174.7917],
  ATL: [33.6367, -84.4281],
  CDG: [49.0128, 2.55],
  DFW: [32.8968, -97.038],
  DOH: [25.2731, 51.6081],
  DXB: [25.2528, 55.3644],
  HKG: [22.3089, 113.9146],
  JFK: [40.6398, -73.7789],
  JNB: [-26.1392, 28.246],
  LAX: [33.9425, -118.4081],
  LHR: [51.4706, -0.4619],
  MEL: [-37.6733, 144.8433],
  MNL: [14.5086, 121.0194],
  NRT: [35.7647, 140.3864],
  PER: [-31.9403, 115.9672],
  SFO: [37.619, -122.3749],
  SIN: [1.3502, 103.9944],
  SYD: [-33.9461, 151.1772],
} as const;

type Airport = keyof typeof AIRPORTS;

/**
 * Great-circle distances as published, km. Sources: the first seven "The World's Longest Scheduled Flight Routes"
 * (cityextremes.com/flights.php), JFK to SIN "The World's 10 Longest Non-Stop Airline Routes" (oag.com, May 2024), MNL
 * to JFK a list of longest routes by News.com.au (May 2018), the others Great Circle Mapper (gcmap.com), which takes the
 * Earth for an ellipsoid and names miles.
 */
const PAIRS: readonly (readonly [Airport, Airport, number])[] = [
  ["AKL", "DOH", 14_524],
  ["PER", "LHR", 14_499],
  ["AKL", "DXB", 14_191],
  ["LAX", "SIN", 14_114],
  ["DFW", "SYD", 13_799],
  ["ATL", "JNB", 13_573],
  ["SFO", "SIN", 13_572],
  ["JFK", "SIN", 15_332],
  ["MNL", "JFK", 13_710],
  ["JFK", "LAX", 3983],
  ["JFK", "LHR", 5554],
  ["LHR", "CDG", 348],
  ["SFO", "LAX", 543],
  ["LAX", "SYD", 12_051],
  ["SYD", "MEL", 706],
  ["LHR", "SYD", 17_016],
  ["HKG", "JFK", 12_990],
  ["LHR", "SIN", 10_887],
  ["NRT", "LAX", 8773],
  ["AKL", "LAX", 10_487],
];

const HALF_A_ROUND_KM = Math.PI * EARTH_RADIUS_KM;

function at(latitude: number, longitude: number): Coordinates {
  return { latitude, longitude };
}

function airport(name: Airport): Coordinates {
  const [latitude, longitude] = AIRPORTS[name];
  return at(latitude, longitude);
}

function near(found: number, wanted: number, offKm = 0.001): void {
  assert.ok(Math.abs(found - wanted) <= offKm, `${found}, wanted ${wanted}`);
}

Deno.test("twenty city pairs come out within half a percent of published distances", () => {
  assert.equal(PAIRS.length, 20);
  for (const [a, b, km] of PAIRS) {
    const found = distanceKm(airport(a), airport(b));
    const off = Math.abs(found / km - 1);
    assert.ok(off < 0.005, `${a} to ${b}: ${found}, published ${km}`);
  }
});

Deno.test("the antimeridian is a line like any other", () => {
  near(distanceKm(at(0, 179.5), at(0, -179.5)), HALF_A_ROUND_KM / 180);
  near(distanceKm(at(60, 180), at(60, -180)), 0);
  near(
    distanceKm(at(-20, 170), at(-30, -170)),
    distanceKm(at(-20, 0), at(-30, 20)),
  );
});

Deno.test("at a pole every longitude is the same place", () => {
  near(distanceKm(at(90, 0), at(90, 123)), 0);
  for (const longitude of [-180, -77, 0, 45, 180]) {
    near(distanceKm(at(-90, longitude), at(0, 12)), HALF_A_ROUND_KM / 2);
    near(distanceKm(at(90, longitude), at(-90, 5)), HALF_A_ROUND_KM);
  }
  // Over the pole it is nearer than along the circle of latitude.
  near(distanceKm(at(80, 0), at(80, 180)), HALF_A_ROUND_KM / 9);
});

Deno.test("antipodes are half a round apart and nothing is farther, and a place is no way from itself", () => {
  near(distanceKm(at(0, 0), at(0, 180)), HALF_A_ROUND_KM);
  near(distanceKm(at(47.3, 8.5), at(-47.3, -171.5)), HALF_A_ROUND_KM);
  assert.equal(distanceKm(at(12, 34), at(12, 34)), 0);
  const next = stream(seedOf("antipodes"));
  for (let i = 0; i < 10_000; i++) {
    const a = at(180 * next() - 90, 360 * next() - 180);
    const b = at(180 * next() - 90, 360 * next() - 180);
    const km = distanceKm(a, b);
    assert.ok(km >= 0 && km <= HALF_A_ROUND_KM);
    near(distanceKm(b, a), km);
  }
});

Deno.test("cached rows say what the formula says, also when cells collide and the fleet changes", () => {
  const next = stream(seedOf("distance rows"));
  const rows = new DistanceRows();
  const bent = new DistanceRows(Math.sqrt);
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
      bent.invalidate();
    }
    const caller = callers[Math.floor(next() * callers.length)];
    assert.ok(caller !== undefined);
    const expected = places.map((to) =>
      to === undefined ? 0 : distanceKm(caller, to)
    );
    const { km, points } = rows.from(caller, places);
    assert.deepEqual([...km.subarray(0, places.length)], expected);
    assert.equal(points, km);
    const { points: bentPoints } = bent.from(caller, places);
    assert.deepEqual(
      [...bentPoints.subarray(0, places.length)],
      expected.map(Math.sqrt),
    );
  }
});

Deno.test("rows hold 32 MB at most, also when the fleet grows under them", () => {
  const next = stream(seedOf("distance memory"));
  const point = () => ({ ...at(180 * next() - 90, 360 * next() - 180) });
  const places = Array.from(
    { length: 2100 },
    () => ({ ...point(), country: "", city: "" }),
  );
  const callers = Array.from({ length: 1500 }, point);
  const rows = new DistanceRows(Math.sqrt);
  for (const caller of callers) rows.from(caller, places);
  places.push({ ...point(), country: "", city: "" });
  const buffers = new Set<ArrayBufferLike>();
  for (const caller of callers) {
    const { km, points } = rows.from(caller, places);
    buffers.add(km.buffer).add(points.buffer);
  }
  const bytes = [...buffers].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
  assert.ok(bytes > 2 ** 24 && bytes <= 2 ** 25, `${bytes}`);
});

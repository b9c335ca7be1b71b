/**
 * What the place of a caller costs beside the bare reader of the database, over a made database of 30,000 networks and
 * 4,000 cities: `mix` asks for 50,000 callers, few of them often and most of them seldom, one in ten over IPv6 and one in
 * ten with a private address; `new` asks for addresses that never asked before. First it is asserted that both find the
 * same places.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type CityResponse, Reader } from "maxmind";
import { openCityDatabase } from "../../src/geo/city_database.ts";
import { GeoLocator } from "../../src/geo/geo_locator.ts";
import { stream } from "../engine/fleets.ts";
import { cityRecord, madeDatabase, type Value } from "../geo/made_database.ts";

const NETWORKS = 30_000;
const CITIES = 4_000;
const CALLERS = 50_000;
const ASKS = 1 << 18;

const next = stream(7);

function whole(limit: number): number {
  return Math.floor(next() * limit);
}

const cities = Array.from({ length: CITIES }, (_, index) =>
  cityRecord(
    Math.round(next() * 1_600_000) / 1e4 - 80,
    Math.round(next() * 3_400_000) / 1e4 - 170,
    "FR",
    `City ${index}`,
  ));
const networks = new Map<string, Value>();
while (networks.size < NETWORKS) {
  const at = whole(1 << 9);
  const ipv4 = `${16 + (at >> 8)}.${at & 0xff}.${whole(64) * 4}.0/22`;
  const ipv6 = `2a00:${(at >> 3).toString(16)}:${
    (whole(64) << 8).toString(16)
  }::/40`;
  const network = next() < 0.8 ? ipv4 : ipv6;
  networks.set(network, cities[whole(CITIES)]!);
}
const bytes = madeDatabase({ networks, recordSize: 28 });

function publicIp(): string {
  const at = whole(1 << 9);
  return next() < 0.9
    ? `${16 + (at >> 8)}.${at & 0xff}.${whole(256)}.${whole(256)}`
    : `2a00:${(at >> 3).toString(16)}:${(whole(64) << 8).toString(16)}::${
      whole(65_535).toString(16)
    }`;
}

const callers = Array.from(
  { length: CALLERS },
  () => next() < 0.1 ? `10.0.${whole(256)}.${whole(256)}` : publicIp(),
);
/** A caller's rank is as likely to be below 10 as between 10 and 100, and so on. */
const asks = Array.from(
  { length: ASKS },
  () => callers[Math.floor(CALLERS ** next()) - 1]!,
);
const newcomers = Array.from({ length: ASKS }, publicIp);

const reader = new Reader<CityResponse>(Buffer.from(bytes));
const locator = new GeoLocator();
locator.use({
  database: openCityDatabase(bytes, "made.mmdb"),
  localPlace: undefined,
});

let found = 0;
for (const ip of new Set([...asks, ...newcomers.slice(0, CALLERS)])) {
  const location = reader.get(ip)?.location;
  const place = locator.locate(ip);
  assert.deepEqual(
    [place?.latitude, place?.longitude],
    [location?.latitude, location?.longitude],
    ip,
  );
  if (place !== undefined) found++;
}
assert.ok(found > CALLERS / 2, `${found}`);

function asking(ips: readonly string[], ask: (ip: string) => unknown) {
  let at = 0;
  return () => void ask(ips[at++ % ips.length]!);
}

for (const [group, ips] of [["mix", asks], ["new", newcomers]] as const) {
  Deno.bench({
    name: `locate/${group}`,
    group,
    fn: asking(ips, (ip) => locator.locate(ip)),
  });
  Deno.bench({
    name: `reader/${group}`,
    group,
    baseline: true,
    fn: asking(ips, (ip) => reader.get(ip)),
  });
}

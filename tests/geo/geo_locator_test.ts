import assert from "node:assert/strict";
import type { Place } from "../../src/engine/backend.ts";
import {
  type CityDatabase,
  readCityDatabase,
} from "../../src/geo/city_database.ts";
import { GeoLocator } from "../../src/geo/geo_locator.ts";

const PLACES = new URL("../fixtures/geo/places.mmdb", import.meta.url).pathname;
const HOME: Place = {
  latitude: 52.52,
  longitude: 13.405,
  country: "DE",
  city: "Home",
};

/** Knows every address, and which it was asked for. */
class AskedDatabase implements CityDatabase {
  readonly type = "Asked-City";
  readonly builtMs = 0;
  readonly asked: string[] = [];

  constructor(readonly city = "Everywhere") {}

  locate(ip: string): Place {
    this.asked.push(ip);
    return { ...HOME, city: this.city };
  }
}

Deno.test("public addresses have the place that the database knows, others none", async () => {
  const locator = new GeoLocator();
  assert.equal(locator.locate("5.9.1.2"), undefined);
  const database = await readCityDatabase(PLACES);
  locator.use({ database, localPlace: undefined });
  for (const ip of ["5.9.1.2", "::ffff:5.9.1.2", "2002:509:102::9"]) {
    assert.equal(locator.locate(ip)?.city, "Frankfurt am Main", ip);
  }
  // The database has records for the first three.
  const placeless = [
    ...["10.1.2.3", "203.0.113.9", "2001:db8::1", "::ffff:10.1.2.3"],
    ...["127.0.0.1", "fe80::1%eth0", "62.5.0.1", "1.1.1", ""],
  ];
  for (const ip of placeless) assert.equal(locator.locate(ip), undefined, ip);
});

Deno.test("private addresses are where the server is when that is wanted, with and without a database", async () => {
  const locator = new GeoLocator();
  for (const database of [undefined, await readCityDatabase(PLACES)]) {
    locator.use({ database, localPlace: HOME });
    const local = [
      ...["10.1.2.3", "192.168.7.7", "127.0.0.1", "::1", "fe80::1%eth0"],
      ...["fd00::1", "100.64.1.1", "169.254.1.1", "::ffff:10.0.0.1"],
    ];
    for (const ip of local) assert.equal(locator.locate(ip), HOME, ip);
    const placeless = ["203.0.113.9", "224.0.0.1", "0.0.0.0", "::", "62.5.0.1"];
    for (const ip of placeless) assert.equal(locator.locate(ip), undefined, ip);
  }
});

Deno.test("an address that asks again is not looked up again, until places come from elsewhere", () => {
  const locator = new GeoLocator();
  const database = new AskedDatabase("Before");
  locator.use({ database, localPlace: undefined });
  for (let i = 0; i < 3; i++) locator.locate("5.9.1.2");
  assert.deepEqual(database.asked, ["5.9.1.2"]);
  locator.use({ database: new AskedDatabase("After"), localPlace: undefined });
  assert.equal(locator.locate("5.9.1.2")?.city, "After");
});

Deno.test("the answers to the addresses that asked last are kept, and no more of them", () => {
  const locator = new GeoLocator();
  const database = new AskedDatabase();
  locator.use({ database, localPlace: undefined });
  const many = Array.from(
    { length: 16_384 },
    (_, i) => `6.7.${i >> 8}.${i & 0xff}`,
  );
  const [oldest = "", second = ""] = many;
  for (const ip of many) locator.locate(ip);
  locator.locate(oldest);
  assert.equal(database.asked.length, many.length);
  locator.locate("8.8.8.8");
  locator.locate(oldest);
  assert.equal(database.asked.length, many.length + 1);
  locator.locate(second);
  assert.equal(database.asked.at(-1), second);
});

Deno.test("a text that is longer than any address is neither looked up nor kept", () => {
  const locator = new GeoLocator();
  const database = new AskedDatabase();
  locator.use({ database, localPlace: HOME });
  assert.equal(locator.locate(`fe80::1%${"x".repeat(100)}`), undefined);
  assert.equal(locator.locate("fe80::1%enp0s31f6"), HOME);
  assert.deepEqual(database.asked, []);
});

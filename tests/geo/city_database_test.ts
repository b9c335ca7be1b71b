import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import {
  openCityDatabase,
  readCityDatabase,
} from "../../src/geo/city_database.ts";
import { NAME_CHARS_MAX } from "../../src/wire/bounds.ts";
import { isPlain } from "../../src/wire/fields.ts";
import { cityRecord, madeDatabase, type Value } from "./made_database.ts";

const PLACES = new URL("../fixtures/geo/places.mmdb", import.meta.url).pathname;

Deno.test("addresses of both families and in every spelling have the place of their network", async () => {
  const database = await readCityDatabase(PLACES);
  assert.equal(database.type, "GeoLite2-City");
  assert.ok(database.builtMs > Date.UTC(2026, 0), `${database.builtMs}`);
  const london = {
    latitude: 51.5142,
    longitude: -0.0931,
    country: "GB",
    city: "London",
  };
  assert.deepEqual(database.locate("81.2.69.160"), london);
  assert.deepEqual(database.locate("81.2.69.161"), london);
  const cities = {
    "5.9.1.2": "Frankfurt am Main",
    "37.187.0.0": "Paris",
    "202.4.63.255": "Apia",
    "2a01:4f8::1": "Frankfurt am Main",
    "2A01:04F8:0:0::1%eth0": "Frankfurt am Main",
    "::ffff:5.9.1.2": "Frankfurt am Main",
    "::ffff:509:102": "Frankfurt am Main",
    "2002:509:102::1": "Frankfurt am Main",
  };
  for (const [ip, city] of Object.entries(cities)) {
    assert.equal(database.locate(ip)?.city, city, ip);
  }
});

Deno.test("what a record lacks is empty, and without usable coordinates there is no place", async () => {
  const database = await readCityDatabase(PLACES);
  const named = (ip: string) => {
    const place = database.locate(ip);
    return place && [place.country, place.city];
  };
  // The first and, from what is kept of their record, the second address of a network.
  for (const last of [1, 2]) {
    assert.deepEqual(named(`62.0.0.${last}`), ["CH", ""]);
    assert.deepEqual(named(`62.1.0.${last}`), ["DE", "München"]);
    assert.deepEqual(named(`62.2.0.${last}`), ["", ""]);
  }
  const placeless = {
    "62.3.0.1": "half of the coordinates",
    "62.4.0.1": "no coordinates",
    "62.5.0.1": "0,0",
    "62.6.0.1": "coordinates out of range",
    "62.7.0.1": "no record",
    "2a02::1": "no record",
  };
  for (const [ip, why] of Object.entries(placeless)) {
    assert.equal(database.locate(ip), undefined, why);
  }
});

Deno.test("what is no address has no place", async () => {
  const database = await readCityDatabase(PLACES);
  const texts = [
    ...["", "5.9.1", "5.9.1.2.3", "5.9.1.256", "05.9.1.2", "5.9.1.2 "],
    ...["5.9.1.2:80", "[2a01:4f8::1]", "2a01:4f8:::1", "localhost", ":", "%"],
  ];
  for (const text of texts) {
    assert.equal(database.locate(text), undefined, text);
  }
});

Deno.test("all sizes of tree records are read, and databases of IPv4 alone know no IPv6 address", () => {
  const london = cityRecord(51.5, -0.1, "GB", "London");
  const oslo = cityRecord(59.9, 10.75, "NO", "Oslo");
  for (const recordSize of [24, 28, 32] as const) {
    for (const ipVersion of [4, 6] as const) {
      const networks: [string, Value][] = [
        ["81.2.69.0/24", london],
        ["32.1.0.0/16", oslo],
        ...(ipVersion === 6 ? [["2a01::/16", oslo] as [string, Value]] : []),
      ];
      const bytes = madeDatabase({ networks, recordSize, ipVersion });
      const database = openCityDatabase(bytes, "made.mmdb");
      const cities = ["81.2.69.1", "32.1.2.3", "2a01::1", "2001::1"].map((ip) =>
        database.locate(ip)?.city
      );
      // 32.1 and 2001 begin with the same octets.
      assert.deepEqual(cities, [
        "London",
        "Oslo",
        ipVersion === 6 ? "Oslo" : undefined,
        undefined,
      ]);
    }
  }
});

Deno.test("another file is refused with a sentence that says what it is", () => {
  const good = Deno.readFileSync(PLACES);
  const asn: Value = { autonomous_system_number: 64500 };
  const country: Value = { country: { iso_code: "GB" } };
  const made = (type: string, record: Value) =>
    madeDatabase({ type, networks: [["16.0.0.0/8", record]] });
  const refused: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /it is empty$/],
    [new TextEncoder().encode("<html>Not found</html>"), /no MaxMind database/],
    [new Uint8Array(gzipSync(good)), /packed \(gzip\), wanted the \.mmdb/],
    [good.subarray(0, good.length / 2), /no MaxMind database, or not all/],
    [good.subarray(1000), /it is damaged: its records don't begin where/],
    [made("GeoLite2-ASN", asn), /type "GeoLite2-ASN", in which nothing has/],
    [made("GeoLite2-Country", country), /wanted one of cities such as/],
  ];
  for (const [bytes, reason] of refused) {
    assert.throws(() => openCityDatabase(bytes, "/data/x.mmdb"), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^Cannot use "\/data\/x\.mmdb" for places: /);
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("a file with a hole is found, and none makes a lookup throw", () => {
  const good = Deno.readFileSync(PLACES);
  let refused = 0;
  for (let at = 0; at < good.length; at += 7) {
    const bytes = good.slice();
    bytes.fill(0xff, at, at + 24);
    try {
      const database = openCityDatabase(bytes, "holed.mmdb");
      for (const ip of ["5.9.1.2", "8.8.8.8", "2a01:4f8::1", "62.1.0.1"]) {
        database.locate(ip);
      }
    } catch (error) {
      assert.ok(error instanceof TypeError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 0);
});

Deno.test("whatever bits of a file are wrong, nothing but places and sentences comes out of it", () => {
  const good = Deno.readFileSync(PLACES);
  const ips = [
    ...["5.9.1.2", "37.187.0.1", "62.1.0.1", "62.4.0.1", "81.2.69.160"],
    ...["202.4.63.1", "2a01:4f8::1", "255.255.255.255", "2002:509:102::1"],
  ];
  const bit = fc.integer({ min: 0, max: good.length * 8 - 1 });
  let used = 0;
  fc.assert(
    fc.property(fc.array(bit, { minLength: 1, maxLength: 4 }), (bits) => {
      const bytes = good.slice();
      for (const at of bits) bytes[at >> 3]! ^= 1 << (at & 7);
      let database;
      try {
        database = openCityDatabase(bytes, "flipped.mmdb");
      } catch (error) {
        assert.ok(error instanceof TypeError, String(error));
        assert.match(error.message, /^Cannot use "flipped\.mmdb" for places: /);
        return;
      }
      used++;
      for (const ip of ips) {
        const place = database.locate(ip);
        if (place === undefined) continue;
        assert.ok(Math.abs(place.latitude) <= 90);
        assert.ok(Math.abs(place.longitude) <= 180);
        assert.match(place.country, /^([A-Z]{2})?$/);
        assert.ok(isPlain(place.city) && place.city.length <= NAME_CHARS_MAX);
      }
      assert.ok(new Date(database.builtMs).toISOString() !== "");
      assert.ok(isPlain(database.type));
    }),
    { numRuns: 3000 },
  );
  assert.ok(used > 1000, `${used}`);
});

Deno.test("a type that is not known as one of cities is taken when it has coordinates", () => {
  const networks: [string, Value][] = [
    ["16.0.0.0/8", cityRecord(1, 2, "XX", "There")],
  ];
  const bytes = madeDatabase({ type: "Own-Places", networks });
  assert.equal(
    openCityDatabase(bytes, "own").locate("16.1.1.1")?.city,
    "There",
  );
});

Deno.test("a file that can't be read is refused with its path and the reason", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(readCityDatabase(`${folder}/none.mmdb`), (error) => {
      assert.ok(error instanceof Error);
      const message = `Cannot read "${folder}/none.mmdb": no such file`;
      assert.equal(error.message, message);
      assert.ok(error.cause instanceof Deno.errors.NotFound);
      return true;
    });
    await assert.rejects(readCityDatabase(folder), /it is no file$/);
    // Holes, which take no room on the disk; and nothing is read of it but its end.
    const large = `${folder}/large.log`;
    await Deno.writeTextFile(large, "");
    await Deno.truncate(large, 65 * 1024 ** 2);
    await assert.rejects(
      readCityDatabase(large),
      /^Error: Cannot read ".*large\.log": it is no MaxMind database, or not/,
    );
    await assert.rejects(readCityDatabase("/dev/zero"), /it is no file$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a record that refers to very many values has no place, and its neighbours have", () => {
  // Arrays of sixteen references to the next array each: sixteen to the fourth values.
  const lengths = [16, 16, 16, 16, 0];
  const arrays = lengths.flatMap((length, level) => {
    const next = level * (2 + 16 * 2) + 34;
    const reference = [1 << 5 | next >> 8, next & 0xff];
    return [length, 11 - 7, ...Array(length).fill(reference).flat()];
  });
  const many = Uint8Array.from(arrays);
  const laden = {
    ...cityRecord(1, 2, "XX", "Laden") as Record<string, Value>,
    // A reference to the first of the arrays, which begin the records.
    more: Uint8Array.of(1 << 5, 0),
  };
  const networks: [string, Value][] = [
    ["16.0.0.7/32", many],
    ["81.2.69.9/32", laden],
    ["81.2.69.8/32", cityRecord(1, 2, "XX", "Near")],
  ];
  const database = openCityDatabase(madeDatabase({ networks }), "made.mmdb");
  for (let times = 0; times < 2; times++) {
    assert.equal(database.locate("81.2.69.9"), undefined);
    assert.equal(database.locate("16.0.0.7"), undefined);
    assert.equal(database.locate("81.2.69.8")?.city, "Near");
  }
});

Deno.test("a database that does not say when it was built is refused, one of a name that steers a terminal is not shown", () => {
  const networks: [string, Value][] = [["16.0.0.0/8", "x"]];
  for (const builtAt of [Infinity, NaN, 1e13 + 0.5]) {
    const bytes = madeDatabase({ networks, builtAt });
    assert.throws(() => openCityDatabase(bytes, "x.mmdb"), /when it was built/);
  }
  const bytes = madeDatabase({ networks, type: "\u001b[2JNames" });
  assert.throws(() => openCityDatabase(bytes, "x.mmdb"), /type "\[2JNames"/);
});

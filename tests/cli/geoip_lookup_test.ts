import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { opsen } from "./fake_shell.ts";

const DB = fileURLToPath(
  new URL("../fixtures/geo/places.mmdb", import.meta.url),
);

/** Runs with the database of the tests. */
async function lookup(...args: readonly string[]) {
  return await opsen(["geoip", "lookup", "--db", DB, ...args]);
}

/** A folder with a server.yml in it. */
class Configured implements Disposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/server.yml`;

  constructor(text: string) {
    Deno.writeTextFileSync(this.path, text);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("places are printed one a line, with distances when it is said from where", async () => {
  const plain = await lookup("81.2.69.142", "2a01:4f8::1");
  assert.equal(plain.code, 0, plain.err);
  assert.deepEqual(plain.out.split("\n").map((line) => line.split(/ {2,}/)), [
    ["Address", "Place", "Latitude", "Longitude"],
    ["81.2.69.142", "London, GB", "51.5142", "-0.0931"],
    ["2a01:4f8::1", "Frankfurt am Main, DE", "50.1109", "8.6821"],
    [""],
  ]);
  for (const from of ["37.187.0.1", "48.8566,2.3522", "48.8566, 2.3522"]) {
    const { code, out } = await lookup("81.2.69.142", "--from", from);
    assert.equal(code, 0);
    assert.match(out, /Distance\n.* 343 km\n$/);
  }
  const south = await lookup("81.2.69.142", "--from", "-33.87,151.21");
  assert.match(south.out, / 1699\d km\n$/);
});

Deno.test("an address that holds an IPv4 one has its place, as for a server", async () => {
  for (const ip of ["::ffff:81.2.69.142", "2002:5102:458e::1"]) {
    const { code, out } = await lookup(ip);
    assert.equal(code, 0);
    assert.match(out, /London, GB/);
  }
});

Deno.test("an address without a place is told with the reason, and the exit code says so", async () => {
  const cases = [
    ["10.1.2.3", "a private address"],
    ["127.0.0.1", "a loopback address"],
    ["203.0.113.7", "a documentation address"],
    ["9.9.9.9", "none in the database"],
    ["62.4.0.1", "none in the database"],
  ] as const;
  for (const [ip, reason] of cases) {
    const { code, out } = await lookup("81.2.69.142", ip);
    assert.equal(code, 1);
    assert.ok(out.includes(`no place: ${reason}\n`), out);
    assert.match(out, /London/);
  }
});

Deno.test("--json tells the same", async () => {
  const args = ["81.2.69.142", "10.1.2.3", "--json", "--from", "37.187.0.1"];
  const { code, out } = await lookup(...args);
  assert.equal(code, 1);
  const { database, addresses } = JSON.parse(out);
  assert.equal(database.path, DB);
  assert.equal(database.type, "GeoLite2-City");
  assert.ok(Date.parse(database.built) > 0);
  assert.deepEqual(addresses, [
    {
      ip: "81.2.69.142",
      place: {
        latitude: 51.5142,
        longitude: -0.0931,
        country: "GB",
        city: "London",
      },
      distance_km: 343,
    },
    { ip: "10.1.2.3", place: null, reason: "a private address" },
  ]);
});

Deno.test("what is no address or no place is refused", async () => {
  const cases = [
    [["example.com"], /Found "example\.com", wanted an IPv4 or IPv6 address/],
    [["81.2.69.142", "1.2.3"], /Found "1\.2\.3"/],
    [["81.2.69.142", "--from", "Paris"], /--from: found "Paris", wanted/],
    [["81.2.69.142", "--from", "91,0"], /--from: found "91,0"/],
    [
      ["81.2.69.142", "--from", "10.0.0.1"],
      /--from: 10\.0\.0\.1 has no place \(a private/,
    ],
    [[], /missing required argument/],
  ] as const;
  for (const [args, words] of cases) {
    const { code, out, err } = await lookup(...args);
    assert.match(err, words);
    assert.equal(code, 64);
    assert.equal(out, "");
  }
});

Deno.test("the database is that of the configuration when none is named", async () => {
  using configured = new Configured(`geoip_db_path: ${JSON.stringify(DB)}\n`);
  const args = ["geoip", "lookup", "81.2.69.142"];
  const ran = await opsen([...args, "--config", configured.path]);
  assert.equal(ran.code, 0, ran.err);
  const byVariable = { OPSEN_GEOIP_DB_PATH: DB };
  assert.equal((await opsen(args, byVariable)).code, 0);
  using silent = new Configured("port: 9000\n");
  const none = await opsen([...args, "--config", silent.path]);
  assert.equal(none.code, 64);
  assert.match(none.err, /has no geoip_db_path; name a file with --db/);
  using wrong = new Configured("prot: 9000\n");
  assert.equal((await opsen([...args, "--config", wrong.path])).code, 64);
});

Deno.test("without a database that can be used the next step is said", async () => {
  using configured = new Configured("");
  const absent = `${configured.folder}/x.mmdb`;
  for (const path of [absent, configured.path, configured.folder]) {
    const args = ["geoip", "lookup", "81.2.69.142", "--db", path];
    const { code, out, err } = await opsen(args);
    assert.equal(code, 65);
    assert.equal(out, "");
    assert.ok(err.includes(`"${path}"`), err);
    assert.match(err, /; to get one: opsen geoip download --output "/);
  }
});

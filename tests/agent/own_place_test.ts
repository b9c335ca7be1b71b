import assert from "node:assert/strict";
import type { InterfaceAddress } from "../../src/agent/local_address.ts";
import { OwnPlace, type Whereabouts } from "../../src/agent/own_place.ts";
import { type AskedPlace, PlaceCache } from "../../src/agent/place_cache.ts";
import type { PlaceIn } from "../../src/agent/place_lookup.ts";
import type { ClientConfig } from "../../src/config/client_keys.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { clientConfig } from "./client_config.ts";
import { PARIS, PARIS_ANSWER, PlaceServer } from "./own_place_server.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HERE = "10.0.0.7";
const NOWHERE: Whereabouts = { place: undefined, publicIp: "" };
const IN_PARIS: Whereabouts = { place: PARIS, publicIp: "198.51.101.7" };
const TOKYO = { latitude: 35.7, longitude: 139.7, country: "JP", city: "" };
const VIENNA = { latitude: 48.2, longitude: 16.4, country: "AT", city: "Wien" };

/** A state folder, a service, and what a machine does with them from one start to the next. */
class Scene implements AsyncDisposable {
  readonly #tree = new TemporaryTree();
  readonly cache = new PlaceCache([this.#tree.root]);
  readonly service = new PlaceServer();
  readonly clock = new FakeClock();
  logger = new FakeLogger();
  config: Partial<ClientConfig> = {};
  interfaces: readonly InterfaceAddress[] = [];
  mayAsk = true;
  /** Addresses that the database was asked for. */
  readonly sought: string[] = [];
  placeIn: PlaceIn = () => Promise.resolve(undefined);

  /** The place of a client that starts, and a promise of its next news. */
  start() {
    this.logger = new FakeLogger();
    let news = Promise.withResolvers<void>();
    const own = new OwnPlace({
      config: clientConfig({ skipGeolocation: false, ...this.config }),
      cache: this.cache,
      sources: {
        placeIn: (path, ip, signal) => {
          this.sought.push(ip);
          return this.placeIn(path, ip, signal);
        },
        serviceUrl: this.mayAsk ? this.service.url : undefined,
        interfaces: () => this.interfaces,
      },
      onChange: () => news.resolve(),
      clock: this.clock,
      logger: this.logger,
    });
    return {
      own,
      /** Where the machine knows to be when the look-up that is under way has brought news. */
      async told(localIp = HERE): Promise<Whereabouts> {
        await news.promise;
        news = Promise.withResolvers();
        // The look-up is over one turn after its news.
        await aTurn(0);
        return own.at(localIp);
      },
      [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
    };
  }

  /** Settles when a line was logged. */
  async said(pattern: RegExp): Promise<void> {
    await until(() => this.info.some((message) => pattern.test(message)));
  }

  keep(given: Partial<AskedPlace>): void {
    this.cache.write({
      localIp: HERE,
      found: undefined,
      failed: undefined,
      ...given,
    });
  }

  get info(): string[] {
    return this.logger.messages("info");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    this.#tree[Symbol.dispose]();
  }
}

/** Looks until something holds; then the look-up that made it so is over, too. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await aTurn(1);
  await aTurn(0);
}

function aTurn(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("a machine knows nothing at first, then what the service says, and says once where it is from", async () => {
  await using scene = new Scene();
  await using client = scene.start();
  assert.deepEqual(client.own.at(HERE), NOWHERE);
  assert.ok(!client.own.isElsewhere(NOWHERE));
  assert.deepEqual(await client.told(), IN_PARIS);
  assert.ok(client.own.isElsewhere(NOWHERE));
  assert.ok(!client.own.isElsewhere(IN_PARIS));
  assert.ok(client.own.isElsewhere({ ...IN_PARIS, publicIp: "" }));
  assert.ok(client.own.isElsewhere({ ...IN_PARIS, place: TOKYO }));
  assert.deepEqual(scene.info, [
    `Place: Paris, FR, from ${scene.service.host}`,
  ]);
  assert.equal(scene.service.asked.length, 1);
});

Deno.test("the next start knows it at once and asks nobody", async () => {
  await using scene = new Scene();
  {
    await using client = scene.start();
    client.own.at(HERE);
    await client.told();
  }
  scene.clock.advance(5 * DAY);
  await using client = scene.start();
  assert.deepEqual(client.own.at(HERE), IN_PARIS);
  assert.deepEqual(scene.info, [
    `Place: Paris, FR, from ${scene.service.host}`,
  ]);
  await client.own[Symbol.asyncDispose]();
  assert.equal(scene.service.asked.length, 1);
});

Deno.test("an old answer counts while another one is asked for, a too old one does not", async () => {
  await using scene = new Scene();
  const said = { place: TOKYO, publicIp: "198.51.101.9" };
  scene.keep({ found: { said, atMs: scene.clock.wallMs() } });
  scene.clock.advance(6 * DAY);
  {
    await using client = scene.start();
    assert.deepEqual(client.own.at(HERE), said);
    assert.deepEqual(await client.told(), IN_PARIS);
  }
  scene.keep({ found: { said, atMs: scene.clock.wallMs() } });
  scene.clock.advance(7 * DAY);
  await using client = scene.start();
  assert.deepEqual(client.own.at(HERE), NOWHERE);
  assert.deepEqual(await client.told(), IN_PARIS);
});

Deno.test("in another network the machine is nowhere until it has asked there", async () => {
  await using scene = new Scene();
  await using client = scene.start();
  client.own.at(HERE);
  await client.told();
  scene.clock.advance(HOUR);
  scene.service.answer = () =>
    Response.json({ ...PARIS_ANSWER, city: "Lyon", ip: "198.51.101.8" });
  assert.deepEqual(client.own.at("192.168.1.2"), NOWHERE);
  const there = await client.told("192.168.1.2");
  assert.equal(there.place?.city, "Lyon");
  assert.equal(there.publicIp, "198.51.101.8");
  assert.equal(scene.cache.read()?.localIp, "192.168.1.2");
});

Deno.test("a machine that has its address still is where it was, whichever way it sees the server or none", async () => {
  await using scene = new Scene();
  scene.interfaces = [
    { family: "IPv4", address: "172.17.0.1" },
    { family: "IPv4", address: HERE },
  ];
  {
    await using client = scene.start();
    client.own.at(HERE);
    await client.told();
    scene.clock.advance(HOUR);
    // What is taken for its address while the server is away.
    assert.deepEqual(client.own.at("172.17.0.1"), IN_PARIS);
  }
  {
    await using client = scene.start();
    assert.deepEqual(client.own.at("172.17.0.1"), IN_PARIS);
    assert.deepEqual(client.own.at(HERE), IN_PARIS);
  }
  assert.equal(scene.service.asked.length, 1);
  scene.interfaces = [{ family: "IPv4", address: "172.17.0.1" }];
  await using client = scene.start();
  assert.deepEqual(client.own.at("172.17.0.1"), NOWHERE);
  await client.told("172.17.0.1");
  assert.equal(scene.service.asked.length, 2);
});

Deno.test("without an address nothing is asked, and nothing is forgotten", async () => {
  await using scene = new Scene();
  await using client = scene.start();
  assert.deepEqual(client.own.at(""), NOWHERE);
  client.own.at(HERE);
  await client.told();
  assert.deepEqual(client.own.at(""), IN_PARIS);
  assert.equal(scene.service.asked.length, 1);
});

Deno.test("an address that comes and goes asks once a minute at most", async () => {
  await using scene = new Scene();
  await using client = scene.start();
  client.own.at(HERE);
  await client.told();
  for (let i = 0; i < 20; i++) {
    client.own.at(i % 2 === 0 ? "192.168.1.2" : HERE);
    await aTurn(0);
  }
  assert.equal(scene.service.asked.length, 1);
  scene.clock.advance(60_000);
  client.own.at("192.168.1.2");
  await client.told("192.168.1.2");
  assert.equal(scene.service.asked.length, 2);
});

Deno.test("an answer of the last network does not count in the new one", async () => {
  await using scene = new Scene();
  const held = Promise.withResolvers<void>();
  scene.service.answer = async () => {
    await held.promise;
    return Response.json(PARIS_ANSWER);
  };
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(client.own.at("192.168.1.2"), NOWHERE);
  held.resolve();
  // It is kept for the return.
  await until(() => scene.cache.read() !== undefined);
  assert.deepEqual(scene.info, []);
  assert.deepEqual(client.own.at("192.168.1.2"), NOWHERE);
  assert.deepEqual(client.own.at(HERE), IN_PARIS);
});

Deno.test("a failure is said once, and nobody asks for an hour, not even the next start", async () => {
  await using scene = new Scene();
  scene.service.answer = () => new Response(null, { status: 503 });
  {
    await using client = scene.start();
    assert.deepEqual(client.own.at(HERE), NOWHERE);
    await scene.said(/Place: unknown/);
    assert.deepEqual(scene.info, [
      `Place: unknown (${scene.service.host}: it answered 503); "latitude" and "longitude" would tell it`,
    ]);
    scene.clock.advance(HOUR / 2);
    client.own.at(HERE);
  }
  {
    await using client = scene.start();
    client.own.at(HERE);
    await scene.said(/Place: unknown .*503/);
  }
  assert.equal(scene.service.asked.length, 1);
  scene.service.answer = () => Response.json(PARIS_ANSWER);
  scene.clock.advance(HOUR / 2);
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(await client.told(), IN_PARIS);
});

Deno.test("a client that goes on running asks again after the hour, and says nothing twice", async () => {
  await using scene = new Scene();
  scene.service.answer = () => new Response(null, { status: 503 });
  await using client = scene.start();
  for (const times of [1, 2, 3]) {
    client.own.at(HERE);
    const now = scene.clock.wallMs();
    await until(() => scene.cache.read()?.failed?.atMs === now);
    assert.equal(scene.service.asked.length, times);
    scene.clock.advance(HOUR);
  }
  assert.equal(scene.info.length, 1);
  scene.service.answer = () => Response.json(PARIS_ANSWER);
  client.own.at(HERE);
  assert.deepEqual(await client.told(), IN_PARIS);
});

Deno.test("what the operator says stands, and nobody is asked", async () => {
  await using scene = new Scene();
  for (const skipGeolocation of [true, false]) {
    const place = { ...VIENNA, country: "at" };
    scene.config = { ...place, skipGeolocation, geoipDbPath: "x.mmdb" };
    await using client = scene.start();
    assert.deepEqual(client.own.at(HERE), { place: VIENNA, publicIp: "" });
    assert.deepEqual(scene.info, ["Place: Wien, AT, as configured"]);
  }
  assert.deepEqual([scene.service.asked, scene.sought], [[], []]);
});

Deno.test("skip_geolocation ends all looking up, also in what is kept", async () => {
  await using scene = new Scene();
  scene.keep({ found: { said: { place: TOKYO, publicIp: "" }, atMs: 0 } });
  scene.config = { skipGeolocation: true, geoipDbPath: "x.mmdb" };
  await using client = scene.start();
  assert.deepEqual(client.own.at(HERE), NOWHERE);
  await client.own[Symbol.asyncDispose]();
  assert.deepEqual([scene.service.asked, scene.sought], [[], []]);
  assert.deepEqual(scene.logger.lines, []);
});

Deno.test("half a place is none", async () => {
  await using scene = new Scene();
  scene.config = { latitude: 48.2, country: "AT" };
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(await client.told(), IN_PARIS);
});

Deno.test("a database knows the address of an interface, and nobody else is asked", async () => {
  await using scene = new Scene();
  scene.config = { geoipDbPath: "/db/cities.mmdb" };
  scene.placeIn = () => Promise.resolve(TOKYO);
  scene.interfaces = [
    { family: "IPv4", address: "127.0.0.1" },
    { family: "IPv4", address: HERE },
    { family: "IPv6", address: "2a01:4f8::7" },
    { family: "IPv4", address: "5.9.0.1" },
  ];
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(await client.told(), { place: TOKYO, publicIp: "5.9.0.1" });
  assert.deepEqual(scene.sought, ["5.9.0.1"]);
  assert.deepEqual(scene.service.asked, []);
  assert.deepEqual(scene.info, ['Place: JP, from "/db/cities.mmdb"']);
});

Deno.test("the address on the way to the server comes first when it is public", async () => {
  await using scene = new Scene();
  scene.config = { geoipDbPath: "/db/cities.mmdb" };
  scene.placeIn = () => Promise.resolve(TOKYO);
  scene.interfaces = [{ family: "IPv4", address: "5.9.0.1" }];
  await using client = scene.start();
  client.own.at("2a01:4f8::7");
  assert.equal((await client.told("2a01:4f8::7")).publicIp, "2a01:4f8::7");
});

Deno.test("a database stands before the service, which tells the address to look for", async () => {
  await using scene = new Scene();
  scene.config = { geoipDbPath: "/db/cities.mmdb" };
  scene.placeIn = () => Promise.resolve(TOKYO);
  const there = { place: TOKYO, publicIp: IN_PARIS.publicIp };
  for (const _start of ["the address is learned", "the address is kept"]) {
    await using client = scene.start();
    assert.deepEqual(client.own.at(HERE), NOWHERE);
    assert.deepEqual(await client.told(), there);
    assert.deepEqual(scene.info, ['Place: JP, from "/db/cities.mmdb"']);
  }
  assert.deepEqual(scene.sought, [IN_PARIS.publicIp, IN_PARIS.publicIp]);
  assert.equal(scene.service.asked.length, 1);
});

Deno.test("a database that can't be used is warned of once, and the service is asked", async () => {
  await using scene = new Scene();
  scene.config = { geoipDbPath: "/db/cities.mmdb" };
  const sentence = 'Cannot read "/db/cities.mmdb": no such file';
  scene.placeIn = () => Promise.reject(new Error(sentence));
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(await client.told(), IN_PARIS);
  assert.deepEqual(scene.logger.messages("warn"), [sentence]);
  // Within the hour it is there.
  scene.clock.advance(HOUR);
  client.own.at(HERE);
  await until(() => scene.sought.length === 2);
  assert.deepEqual(scene.logger.messages("warn"), [sentence]);
  scene.placeIn = () => Promise.resolve(TOKYO);
  scene.clock.advance(HOUR);
  client.own.at(HERE);
  assert.deepEqual((await client.told()).place, TOKYO);
  assert.equal(scene.service.asked.length, 1);
});

Deno.test("a database that does not know the address leaves it to the service", async () => {
  await using scene = new Scene();
  scene.config = { geoipDbPath: "/db/cities.mmdb" };
  scene.interfaces = [{ family: "IPv4", address: "5.9.0.1" }];
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(await client.told(), IN_PARIS);
  // Its own address, then the one that the service sees.
  assert.deepEqual(scene.sought, ["5.9.0.1", IN_PARIS.publicIp]);
});

Deno.test("where no service may be asked, there is what a database knows", async () => {
  await using scene = new Scene();
  scene.mayAsk = false;
  {
    await using client = scene.start();
    assert.deepEqual(client.own.at(HERE), NOWHERE);
    assert.deepEqual(scene.logger.lines, []);
  }
  scene.config = { geoipDbPath: "/db/cities.mmdb" };
  {
    await using client = scene.start();
    client.own.at(HERE);
    await scene.said(
      /unknown \(no public address to look up in "\/db\/cities\.mmdb"; no service is asked\)/,
    );
    assert.deepEqual(scene.sought, [""]);
  }
  scene.interfaces = [{ family: "IPv4", address: "5.9.0.1" }];
  scene.placeIn = () => Promise.resolve(TOKYO);
  await using client = scene.start();
  client.own.at(HERE);
  assert.deepEqual(await client.told(), { place: TOKYO, publicIp: "5.9.0.1" });
  assert.deepEqual(scene.service.asked, []);
});

Deno.test("a look-up that is under way ends with the client, and is not taken for a failure", async () => {
  await using scene = new Scene();
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  scene.service.answer = async () => {
    asked.resolve();
    await held.promise;
    return new Response();
  };
  const client = scene.start();
  client.own.at(HERE);
  await asked.promise;
  await client.own[Symbol.asyncDispose]();
  assert.deepEqual(client.own.at(HERE), NOWHERE);
  assert.equal(scene.cache.read(), undefined);
  assert.deepEqual(scene.logger.lines, []);
  held.resolve();
});

Deno.test("a state folder that takes nothing is no obstacle, nor are interfaces that may not be listed", async () => {
  await using scene = new Scene();
  await using service = new PlaceServer();
  const news = Promise.withResolvers<void>();
  await using own = new OwnPlace({
    config: clientConfig({ skipGeolocation: false }),
    cache: new PlaceCache([]),
    sources: {
      placeIn: scene.placeIn,
      serviceUrl: service.url,
      interfaces: () => {
        throw new Deno.errors.NotCapable("not allowed");
      },
    },
    onChange: () => news.resolve(),
    clock: scene.clock,
    logger: scene.logger,
  });
  own.at(HERE);
  await news.promise;
  assert.deepEqual(own.at(HERE), IN_PARIS);
});

import assert from "node:assert/strict";
import { TemporaryTree } from "../collect/trees.ts";
import { runOpsen } from "../e2e/opsen_process.ts";
import { Tree } from "../lint/tree.ts";
import { toolTest } from "../tools.ts";
import type { Received } from "./fake_server.ts";
import { PARIS, PARIS_ANSWER, PlaceServer } from "./own_place_server.ts";
import { simulate } from "./simulation.ts";

const DATABASE =
  new URL("../fixtures/geo/places.mmdb", import.meta.url).pathname;
const OWN_NAME = "tests/agent/own_place_client_test.ts";
const NOT_KNOWN = { latitude: 0, longitude: 0, country: "unknown" };

/** Where a registration says that its machine is. */
function placeIn({ body }: Received) {
  const { latitude, longitude, country, city } = body;
  return { latitude, longitude, country, city };
}

/** The registrations among what a server received. */
function registrations(received: readonly Received[]): readonly Received[] {
  return received.filter(({ path }) => path === "/register");
}

Deno.test("a client registers at once, and again when it knows where it is", async () => {
  await using service = new PlaceServer();
  const registered = Promise.withResolvers<void>();
  service.answer = async () => {
    await registered.promise;
    return Response.json(PARIS_ANSWER);
  };
  const { received, logger } = await simulate({
    messages: 2,
    reply: () => {
      registered.resolve();
      return 200;
    },
    config: { skipGeolocation: false, reportIntervalSeconds: 3600 },
    world: { placeServiceUrl: service.url },
  });
  const [first, second] = registrations(received);
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(placeIn(first), { ...NOT_KNOWN, city: "unknown" });
  assert.equal(first.body["public_ip"], "unknown");
  assert.deepEqual(placeIn(second), PARIS);
  assert.equal(second.body["public_ip"], PARIS_ANSWER.ip);
  const said = logger.messages("info").filter((line) => /^Place/.test(line));
  assert.deepEqual(said, [`Place: Paris, FR, from ${service.host}`]);
});

Deno.test("a client that knew its place when it ended says it first of all when it returns", async () => {
  await using service = new PlaceServer();
  using state = new TemporaryTree();
  const scene = {
    config: { skipGeolocation: false, stateDir: state.root },
    world: { placeServiceUrl: service.url },
  };
  await simulate({ ...scene, messages: 2 });
  const { received } = await simulate({ ...scene, messages: 1 });
  assert.deepEqual(received.map(placeIn), [PARIS]);
  assert.equal(service.asked.length, 1);
});

Deno.test("a client ends while its look-up is out", async () => {
  await using service = new PlaceServer();
  const end = new AbortController();
  const held = Promise.withResolvers<void>();
  service.answer = async () => {
    end.abort();
    await held.promise;
    return new Response();
  };
  const { code, logger } = await simulate({
    messages: Infinity,
    config: { skipGeolocation: false },
    world: { placeServiceUrl: service.url, signal: end.signal },
  });
  held.resolve();
  assert.equal(code, 0);
  // It did not wait for its look-up to give up.
  assert.doesNotMatch(logger.messages("info").join("\n"), /Place/);
});

Deno.test("the database places the address that the service tells", async () => {
  await using service = new PlaceServer();
  service.answer = () => Response.json({ ...PARIS_ANSWER, ip: "81.2.69.142" });
  const { received } = await simulate({
    messages: 2,
    config: { skipGeolocation: false, geoipDbPath: DATABASE },
    world: { placeServiceUrl: service.url },
  });
  const [, second] = registrations(received);
  assert.ok(second !== undefined);
  assert.equal(second.body["city"], "London");
  assert.equal(second.body["public_ip"], "81.2.69.142");
});

Deno.test("a database that is missing or something else is one warning, and the service is asked", async () => {
  using tree = new TemporaryTree();
  tree.write("other.mmdb", "<!doctype html>");
  for (const name of ["none.mmdb", "other.mmdb"]) {
    await using service = new PlaceServer();
    const { received, logger } = await simulate({
      messages: 2,
      config: {
        skipGeolocation: false,
        geoipDbPath: `${tree.root}/${name}`,
      },
      world: { placeServiceUrl: service.url },
    });
    const [, second] = registrations(received);
    assert.deepEqual(second && placeIn(second), PARIS, name);
    const warnings = logger.messages("warn")
      .filter((line) => line.includes(name));
    assert.equal(warnings.length, 1, warnings.join("\n"));
  }
});

Deno.test("a client of a test, the demo or a drill asks no stranger where it is", async () => {
  const { logger } = await simulate({
    messages: 1,
    config: { skipGeolocation: false },
  });
  assert.doesNotMatch(logger.messages("info").join("\n"), /^Place/m);
  // Whoever runs a client without the command has no service to ask.
  const tree = await Tree.open(new URL("../../", import.meta.url));
  const naming = tree.matching(/^(src|tests|dist|ffi)\/.*\.ts$/)
    .filter((path) => /placeServiceUrl:/.test(tree.read(path)));
  assert.deepEqual(naming, ["src/cli/client.ts", OWN_NAME]);
});

toolTest("env", "a program of a test is told to look up no place", async () => {
  const { stdout } = await runOpsen([], { executable: "env" });
  assert.match(stdout, /^OPSEN_SKIP_GEOLOCATION=true$/m);
});

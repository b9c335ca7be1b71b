import assert from "node:assert/strict";
import { OPTIONS, tiersOf } from "../engine/fleets.ts";
import { EdgeWorld } from "./edge_world.ts";
import { answered, codeOf, head, OK, post, valuesOf } from "./exchanges.ts";

const SESSION = "X-Session: s1";

Deno.test("a place that the body names is the caller's, whole and on Earth", () => {
  const places: [string, object | undefined][] = [
    ['{"client_lat":52.5,"client_lon":-13.4}', {
      latitude: 52.5,
      longitude: -13.4,
    }],
    ['{"client_lat":"52.5","client_lon":"13"}', undefined],
    ['{"client_lat":52.5}', undefined],
    ['{"client_lat":91,"client_lon":0}', undefined],
    ['{"client_lat":0,"client_lon":-181}', undefined],
    ["{}", undefined],
  ];
  for (const [body, place] of places) {
    using world = new EdgeWorld();
    world.call(post("/", body));
    assert.deepEqual(world.balancer.asks[0]?.place, place, body);
  }
});

Deno.test("each path goes to the endpoint that names it", () => {
  const endpoints = [
    { url: "http://10.0.1.1:81", paths: ["/v1/*"] },
    { url: "http://10.0.1.2:82", paths: ["/v1/exact"] },
  ];
  using world = new EdgeWorld({ backends: [{ endpoints }] });
  for (const path of ["/v1/x?tier=large", "/v1/exact?q", "/else"]) {
    world.call(head(`GET ${path}`));
  }
  world.call(post("/v1/late", '{"tier":"large"}'));
  assert.deepEqual(world.places, [
    "10.0.1.1:81",
    "10.0.1.2:82",
    "10.0.0.1:80",
    "10.0.1.1:81",
  ]);
});

Deno.test("an endpoint that can't be sent to is refused, and nothing stays booked", () => {
  for (const endpoint of ["", "ftp://10.0.0.1", "not a URL"]) {
    using world = new EdgeWorld({ backends: [{ endpoint }] });
    const caller = world.call(head("GET /"));
    assert.equal(codeOf(caller.received), "upstream_unreachable");
    assert.equal(world.balancer.leaseCount, 0);
  }
});

Deno.test("endpoints over TLS are connected to as such, by the name that their certificate must be for", async () => {
  using world = new EdgeWorld({
    backends: [{ endpoint: "https://node.example:8443/base" }],
  });
  world.names.set("node.example", ["10.0.0.9"]);
  world.call(head("GET /x"));
  await world.turn();
  assert.deepEqual(world.places, ["tls://10.0.0.9:8443#node.example"]);
  assert.ok(world.origin.received.startsWith("GET /base/x HTTP/1.1\r\n"));
  assert.equal(world.driver.elsewhere, 0);
});

Deno.test("a request's hold ends with its response", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  assert.equal(world.balancer.leaseCount, 1);
  world.say(world.origin, OK);
  assert.equal(world.balancer.leaseCount, 0);
  assert.equal(caller.fate, "open");
});

Deno.test("a session stays where it is, and its hold stays with it", async () => {
  using world = new EdgeWorld({ backends: [{}, {}] });
  for (let i = 0; i < 3; i++) {
    world.call(head("GET /", SESSION));
    await world.turn();
    world.say(world.origin, OK);
  }
  assert.equal(new Set(world.places).size, 1);
  assert.equal(world.connections.length, 1);
  assert.equal(world.balancer.leaseCount, 1);
  assert.equal(world.balancer.asks[2]?.stickyId, "s1");
});

Deno.test("a new session is stored before its first request goes out", async () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /", SESSION));
  assert.equal(world.connections.length, 0);
  assert.equal(world.store.tables.sticky.size, 1);
  await world.turn();
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("a session's lease is stored with it, and again once a minute of use with its new end", async () => {
  using world = new EdgeWorld();
  const stored = () => [...world.store.tables.leases.values()];
  const ask = async () => {
    world.call(head("GET /", SESSION));
    await world.turn();
    world.say(world.origin, OK);
  };
  await ask();
  const placedMs = world.clock.wallMs();
  const first = stored();
  const lease = world.balancer.leases(world.clock.monotonicMs())[0];
  assert.deepEqual(first, [{
    id: lease?.id,
    backendId: "b1",
    tier: "small",
    gpus: [],
    stickyId: "s1",
    idempotencyKey: undefined,
    placedMs,
    startedMs: placedMs,
    expiresMs: placedMs + OPTIONS.holdMs,
  }]);
  world.pass(59_000);
  await ask();
  assert.deepEqual(stored(), first);
  world.pass(1_000);
  await ask();
  assert.deepEqual(stored().map(({ id, expiresMs }) => [id, expiresMs]), [
    [lease?.id, placedMs + 60_000 + OPTIONS.holdMs],
  ]);
});

Deno.test("what is stored of a lease in use has not ended, however short a hold is, and writes are few", async () => {
  using world = new EdgeWorld({ balancer: { holdMs: 30_000 } });
  const expiries = new Set<number>();
  for (let seconds = 0; seconds <= 90; seconds += 5) {
    world.call(head("GET /", SESSION));
    await world.turn();
    world.say(world.origin, OK);
    const [lease] = world.store.tables.leases.values();
    const leftMs = (lease?.expiresMs ?? 0) - world.clock.wallMs();
    assert.ok(leftMs > 15_000, `${leftMs} ms left at ${seconds} s`);
    expiries.add(lease?.expiresMs ?? 0);
    world.pass(5_000);
  }
  assert.equal(world.store.tables.leases.size, 1);
  assert.equal(expiries.size, 7);
});

Deno.test("a new lease of a session is waited for as its first one is, and takes the old one's place", async () => {
  using world = new EdgeWorld();
  const ask = () => world.call(head("GET /", SESSION));
  ask();
  await world.turn();
  world.say(world.origin, OK);
  const [first] = world.store.tables.leases.keys();
  world.pass(OPTIONS.holdMs + 1_000);
  world.origin.fresh();
  ask();
  assert.ok(!world.origin.fresh().startsWith("GET"), "not waited for");
  await world.turn();
  world.say(world.origin, OK);
  const ids = [...world.store.tables.leases.keys()];
  assert.equal(ids.length, 1);
  assert.notEqual(ids[0], first);
});

Deno.test("requests without a session are never stored", async () => {
  using world = new EdgeWorld();
  world.call(head("GET /"));
  await world.turn();
  assert.equal(world.store.tables.leases.size, 0);
  assert.equal(world.store.tables.sticky.size, 0);
});

Deno.test("the backend learns which of its GPUs are the request's, whatever the caller says of them", () => {
  using world = new EdgeWorld({ gpus: 4 });
  const ask = (tier: string) => {
    world.call(head(`GET /?tier=${tier}`, "X-Opsen-GPU: 3"));
    return valuesOf(world.origin.received, "X-Opsen-GPU");
  };
  assert.deepEqual(ask("small"), []);
  assert.deepEqual(ask("gpu-inference"), ["0"]);
  assert.deepEqual(ask("gpu-inference"), ["1"]);
});

Deno.test("several GPUs are named in one field, and none to the API", () => {
  using world = new EdgeWorld({
    gpus: 2,
    balancer: { tiers: tiersOf([["two-cards", 1, 1, 5, 2, 16]]) },
  });
  world.call(head("GET /?tier=two-cards"));
  assert.deepEqual(valuesOf(world.origin.received, "X-Opsen-GPU"), ["0,1"]);
  world.call(head("GET /health", "X-Opsen-GPU: 0"));
  assert.deepEqual(valuesOf(world.origin.received, "X-Opsen-GPU"), []);
});

Deno.test("a session that can't be stored is served all the same, and the log says so", async () => {
  using world = new EdgeWorld();
  world.store.saveSticky = () => Promise.reject(new Error("The disk is gone"));
  const caller = world.call(head("GET /", SESSION));
  await world.turn();
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  assert.deepEqual(world.logger.messages("error"), ["Cannot store a session"]);
});

Deno.test("the use of a session is stored again once a minute, and not waited for", async () => {
  using world = new EdgeWorld();
  const ask = () => world.call(head("GET /", SESSION));
  ask();
  await world.turn();
  world.say(world.origin, OK);
  const stored = () => [...world.store.tables.sticky.values()][0]?.lastUsedMs;
  const first = stored();
  world.pass(30_000);
  ask();
  world.say(world.origin, OK);
  assert.equal(stored(), first);
  world.pass(30_000);
  const caller = ask();
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  assert.equal(stored(), (first ?? 0) + 60_000);
});

Deno.test("a caller that is gone before its session is stored costs the origin nothing", async () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /", SESSION));
  world.reset(caller);
  await world.turn();
  assert.equal(world.connections.length, 0);
  assert.equal(world.edge.load.inFlight, 0);
});

Deno.test("the caller's address stands for its session when the field is absent or empty", async () => {
  using world = new EdgeWorld({ settings: { stickyByIp: true } });
  for (const fields of [[], ["X-Session:"], [SESSION]]) {
    world.call(head("GET /", ...fields), "2001:db8::1");
    await world.turn();
  }
  assert.deepEqual(
    world.balancer.asks.map(({ stickyId }) => stickyId),
    ["2001:db8::1", "2001:db8::1", "s1"],
  );
});

Deno.test("behind a trusted proxy it is the address of the caller that counts", async () => {
  using world = new EdgeWorld({
    settings: { stickyByIp: true, trustedProxies: ["192.0.2.7"] },
  });
  world.call(head("GET /", "X-Forwarded-For: 10.3.3.3"));
  await world.turn();
  assert.equal(world.balancer.asks[0]?.stickyId, "10.3.3.3");
});

Deno.test("a session id that is too long or holds a tab is refused", () => {
  using world = new EdgeWorld();
  for (const id of ["a\tb", "x".repeat(2_000)]) {
    const caller = world.call(head("GET /", `X-Session: ${id}`));
    assert.equal(codeOf(caller.received), "invalid_sticky_id");
    assert.equal(caller.fate, "open");
  }
  assert.equal(world.balancer.asks.length, 0);
});

Deno.test("the caller learns which backend answered", () => {
  using world = new EdgeWorld({ backends: [{ id: "node-7" }] });
  const { received } = answered(world, OK);
  assert.deepEqual(valuesOf(received, "X-Opsen-Backend"), ["node-7"]);
});

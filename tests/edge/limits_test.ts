import assert from "node:assert/strict";
import { EdgeWorld, PUBLIC_PORT } from "./edge_world.ts";
import { codeOf, head, OK, valuesOf } from "./exchanges.ts";

Deno.test("callers beyond max_connections are turned away with words, and let in when there is room", () => {
  using world = new EdgeWorld({ settings: { maxConnections: 2 } });
  const [first] = [world.call(), world.call()];
  assert.ok(first !== undefined);
  const third = world.call();
  assert.equal(codeOf(third.received), "too_many_connections");
  assert.deepEqual(valuesOf(third.received, "Retry-After"), ["1"]);
  assert.deepEqual(valuesOf(third.received, "Connection"), ["close"]);
  assert.equal(third.fate, "closed");
  assert.equal(world.edge.load.connections, 2);
  world.end(first);
  const fourth = world.call(head("GET /"));
  world.say(world.origin, OK);
  assert.ok(fourth.received.endsWith("ok"));
});

Deno.test("that callers are turned away is said once, and again after there was room", () => {
  using world = new EdgeWorld({ settings: { maxConnections: 1 } });
  const said = () => world.logger.messages("warn").length;
  const first = world.call();
  world.call();
  world.pass(100);
  world.call();
  assert.equal(said(), 1);
  world.end(first);
  world.pass(100);
  world.call();
  world.call();
  assert.equal(said(), 2);
});

Deno.test("connections are limited for each address by itself", () => {
  using world = new EdgeWorld({ settings: { maxConnectionsPerIp: 2 } });
  const call = (last: number) => world.call("", `192.0.2.${last}`);
  const first = call(1);
  const second = call(1);
  assert.equal(call(2).fate, "open");
  const third = call(1);
  assert.equal(codeOf(third.received), "too_many_connections");
  assert.equal(third.fate, "closed");
  world.end(first);
  assert.equal(call(1).fate, "open");
  assert.equal(call(1).fate, "closed");
  world.reset(second);
  assert.equal(call(1).fate, "open");
});

Deno.test("addresses that are not allowed are refused by backends' paths alone", () => {
  using world = new EdgeWorld({
    settings: { allowedAddresses: ["192.0.2.0/24", "2001:db8::/32"] },
  });
  const other = world.call(head("GET /"), "198.51.100.1");
  assert.equal(codeOf(other.received), "address_not_allowed");
  for (const ip of ["192.0.2.1", "2001:db8::5"]) {
    world.call(head("GET /"), ip);
    assert.ok(world.origin.received.startsWith("GET / "));
  }
  world.call(head("GET /health"), "198.51.100.1", PUBLIC_PORT);
  assert.equal(world.connections.length, 3);
});

Deno.test("behind a trusted proxy the caller's own address must be allowed", () => {
  using world = new EdgeWorld({
    settings: {
      allowedAddresses: ["10.0.0.0/8"],
      trustedProxies: ["192.0.2.7"],
    },
  });
  const refused = world.call(head("GET /", "X-Forwarded-For: 203.0.113.1"));
  assert.equal(codeOf(refused.received), "address_not_allowed");
  world.call(head("GET /", "X-Forwarded-For: 10.1.1.1"));
  assert.equal(world.connections.length, 1);
});

Deno.test("a head that is too large is refused although it never ends", () => {
  using world = new EdgeWorld();
  const caller = world.call("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  for (let i = 0; i < 70; i++) world.say(caller, "x".repeat(1_000));
  assert.equal(codeOf(caller.received), "head_too_large");
  assert.equal(caller.fate, "closed");
});

Deno.test("an origin's head that never ends is a fault of the origin", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  const { origin } = world;
  world.say(origin, "HTTP/1.1 200 OK\r\nX: ");
  for (let i = 0; i < 70; i++) world.say(origin, "x".repeat(1_000));
  assert.equal(codeOf(caller.received), "upstream_malformed");
  assert.equal(origin.fate, "aborted");
});

Deno.test("whoever would be turned away has no handshake, and others do", () => {
  const blockedAddresses = ["203.0.113.0/24"];
  const settings = { blockedAddresses, maxConnectionsPerIp: 1 };
  using world = new EdgeWorld({ settings, isTls: true });
  assert.equal(world.call("", "203.0.113.5").received, "");
  const first = world.call();
  const second = world.call();
  assert.equal(second.received, "");
  assert.equal(second.fate, "closed");
  assert.equal(first.fate, "open");
  world.end(first);
  assert.equal(world.call().fate, "open");
});

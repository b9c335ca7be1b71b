import assert from "node:assert/strict";
import { EdgeWorld, SETTINGS } from "./edge_world.ts";
import { codeOf, head, OK, post, valuesOf } from "./exchanges.ts";

const ASK = head("GET /ws", "Connection: Upgrade", "Upgrade: websocket");
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";

function opened(early = "") {
  const world = new EdgeWorld();
  const caller = world.call(ASK + early);
  const { origin } = world;
  world.say(origin, SWITCHING);
  caller.fresh();
  return { world, caller, origin };
}

Deno.test("an upgrade is asked for and granted, and both are said as such", () => {
  using world = new EdgeWorld();
  const caller = world.call(ASK);
  const asked = world.origin.received;
  assert.deepEqual(valuesOf(asked, "Connection"), ["upgrade"]);
  assert.deepEqual(valuesOf(asked, "Upgrade"), ["websocket"]);
  world.say(world.origin, SWITCHING);
  assert.equal(
    caller.received,
    "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nVia: 1.1 opsen\r\nX-Opsen-Backend: b1\r\n\r\n",
  );
});

Deno.test("bytes go both ways, whatever they look like", () => {
  const { world, caller, origin } = opened();
  using _ = world;
  origin.fresh();
  world.say(caller, "\x81\x00GET / HTTP/1.1\r\n\r\n");
  world.say(origin, `HTTP/1.1 200 OK\r\n\r\n\xff`);
  assert.equal(origin.fresh(), "\x81\x00GET / HTTP/1.1\r\n\r\n");
  assert.equal(caller.fresh(), "HTTP/1.1 200 OK\r\n\r\n\xff");
});

Deno.test("bytes sent ahead of the answer arrive after it, and so do those that come along with it", () => {
  using world = new EdgeWorld();
  const caller = world.call(`${ASK}early`);
  assert.ok(!world.origin.received.endsWith("early"));
  world.origin.fresh();
  world.say(world.origin, `${SWITCHING}first`);
  assert.equal(world.origin.fresh(), "early");
  assert.ok(caller.received.endsWith("\r\n\r\nfirst"));
  world.say(caller, " more");
  assert.equal(world.origin.fresh(), " more");
});

Deno.test("the end of each direction is passed on by itself", () => {
  for (const callerFirst of [true, false]) {
    const { world, caller, origin } = opened();
    using _ = world;
    const [one, other] = callerFirst ? [caller, origin] : [origin, caller];
    world.end(one);
    assert.equal(other.fate, "finished");
    other.fresh();
    world.say(other, "last words");
    assert.ok(one.received.endsWith("last words"));
    assert.equal(one.fate, "open");
    world.end(other);
    assert.deepEqual([one.fate, other.fate], ["closed", "closed"]);
    assert.equal(world.edge.load.inFlight, 0);
  }
});

Deno.test("an end waits for the bytes before it", () => {
  const { world, caller, origin } = opened();
  using _ = world;
  caller.room = 3;
  origin.send("abcdef");
  world.end(origin);
  assert.equal(caller.fate, "open");
  world.end(caller);
  assert.equal(caller.fate, "open");
  world.grant(caller, 10);
  assert.equal(caller.fresh(), "abcdef");
  assert.equal(caller.fate, "closed");
  assert.equal(origin.fate, "closed");
});

Deno.test("both ends wait for an answer that the caller has yet to take", () => {
  using world = new EdgeWorld();
  const caller = world.call(ASK);
  caller.room = 20;
  world.say(world.origin, SWITCHING);
  world.end(world.origin);
  world.end(caller);
  assert.equal(caller.fate, "open");
  world.grant(caller, 1_000);
  assert.ok(caller.received.endsWith("\r\n\r\n"));
  assert.equal(caller.fate, "closed");
});

Deno.test("a reset on one side is one on the other", () => {
  for (const side of ["caller", "origin"] as const) {
    const parts = opened();
    using world = parts.world;
    world.reset(parts[side]);
    const other = side === "caller" ? parts.origin : parts.caller;
    assert.equal(other.fate, "aborted");
    assert.equal(world.edge.load.inFlight, 0);
    assert.equal(world.balancer.leaseCount, 0);
  }
});

Deno.test("a side that takes little holds the other one back, and no byte is lost", () => {
  const { world, caller, origin } = opened();
  using _ = world;
  const much = Array.from({ length: 3_000 }, (_, i) => `${i};`).join("");
  caller.room = 10;
  world.say(origin, much);
  assert.ok(origin.isHeldBack);
  origin.fresh();
  origin.room = 10;
  world.say(caller, much);
  assert.ok(caller.isHeldBack);
  world.grant(caller, Infinity);
  world.grant(origin, Infinity);
  assert.equal(caller.fresh(), much);
  assert.equal(origin.fresh(), much);
});

Deno.test("silence ends a tunnel, words on either side keep it", () => {
  const { world, caller, origin } = opened();
  using _ = world;
  for (let i = 0; i < 4; i++) {
    world.pass(SETTINGS.idleTimeoutMs - 1_000);
    world.say(i % 2 === 0 ? caller : origin, "ping");
  }
  assert.equal(caller.fate, "open");
  world.pass(SETTINGS.idleTimeoutMs + 100);
  assert.deepEqual([caller.fate, origin.fate], ["aborted", "aborted"]);
});

Deno.test("an upgrade that is declined is an ordinary response", () => {
  using world = new EdgeWorld();
  const caller = world.call(ASK);
  world.say(world.origin, OK);
  assert.equal(caller.fate, "open");
  world.say(caller, head("GET /next"));
  assert.ok(world.origin.received.includes("GET /next "));
});

Deno.test("after a declined upgrade bytes sent ahead are never read as a request", () => {
  using world = new EdgeWorld();
  const caller = world.call(ASK + head("GET /hidden"));
  world.say(world.origin, OK);
  assert.deepEqual(valuesOf(caller.received, "Connection"), ["close"]);
  assert.equal(caller.fate, "closed");
  assert.ok(!world.origin.received.includes("hidden"));
});

Deno.test("after a refused upgrade nothing is read as a request", () => {
  using world = new EdgeWorld({ backends: [] });
  const caller = world.call(ASK + head("GET /health"));
  assert.equal(codeOf(caller.received), "no_capacity");
  assert.deepEqual(valuesOf(caller.received, "Connection"), ["close"]);
  assert.equal(caller.fate, "closed");
  assert.equal(world.connections.length, 0);
});

Deno.test("cleartext HTTP/2 is never asked for", () => {
  for (const protocol of ["h2c", "websocket, H2C", "HTTP/2.0"]) {
    using world = new EdgeWorld();
    world.call(
      head(
        "GET /",
        "Connection: Upgrade, HTTP2-Settings",
        `Upgrade: ${protocol}`,
        "HTTP2-Settings: AAMA",
      ),
    );
    assert.doesNotMatch(world.origin.received, /upgrade|settings/i);
  }
});

Deno.test("a change of protocol before the request is over is a fault of the origin", () => {
  using world = new EdgeWorld();
  const ask = post("/", "", "image/png", "Connection: Upgrade", "Upgrade: x")
    .replace("Content-Length: 0", "Content-Length: 5");
  const caller = world.call(`${ask}ab`);
  world.say(world.origin, SWITCHING);
  assert.equal(codeOf(caller.received), "upstream_malformed");
  assert.equal(world.origin.fate, "aborted");
});

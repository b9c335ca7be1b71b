import assert from "node:assert/strict";
import { REQUESTS_A_TURN } from "../../src/edge/turn_line.ts";
import { API, EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";
import { head, OK, post, statusesOf, valuesOf } from "./exchanges.ts";

/** Every origin answers each request with its path. */
function echoing(world: EdgeWorld): void {
  world.onConnection = (far) => {
    far.onReceived = () => {
      for (const [, path] of far.fresh().matchAll(/^[A-Z]+ (\S+) HTTP/gm)) {
        const body = path ?? "";
        far.send(
          `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      }
    };
  };
}

function bodiesOf(caller: FarEnd): string[] {
  return caller.received.split("HTTP/1.1 ").slice(1).map((one) =>
    one.slice(one.indexOf("\r\n\r\n") + 4)
  );
}

Deno.test("requests sent ahead are answered in order, one at a time", () => {
  using world = new EdgeWorld();
  const caller = world.call(
    head("GET /1") + post("/2", "body", "image/png") + head("GET /3"),
  );
  assert.match(world.origin.received, /^GET \/1 [^]*\r\n\r\n$/);
  assert.doesNotMatch(world.origin.received, /\/2/);
  world.say(world.origin, OK);
  assert.match(world.origin.received, /POST \/2 [^]*\r\n\r\nbody$/);
  world.say(world.origin, OK);
  assert.match(world.origin.received, /GET \/3 [^]*\r\n\r\n$/);
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.received), [200, 200, 200]);
  assert.equal(world.connections.length, 1);
});

Deno.test("refused requests are answered in their place", () => {
  using world = new EdgeWorld();
  echoing(world);
  const caller = world.call(
    head("GET /1") + head("GET /2?tier=none") + head("GET /health") +
      head("GET /4?tier=none") + head("GET /5"),
  );
  assert.deepEqual(statusesOf(caller.received), [200, 400, 200, 400, 200]);
  const bodies = bodiesOf(caller);
  assert.deepEqual([bodies[0], bodies[2], bodies[4]], ["/1", "/health", "/5"]);
  assert.deepEqual(world.places, ["10.0.0.1:80", API]);
});

Deno.test("nothing after a request that ends the connection is read", () => {
  const lasts = [
    head("GET /2", "Connection: close"),
    "GET /2 HTTP/1.0\r\n\r\n",
    head("TRACE /2"),
    "nonsense\r\n\r\n",
  ];
  for (const last of lasts) {
    using world = new EdgeWorld();
    echoing(world);
    const caller = world.call(head("GET /1") + last + head("GET /hidden"));
    assert.equal(statusesOf(caller.received).length, 2);
    assert.deepEqual(valuesOf(caller.received.slice(20), "Connection"), []);
    assert.ok(!world.origin.received.includes("hidden"));
    assert.equal(caller.fate, "closed");
  }
});

Deno.test("many requests sent ahead need neither a deep stack nor much memory", () => {
  using world = new EdgeWorld();
  echoing(world);
  const count = 3_000;
  const requests = Array.from(
    { length: count },
    (_, i) => head(`GET /${i}${i % 2 === 0 ? "?tier=none" : ""}`),
  );
  const caller = world.call(requests.join(""));
  assert.equal(statusesOf(caller.received).length, count);
  assert.deepEqual(
    bodiesOf(caller).filter((body) => body.startsWith("/")),
    Array.from({ length: count / 2 }, (_, i) => `/${2 * i + 1}`),
  );
});

Deno.test("whoever sends many requests ahead that are answered on the spot has to share the turns", () => {
  using world = new EdgeWorld();
  echoing(world);
  const count = 2_500;
  const caller = world.call(head("GET /x?tier=none").repeat(count));
  const answered = () => statusesOf(caller.received).length;
  assert.equal(answered(), REQUESTS_A_TURN);
  const other = world.call(head("GET /1"));
  assert.deepEqual(bodiesOf(other), ["/1"]);
  assert.equal(answered(), REQUESTS_A_TURN);
  world.pass(100);
  assert.ok(answered() > REQUESTS_A_TURN && answered() < count);
  world.say(caller, head("GET /2"));
  world.pass(5_000);
  assert.equal(answered(), count + 1);
  assert.equal(bodiesOf(caller).at(-1), "/2");
});

Deno.test("whoever leaves while waiting for a turn is forgotten", () => {
  for (const leave of ["end", "reset"] as const) {
    using world = new EdgeWorld();
    const caller = world.call(head("GET /x?tier=none").repeat(100));
    world[leave](caller);
    world.pass(100);
    assert.equal(statusesOf(caller.received).length, REQUESTS_A_TURN);
  }
});

Deno.test("a caller that sends ahead is read no further until its turn comes", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /1") + head("GET /2"));
  world.say(caller, "x".repeat(1_000_000));
  assert.ok(caller.isHeldBack);
  assert.ok(caller.unread >= 1_000_000 - 65_536);
});

Deno.test("the next request is looked at when the caller has taken the answer to the last", () => {
  using world = new EdgeWorld();
  echoing(world);
  const caller = world.call();
  caller.room = 10;
  world.say(caller, head("GET /1") + head("GET /2"));
  assert.match(world.origin.received, /GET \/1 /);
  assert.doesNotMatch(world.origin.received, /GET \/2 /);
  world.grant(caller, Infinity);
  assert.deepEqual(bodiesOf(caller), ["/1", "/2"]);
});

Deno.test("requests are the same wherever their octets are split", () => {
  const requests = head("GET /1") + post("/2", '{"tier":"free"}') +
    head("DELETE /3") + head("GET /4?tier=none") +
    head("GET /5", "Connection: close");
  const seen = new Set<string>();
  for (let cut = 0; cut < requests.length; cut++) {
    using world = new EdgeWorld();
    echoing(world);
    const caller = world.call(requests.slice(0, cut));
    world.say(caller, requests.slice(cut));
    seen.add(caller.received + world.origin.received);
  }
  assert.equal(seen.size, 1);
  assert.deepEqual(statusesOf([...seen].join()), [200, 200, 200, 400, 200]);
});

Deno.test("empty lines before a request are passed over", () => {
  using world = new EdgeWorld();
  echoing(world);
  const caller = world.call(`\r\n\r\n${head("GET /1")}\r\n${head("GET /2")}`);
  assert.deepEqual(bodiesOf(caller), ["/1", "/2"]);
});

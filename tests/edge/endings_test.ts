import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { answered, head, OK, post, statusesOf, valuesOf } from "./exchanges.ts";

const SOME = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome";

Deno.test("a caller that ends before it asks, or between requests, is closed", () => {
  using world = new EdgeWorld();
  const silent = world.call();
  world.end(silent);
  assert.equal(silent.fate, "closed");
  const half = world.call("GET / HT");
  world.end(half);
  assert.equal(half.fate, "closed");
  assert.equal(half.received, "");
  const done = answered(world, OK);
  world.end(done);
  assert.equal(done.fate, "closed");
});

Deno.test("a caller that is gone ends its origin's work at once, whatever the moment", () => {
  const moments: Record<string, (world: EdgeWorld) => string> = {
    "sending": () => `${post("/", "", "image/png").replace(": 0", ": 9")}some`,
    "awaiting": () => head("GET /"),
    "sent ahead": () => head("GET /") + head("GET /next"),
    "responding": (world) => {
      world.onConnection = (far) => far.onReceived = () => far.send(SOME);
      return head("GET /");
    },
  };
  for (const [moment, prepare] of Object.entries(moments)) {
    for (const how of ["end", "reset"] as const) {
      using world = new EdgeWorld();
      const caller = world.call(prepare(world));
      assert.equal(world.origin.fate, "open");
      assert.equal(world.balancer.leaseCount, 1);
      world[how](caller);
      assert.equal(world.origin.fate, "aborted", `${how} while ${moment}`);
      assert.equal(world.balancer.leaseCount, 0);
      assert.equal(world.edge.load.inFlight, 0);
      assert.equal(world.edge.load.connections, 0);
    }
  }
});

Deno.test("a caller whose body came before there was a connection is missed as soon as another", () => {
  const upload = head("POST /", "Content-Length: 2", "Content-Type: image/png");
  for (const body of ["ab", `ab${head("GET /next")}`]) {
    using world = new EdgeWorld();
    world.outcomes.set("10.0.0.1:80", "pending");
    const caller = world.call(upload);
    world.say(caller, body);
    world.conclude(world.origin, "connected");
    assert.ok(world.origin.received.endsWith("\r\n\r\nab"));
    world.end(caller);
    assert.equal(world.origin.fate, "aborted");
    assert.equal(world.edge.load.inFlight, 0);
  }
});

Deno.test("a caller that is gone while a connection is opened opens no other", () => {
  using world = new EdgeWorld({ backends: [{}, {}] });
  world.outcomes.set("10.0.0.1:80", "pending");
  const caller = world.call(head("GET /"));
  world.end(caller);
  assert.equal(world.origin.fate, "aborted");
  world.conclude(world.origin, "refused");
  assert.equal(world.connections.length, 1);
  assert.equal(world.balancer.leaseCount, 0);
});

Deno.test("a caller that is gone while its name is looked up connects to nobody", async () => {
  using world = new EdgeWorld({
    backends: [{ endpoint: "http://one.example" }],
  });
  world.names.set("one.example", ["10.9.0.1"]);
  world.reset(world.call(head("GET /")));
  await world.turn();
  assert.equal(world.connections.length, 0);
});

Deno.test("what a caller sends after its last request is thrown away", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /", "Connection: close"));
  caller.room = 10;
  world.say(world.origin, OK);
  assert.equal(caller.fate, "open");
  world.say(caller, "more and more");
  assert.equal(caller.unread, 0);
  world.grant(caller, 1_000);
  assert.ok(caller.received.endsWith("ok"));
  assert.equal(caller.fate, "closed");
});

Deno.test("an origin that ended may still take the rest, but is not used again", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  world.origin.send(OK);
  world.end(world.origin);
  assert.ok(caller.received.endsWith("ok"));
  assert.equal(world.origin.fate, "closed");
  world.say(caller, head("GET /next"));
  assert.equal(world.connections.length, 2);
});

Deno.test("who drains lets requests in progress finish, and ends their connections", () => {
  using world = new EdgeWorld();
  const busy = world.call(head("GET /"));
  world.edge.drain();
  world.say(world.origin, OK);
  assert.deepEqual(valuesOf(busy.received, "Connection"), ["close"]);
  assert.ok(busy.received.endsWith("ok"));
  assert.equal(busy.fate, "closed");
});

Deno.test("a request that comes while the server drains is served, and its connection ends with it", () => {
  using world = new EdgeWorld();
  const idle = answered(world, OK);
  const early = world.call("GET / HTTP");
  const asking = world.call();
  world.edge.drain();
  idle.fresh();
  world.say(idle, head("GET /"));
  world.say(early, "/1.1\r\nHost: a\r\n\r\n");
  world.say(asking, head("GET /health"));
  for (const { far } of world.connections) world.say(far, OK);
  for (const caller of [idle, early, asking]) {
    const response = caller.fresh();
    assert.deepEqual(statusesOf(response), [200]);
    assert.deepEqual(valuesOf(response, "Connection"), ["close"]);
    assert.ok(response.endsWith("ok"));
    assert.equal(caller.fate, "closed");
  }
  assert.throws(() => world.call(), /Nobody listens/);
});

Deno.test("who was promised a further request before the drain may still send it", () => {
  using world = new EdgeWorld();
  const caller = answered(world, SOME);
  world.edge.drain();
  world.say(world.origin, " more");
  assert.equal(caller.fate, "open");
  caller.fresh();
  world.say(caller, head("GET /next"));
  world.say(world.origin, OK);
  assert.deepEqual(valuesOf(caller.fresh(), "Connection"), ["close"]);
  assert.equal(caller.fate, "closed");
});

Deno.test("a caller between two requests has a second left when the server drains, and all of it for the next head", () => {
  using world = new EdgeWorld();
  const idle = answered(world, OK);
  const silent = world.call();
  const slow = answered(world, OK);
  world.edge.drain();
  world.pass(900);
  assert.equal(idle.fate, "open");
  world.say(slow, "GET / HTTP");
  world.pass(300);
  assert.equal(idle.fate, "closed");
  assert.equal(silent.fate, "closed");
  world.say(slow, "/1.1\r\nHost: a\r\n\r\n");
  world.say(world.origin, OK);
  assert.equal(slow.fate, "closed");
  assert.deepEqual(statusesOf(slow.received), [200, 200]);
});

Deno.test("without connections a drain is over at once, with them when the last has ended", async () => {
  using empty = new EdgeWorld();
  empty.edge.drain();
  const atOnce = empty.edge.ended(60_000);
  await empty.turn();
  empty.pass(10);
  assert.equal(await atOnce, true);

  using world = new EdgeWorld();
  const idle = answered(world, OK);
  const caller = world.call(head("GET /"));
  let isOver = false;
  world.edge.drain();
  const clean = world.edge.ended(60_000).then((clean) => {
    isOver = true;
    return clean;
  });
  await passSlowly(world, 1_500);
  assert.equal(idle.fate, "closed");
  assert.equal(caller.fate, "open");
  assert.equal(isOver, false);
  world.say(world.origin, OK);
  await passSlowly(world, 50);
  assert.equal(isOver, true);
  assert.equal(await clean, true);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("what is not over at the deadline is cut off and said to be", async () => {
  using world = new EdgeWorld();
  const caller = answered(world, SOME);
  world.edge.drain();
  const clean = world.edge.ended(1_000);
  await passSlowly(world, 1_100);
  assert.equal(await clean, false);
  assert.equal(caller.fate, "aborted");
  assert.equal(world.origin.fate, "aborted");
});

/** Time for promises between the timers. */
async function passSlowly(world: EdgeWorld, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 10) {
    world.pass(10);
    await world.turn();
  }
}

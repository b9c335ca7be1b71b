import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { codeOf, head, OK, post, valuesOf } from "./exchanges.ts";

const THREE = [{}, {}, {}];

/** A world with one connection that waits for its second request. */
function withWaiting(backends: readonly object[] = [{}]): EdgeWorld {
  const world = new EdgeWorld({ backends });
  world.call(head("GET /first"));
  world.say(world.origin, OK);
  world.origin.fresh();
  return world;
}

/** The origin ends its connection just as the request is on its way: it is told first of the request. */
function race(world: EdgeWorld, request: string) {
  const waiting = world.origin;
  waiting.onReceived = () => waiting.end();
  const caller = world.call(request);
  return { caller, waiting };
}

Deno.test("a connection that waited serves the next request", () => {
  using world = withWaiting();
  world.call(head("GET /second"));
  assert.equal(world.connections.length, 1);
  assert.ok(world.origin.fresh().startsWith("GET /second HTTP/1.1\r\n"));
});

Deno.test("a connection that ended or broke while it waited is not used", () => {
  for (const how of ["end", "reset"] as const) {
    using world = withWaiting();
    world[how](world.origin);
    assert.notEqual(world.origin.fate, "open");
    const caller = world.call(head("GET /second"));
    assert.equal(world.connections.length, 2);
    world.say(world.origin, OK);
    assert.ok(caller.received.endsWith("ok"));
  }
});

Deno.test("a connection that says something while it waits is closed, and nobody gets that", () => {
  using world = withWaiting();
  world.say(world.origin, "HTTP/1.1 200 OK\r\n\r\nsurplus");
  assert.equal(world.origin.fate, "closed");
  const caller = world.call(head("GET /second"));
  assert.equal(world.connections.length, 2);
  assert.equal(caller.received, "");
});

Deno.test("a GET is sent once more, on a fresh connection, when the one that waited ends just then", () => {
  for (const method of ["GET", "HEAD", "OPTIONS", "DELETE"]) {
    using world = withWaiting();
    const { caller, waiting } = race(world, head(`${method} /second`));
    assert.equal(world.connections.length, 2);
    assert.equal(world.origin.received, waiting.fresh());
    const length = method === "HEAD" ? "" : "ok";
    world.say(
      world.origin,
      `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${length}`,
    );
    assert.match(caller.received, /^HTTP\/1\.1 200 OK/);
    assert.equal(world.balancer.leaseCount, 0);
  }
});

Deno.test("a PUT whose body is still held is sent once more with it", () => {
  using world = withWaiting();
  const put = post("/second", "body", "image/png").replace("POST", "PUT");
  const { waiting } = race(world, put);
  assert.equal(world.connections.length, 2);
  assert.equal(world.origin.received, waiting.fresh());
  assert.ok(world.origin.received.endsWith("\r\n\r\nbody"));
});

Deno.test("a PUT whose body has streamed is not sent again", () => {
  using world = withWaiting();
  const caller = world.call(
    head("PUT /", "Content-Length: 4", "Content-Type: image/png"),
  );
  world.say(caller, "body");
  world.end(world.origin);
  assert.equal(world.connections.length, 1);
  assert.equal(codeOf(caller.received), "upstream_closed");
});

Deno.test("a POST is never sent again", () => {
  using world = withWaiting();
  const { caller } = race(world, post("/", "body", "image/png"));
  assert.equal(world.connections.length, 1);
  assert.equal(codeOf(caller.received), "upstream_closed");
});

Deno.test("a fresh connection that ends without an answer is the answer", () => {
  using world = new EdgeWorld({ backends: THREE });
  const caller = world.call(head("GET /"));
  world.end(world.origin);
  assert.equal(world.connections.length, 1);
  assert.equal(codeOf(caller.received), "upstream_closed");
  assert.equal(caller.fate, "open");
});

Deno.test("a GET is sent again once only, also when it moves on to another backend that had waited", () => {
  using world = withWaiting([{}, {}]);
  const first = world.origin;
  world.outcomes.set("10.0.0.1:80", "refused");
  first.end();
  world.driver.settle();
  world.call(head("GET /other"));
  const second = world.origin;
  assert.equal(world.places.at(-1), "10.0.0.2:80");
  world.say(second, OK);
  second.fresh();
  world.outcomes.clear();
  world.call(head("GET /third"));
  const third = world.origin;
  assert.equal(world.places.at(-1), "10.0.0.1:80");
  world.say(third, OK);
  world.outcomes.set("10.0.0.1:80", "refused");
  third.onReceived = () => third.end();
  second.onReceived = () => second.end();
  const caller = world.call(head("GET /poison"));
  assert.match(third.received, /GET \/poison /);
  assert.match(second.received, /GET \/poison /);
  assert.equal(codeOf(caller.received), "upstream_closed");
});

Deno.test("who can't be reached gives way to the next best, with its hold", () => {
  for (const outcome of ["refused", "unreachable"] as const) {
    using world = new EdgeWorld({ backends: THREE });
    world.outcomes.set("10.0.0.1:80", outcome);
    world.outcomes.set("10.0.0.2:80", outcome);
    const caller = world.call(head("GET /"));
    assert.deepEqual(world.places, [
      "10.0.0.1:80",
      "10.0.0.2:80",
      "10.0.0.3:80",
    ]);
    assert.equal(world.balancer.leaseCount, 1);
    world.say(world.origin, OK);
    assert.deepEqual(valuesOf(caller.received, "X-Opsen-Backend"), ["b3"]);
  }
});

Deno.test("a POST goes another way too, as long as nothing of it was sent", () => {
  using world = new EdgeWorld({ backends: THREE });
  world.outcomes.set("10.0.0.1:80", "refused");
  world.call(post("/", "body", "image/png"));
  assert.equal(world.places.at(-1), "10.0.0.2:80");
  assert.ok(world.origin.received.endsWith("\r\n\r\nbody"));
});

Deno.test("no more further backends are tried than proxy_retries", () => {
  for (const [retries, tries] of [[0, 1], [1, 2], [2, 3], [9, 3]] as const) {
    using world = new EdgeWorld({ backends: THREE, settings: { retries } });
    for (let i = 1; i <= 3; i++) {
      world.outcomes.set(`10.0.0.${i}:80`, "refused");
    }
    const caller = world.call(head("GET /"));
    assert.equal(world.connections.length, tries);
    assert.equal(codeOf(caller.received), "upstream_unreachable");
    assert.equal(world.balancer.leaseCount, 0);
    assert.equal(caller.fate, "open");
  }
});

Deno.test("a backend that accepts no connection in time gives way as well", () => {
  using world = new EdgeWorld({ backends: THREE });
  world.outcomes.set("10.0.0.1:80", "pending");
  const caller = world.call(head("GET /"));
  world.pass(5_100);
  assert.equal(world.places.at(-1), "10.0.0.2:80");
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("a backend's bad certificate is told apart", async () => {
  using world = new EdgeWorld({
    backends: [{ endpoint: "https://10.0.0.1" }],
  });
  world.outcomes.set("tls://10.0.0.1:443#10.0.0.1", "tls");
  const caller = world.call(head("GET /"));
  await world.turn();
  assert.equal(codeOf(caller.received), "upstream_tls");
});

Deno.test("each address of a name is tried before another backend is", async () => {
  using world = new EdgeWorld({
    backends: [{ endpoint: "http://one.example" }, {}],
  });
  world.names.set("one.example", ["10.9.0.1", "10.9.0.2"]);
  world.outcomes.set("10.9.0.1:80", "refused");
  world.outcomes.set("10.9.0.2:80", "refused");
  world.call(head("GET /"));
  await world.turn();
  assert.deepEqual(world.places, ["10.9.0.1:80", "10.9.0.2:80", "10.0.0.2:80"]);
});

Deno.test("a name without an address is unreachable", async () => {
  using world = new EdgeWorld({
    backends: [{ endpoint: "http://nowhere.example" }],
  });
  const caller = world.call(head("GET /"));
  await world.turn();
  assert.equal(codeOf(caller.received), "upstream_unreachable");
});

Deno.test("why one request found no way says nothing of the next", async () => {
  using world = new EdgeWorld({
    settings: { retries: 0 },
    backends: [{
      endpoints: [{ url: "http://nowhere.example", paths: ["/named"] }],
    }],
  });
  world.outcomes.set("10.0.0.1:80", "pending");
  const caller = world.call(head("GET /"));
  world.pass(5_100);
  assert.equal(codeOf(caller.fresh()), "upstream_connect_timeout");
  world.say(caller, head("GET /named"));
  await world.turn();
  assert.equal(codeOf(caller.fresh()), "upstream_unreachable");
});

import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { answered, head, OK, valuesOf } from "./exchanges.ts";

const MARKS =
  "Via: 1.1 opsen\r\nX-Opsen-Backend: b1\r\nX-Request-ID: m0izyamp-1\r\n";

Deno.test("a response goes on octet by octet, with our marks after it", () => {
  using world = new EdgeWorld();
  const caller = answered(
    world,
    "HTTP/1.1 207 Odd \xe9 phrase\r\nset-cookie: a\r\nSet-Cookie:b \r\nX-Raw: \xff\r\nContent-Length: 3\r\n\r\nabc",
  );
  assert.equal(
    caller.received,
    `HTTP/1.1 207 Odd \xe9 phrase\r\nset-cookie: a\r\nSet-Cookie:b \r\nX-Raw: \xff\r\nContent-Length: 3\r\n${MARKS}\r\nabc`,
  );
});

Deno.test("what ends at a proxy, what Connection names and what only we say is dropped", () => {
  using world = new EdgeWorld();
  const { received } = answered(
    world,
    "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n" +
      "Upgrade: h2\r\nX-Request-ID: theirs\r\nX-Opsen-Backend: theirs\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n",
  );
  assert.equal(
    received,
    `HTTP/1.1 200 OK\r\nX-Kept: 1\r\nContent-Length: 0\r\n${MARKS}\r\n`,
  );
});

Deno.test("a status line without a phrase gets its space", () => {
  using world = new EdgeWorld();
  const caller = answered(world, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n");
  assert.ok(caller.received.startsWith("HTTP/1.1 200 \r\n"));
});

Deno.test("the version is always ours, and an origin's end of connection is not the caller's", () => {
  using world = new EdgeWorld();
  const caller = answered(
    world,
    "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
  );
  assert.ok(caller.received.startsWith("HTTP/1.1 200 OK\r\n"));
  assert.deepEqual(valuesOf(caller.received, "Connection"), []);
  assert.equal(world.origin.fate, "closed");
  assert.equal(caller.fate, "open");
});

Deno.test("repeated equal lengths become one, on 204 none is left", () => {
  using world = new EdgeWorld();
  const twice = answered(
    world,
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
  );
  assert.deepEqual(valuesOf(twice.received, "Content-Length"), ["2"]);
  const none = answered(
    world,
    "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
  );
  assert.deepEqual(valuesOf(none.received, "Content-Length"), []);
  assert.equal(none.fate, "open");
});

Deno.test("answers to HEAD and 304 keep the length they speak of, and have no body", () => {
  using world = new EdgeWorld();
  const length = "Content-Length: 500\r\n\r\n";
  const asked = answered(world, `HTTP/1.1 200 OK\r\n${length}`, head("HEAD /"));
  assert.deepEqual(valuesOf(asked.received, "Content-Length"), ["500"]);
  const same = answered(world, `HTTP/1.1 304 Not Modified\r\n${length}`);
  assert.deepEqual(valuesOf(same.received, "Content-Length"), ["500"]);
  for (const caller of [asked, same]) {
    world.say(caller, head("GET /next"));
    assert.ok(world.origin.received.includes("GET /next HTTP/1.1\r\n"));
    world.say(world.origin, OK);
    assert.ok(caller.received.endsWith("\r\n\r\nok"));
  }
  assert.equal(world.connections.length, 1);
});

Deno.test("an answer to HEAD says that the answer to GET would be chunked", () => {
  using world = new EdgeWorld();
  const { received } = answered(
    world,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    head("HEAD /"),
  );
  assert.deepEqual(valuesOf(received, "Transfer-Encoding"), ["chunked"]);
  assert.ok(received.endsWith("\r\n\r\n"));
});

Deno.test("a caller that wants no further request is told that the connection ends", () => {
  using world = new EdgeWorld();
  const caller = answered(world, OK, head("GET /", "Connection: close"));
  assert.deepEqual(valuesOf(caller.received, "Connection"), ["close"]);
  assert.equal(caller.fate, "closed");
});

Deno.test("a caller of HTTP/1.0 is told when its connection goes on", () => {
  using world = new EdgeWorld();
  const request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  const kept = answered(world, OK, request);
  assert.deepEqual(valuesOf(kept.received, "Connection"), ["keep-alive"]);
  assert.equal(kept.fate, "open");
  const ended = answered(world, OK, "GET / HTTP/1.0\r\n\r\n");
  assert.deepEqual(valuesOf(ended.received, "Connection"), ["close"]);
  assert.equal(ended.fate, "closed");
});

Deno.test("a backend's id is cleaned of what can't stand in a field", () => {
  using world = new EdgeWorld({ backends: [{ id: " b\r\nX: \xe9 " }] });
  const { received } = answered(world, OK);
  assert.deepEqual(valuesOf(received, "X-Opsen-Backend"), ["b??X: ?"]);
});

Deno.test("answers of the API bear no backend and are passed on as they are", () => {
  using world = new EdgeWorld();
  const caller = answered(
    world,
    "HTTP/1.1 200 OK\r\nVary: x\r\nContent-Length: 2\r\n\r\n{}",
    head("GET /health"),
  );
  assert.equal(
    caller.received,
    "HTTP/1.1 200 OK\r\nVary: x\r\nContent-Length: 2\r\nX-Request-ID: m0izyamp-1\r\n\r\n{}",
  );
});

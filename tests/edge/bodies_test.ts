import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { answered, codeOf, head, OK, post, valuesOf } from "./exchanges.ts";

const CHUNKED_HEAD = head(
  "POST /",
  "Transfer-Encoding: chunked",
  "Content-Type: image/png",
  "TE: trailers",
);

function bodyOf(message: string): string {
  return message.slice(message.indexOf("\r\n\r\n") + 4);
}

Deno.test("a request's body streams: each piece leaves as it comes", () => {
  using world = new EdgeWorld();
  const caller = world.call(
    head("POST /", "Content-Length: 6", "Content-Type: image/png"),
  );
  for (const piece of ["ab", "cd", "ef"]) {
    world.origin.fresh();
    world.say(caller, piece);
    assert.equal(world.origin.fresh(), piece);
  }
  world.say(world.origin, OK);
  assert.equal(caller.fate, "open");
});

Deno.test("chunks go on as they are, without extensions; trailers without what only a head may say", () => {
  using world = new EdgeWorld();
  world.call(
    `${CHUNKED_HEAD}5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n`,
  );
  const { received } = world.origin;
  assert.deepEqual(valuesOf(received, "Transfer-Encoding"), ["chunked"]);
  const body = bodyOf(received);
  assert.match(body, /^5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n$/);
});

Deno.test("trailers of a response arrive", () => {
  using world = new EdgeWorld();
  const { received } = answered(
    world,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
  );
  assert.equal(bodyOf(received), "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n");
});

Deno.test("a body that ends with its connection becomes chunks", () => {
  using world = new EdgeWorld();
  const caller = answered(world, "HTTP/1.1 200 OK\r\n\r\nsome");
  world.say(world.origin, " more words");
  world.end(world.origin);
  const { received } = caller;
  assert.deepEqual(valuesOf(received, "Transfer-Encoding"), ["chunked"]);
  assert.equal(bodyOf(received), "4\r\nsome\r\nb\r\n more words\r\n0\r\n\r\n");
  assert.equal(caller.fate, "open");
  assert.equal(world.origin.fate, "closed");
});

Deno.test("HTTP/1.0 gets a body without chunks, and the end of the connection after it", () => {
  const old = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  using world = new EdgeWorld();
  const chunked = answered(
    world,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
    old,
  );
  const untilEnd = answered(world, "HTTP/1.1 200 OK\r\n\r\nok", old);
  world.end(world.origin);
  for (const { received, fate } of [chunked, untilEnd]) {
    assert.equal(bodyOf(received), "ok");
    assert.deepEqual(valuesOf(received, "Transfer-Encoding"), []);
    assert.deepEqual(valuesOf(received, "Connection"), ["close"]);
    assert.equal(fate, "closed");
  }
});

Deno.test("interim responses are passed on at once, but not to HTTP/1.0", () => {
  using world = new EdgeWorld();
  const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  const caller = answered(world, hints);
  assert.equal(caller.fresh(), hints);
  world.say(world.origin, `${hints}${OK}`);
  assert.ok(caller.fresh().startsWith(`${hints}HTTP/1.1 200 OK\r\n`));
  const old = answered(world, hints + OK, "GET / HTTP/1.0\r\n\r\n");
  assert.ok(old.received.startsWith("HTTP/1.1 200 OK\r\n"));
});

Deno.test("who waits for 100 (Continue) gets the origin's, and its body is passed on then", () => {
  using world = new EdgeWorld();
  const caller = world.call(
    head("POST /", "Content-Length: 2", "Expect: 100-continue"),
  );
  assert.deepEqual(valuesOf(world.origin.received, "Expect"), ["100-continue"]);
  world.say(world.origin, "HTTP/1.1 100 Continue\r\n\r\n");
  assert.equal(caller.fresh(), "HTTP/1.1 100 Continue\r\n\r\n");
  world.say(caller, "ab");
  assert.ok(world.origin.received.endsWith("\r\n\r\nab"));
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("who is refused instead of 100 (Continue) loses its connection, for its body may follow or not", () => {
  using world = new EdgeWorld();
  const caller = world.call(
    head("POST /", "Content-Length: 2", "Expect: 100-continue"),
  );
  world.say(
    world.origin,
    "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n",
  );
  assert.deepEqual(valuesOf(caller.received, "Connection"), ["close"]);
  assert.equal(caller.fate, "closed");
  assert.equal(world.origin.fate, "closed");
});

Deno.test("an answer before the end of the request is passed on, and both connections end", () => {
  using world = new EdgeWorld();
  const caller = world.call(
    head("POST /", "Content-Length: 100", "Content-Type: image/png"),
  );
  world.say(caller, "some");
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  assert.equal(caller.fate, "closed");
  assert.equal(world.origin.fate, "closed");
});

Deno.test("an origin that answers before it took the whole request is not used again", () => {
  using world = new EdgeWorld();
  world.onConnection = (far) => far.room = 300;
  const caller = world.call(post("/", "x".repeat(5_000), "image/png"));
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  assert.equal(world.origin.fate, "closed");
  assert.equal(caller.fate, "open");
});

Deno.test("a body longer than allowed is refused by its length before anything is sent", () => {
  using world = new EdgeWorld({ settings: { bodyBytesMax: 10 } });
  const caller = world.call(head("POST /", "Content-Length: 11"));
  assert.equal(codeOf(caller.received), "body_too_large");
  assert.equal(caller.fate, "closed");
  assert.equal(world.connections.length, 0);
  world.call(post("/", "0123456789", "image/png"));
  assert.equal(world.connections.length, 1);
});

Deno.test("a chunked body that grows longer than allowed is refused while it streams", () => {
  using world = new EdgeWorld({ settings: { bodyBytesMax: 10 } });
  const caller = world.call(`${CHUNKED_HEAD}a\r\n0123456789\r\n`);
  assert.equal(world.origin.fate, "open");
  world.say(caller, "1\r\nx\r\n");
  assert.equal(codeOf(caller.received), "body_too_large");
  assert.equal(caller.fate, "closed");
  assert.equal(world.origin.fate, "aborted");
});

Deno.test("a body that goes wrong half-way is refused, and the origin never takes it for a whole one", () => {
  using world = new EdgeWorld();
  const caller = world.call(`${CHUNKED_HEAD}2\r\nab\r\n`);
  world.say(caller, "zz\r\n");
  assert.equal(codeOf(caller.received), "bad_chunk");
  assert.equal(world.origin.fate, "aborted");
  assert.ok(world.origin.received.endsWith("2\r\nab\r\n"));
});

Deno.test("a length of 0 is passed on, and no body is waited for", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("POST /", "Content-Length: 0"));
  assert.deepEqual(valuesOf(world.origin.received, "Content-Length"), ["0"]);
  world.say(world.origin, OK);
  assert.equal(caller.fate, "open");
});

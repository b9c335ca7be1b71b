import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { answered, head, OK } from "./exchanges.ts";
import { pattern } from "./random_messages.ts";

/** More than any buffer on the way. */
const BYTES = 2_000_000;
/** One read of the drivers and what is put together beside it. */
const HELD_BYTES_MAX = 65_536 + 160_000;
const BODY = pattern("b", BYTES);

Deno.test("a caller that takes little holds its origin back, and gets every octet in order", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  caller.room = 1_000;
  const { origin } = world;
  world.say(
    origin,
    `HTTP/1.1 200 OK\r\nContent-Length: ${BYTES}\r\n\r\n${BODY}`,
  );
  while (!caller.received.endsWith(BODY.slice(-20))) {
    assert.ok(origin.isHeldBack || origin.unread === 0);
    const held = BYTES - origin.unread - caller.received.length;
    assert.ok(held <= HELD_BYTES_MAX, `${held} octets are held`);
    world.grant(caller, 90_000);
  }
  assert.ok(caller.received.endsWith(`\r\n\r\n${BODY}`));
  assert.equal(caller.fate, "open");
});

Deno.test("an origin that takes little holds its caller back, and gets every octet in order", () => {
  using world = new EdgeWorld({ settings: { bodyBytesMax: BYTES } });
  world.onConnection = (far) => far.room = 1_000;
  const type = "Content-Type: image/png";
  const caller = world.call(head("POST /", `Content-Length: ${BYTES}`, type));
  const { origin } = world;
  world.say(caller, BODY);
  while (!origin.received.endsWith(BODY.slice(-20))) {
    assert.ok(caller.isHeldBack || caller.unread === 0);
    const held = BYTES - caller.unread - origin.received.length;
    assert.ok(held <= HELD_BYTES_MAX, `${held} octets are held`);
    world.grant(origin, 90_000);
  }
  assert.ok(origin.received.endsWith(`\r\n\r\n${BODY}`));
  world.say(origin, OK);
  assert.equal(caller.fate, "open");
});

Deno.test("a response that the caller has yet to take does not keep its origin from others", () => {
  using world = new EdgeWorld();
  const slow = world.call(head("GET /slow"));
  slow.room = 0;
  world.say(world.origin, OK);
  world.call(head("GET /other"));
  assert.equal(world.connections.length, 1);
  assert.match(world.origin.received, /GET \/other /);
  world.grant(slow, 1_000);
  assert.ok(slow.received.endsWith("ok"));
});

Deno.test("an origin held back for one caller goes on for the next", () => {
  using world = new EdgeWorld();
  const slow = world.call(head("GET /slow"));
  slow.room = 0;
  world.say(world.origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  world.say(world.origin, "cd");
  assert.ok(world.origin.isHeldBack);
  world.grant(slow, 1_000);
  assert.ok(slow.received.endsWith("\r\n\r\nabcd"));
  const next = answered(world, OK);
  assert.equal(world.connections.length, 1);
  assert.ok(next.received.endsWith("ok"));
});

Deno.test("the writer that all connections share mixes nothing up", () => {
  using world = new EdgeWorld();
  const callers = Array.from({ length: 50 }, (_, i) => {
    const caller = world.call(head(`GET /${i}`));
    caller.room = (i * 7) % 60;
    return caller;
  });
  for (const piece of ["HTTP/1.1 200 OK\r\nContent-", "Length: 9\r\n\r\n"]) {
    for (const { far } of world.connections) far.send(piece);
    world.driver.settle();
  }
  world.connections.forEach(({ far }, i) => far.send(pattern(`c${i}`, 9)));
  world.driver.settle();
  for (const caller of callers) world.grant(caller, 10_000);
  callers.forEach(({ received }, i) => {
    assert.ok(received.endsWith(`\r\n\r\n${pattern(`c${i}`, 9)}`));
  });
});

Deno.test("no more than 512 connections of an origin wait", () => {
  using world = new EdgeWorld();
  for (let i = 0; i < 520; i++) world.call(head("GET /"));
  for (const { far } of world.connections) far.send(OK);
  world.driver.settle();
  assert.equal(world.driver.outgoingCount, 512);
});

import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";
import { answered, head } from "./exchanges.ts";

const EVENTS =
  "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

function stream(world: EdgeWorld, head = EVENTS): FarEnd {
  const caller = answered(world, head);
  caller.fresh();
  return caller;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

Deno.test("without an interval each event leaves at once", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: -1 } });
  const caller = stream(world);
  world.say(world.origin, chunk("a"));
  assert.equal(caller.fresh(), chunk("a"));
});

Deno.test("with an interval the events of one interval leave together", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: 50 } });
  const caller = stream(world);
  world.say(world.origin, chunk("a"));
  world.pass(30);
  world.say(world.origin, chunk("b"));
  assert.equal(caller.fresh(), "");
  world.pass(20);
  assert.equal(caller.fresh(), chunk("a") + chunk("b"));
  world.pass(200);
  world.say(world.origin, chunk("c"));
  world.pass(49);
  assert.equal(caller.fresh(), "");
  world.pass(1);
  assert.equal(caller.fresh(), chunk("c"));
});

Deno.test("with 0 events leave when a buffer is full", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: 0 } });
  const caller = stream(world);
  const large = chunk("x".repeat(10_000));
  world.say(world.origin, large);
  world.pass(10_000);
  assert.equal(caller.fresh(), "");
  world.say(world.origin, large);
  assert.equal(caller.fresh(), large + large);
});

Deno.test("the head leaves at once, and the end takes along what was gathered", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: 0 } });
  const caller = answered(world, EVENTS);
  assert.ok(caller.fresh().endsWith("\r\n\r\n"));
  world.say(world.origin, chunk("a"));
  world.say(world.origin, "0\r\n\r\n");
  assert.equal(caller.fresh(), `${chunk("a")}0\r\n\r\n`);
  assert.equal(world.timers.count, 1, "only the sweep is left");
});

Deno.test("other responses are never gathered", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: 0 } });
  const plain = EVENTS.replace("Text/Event-Stream", "text/event-streams");
  const caller = stream(world, plain);
  world.say(world.origin, chunk("a"));
  assert.equal(caller.fresh(), chunk("a"));
  const untyped = stream(world, EVENTS.replace("Content-Type", "X-Type"));
  world.say(world.origin, chunk("a"));
  assert.equal(untyped.fresh(), chunk("a"));
});

Deno.test("a caller that is gone, or an origin cut off, leaves no timer behind", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: 50 } });
  const gone = stream(world);
  world.say(world.origin, chunk("a"));
  assert.equal(world.timers.count, 2);
  world.reset(gone);
  assert.equal(world.timers.count, 1);
  const cut = stream(world);
  world.say(world.origin, chunk("a"));
  world.reset(world.origin);
  assert.equal(world.timers.count, 1);
  assert.equal(cut.fate, "closed");
});

Deno.test("a caller that takes little while events are gathered gets them all in order", () => {
  using world = new EdgeWorld({ settings: { sseFlushIntervalMs: 50 } });
  const caller = stream(world);
  caller.room = 3;
  const events = Array.from({ length: 40 }, (_, i) => chunk(`event ${i}`));
  for (const event of events) {
    world.say(world.origin, event);
    world.pass(20);
    world.grant(caller, 2);
  }
  world.say(world.origin, "0\r\n\r\n");
  world.grant(caller, Infinity);
  assert.equal(caller.fresh(), `${events.join("")}0\r\n\r\n`);
  world.say(caller, head("GET /next"));
  assert.ok(world.origin.received.includes("GET /next "));
});

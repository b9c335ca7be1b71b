import assert from "node:assert/strict";
import { Chance } from "../fuzz/chance.ts";
import { seedOf } from "../seed.ts";
import { EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";
import { remains } from "./random_world.ts";

const STREAMS = 10_000;
/** Streams that are open at once. */
const OPEN_MAX = 400;
/** What may happen to a stream before it is dropped. */
const MOMENTS = 12;

Deno.test("10 000 streams opened and dropped at random points leave nothing behind", () => {
  const seed = seedOf("streams");
  const chance = new Chance(seed);
  using world = new EdgeWorld({ backends: [{}, {}, {}] });
  let arrived: FarEnd | undefined;
  world.onConnection = (far) => arrived = far;
  const open: FarEnd[] = [];
  let answered = 0;
  for (let i = 0; i < STREAMS; i++) {
    const caller = world.call();
    arrived = undefined;
    const [head, body, end] = requestOf(i, chance);
    let left = chance.below(MOMENTS);
    const moments = [
      () => world.say(caller, head.slice(0, head.length >> 1)),
      () => world.say(caller, head.slice(head.length >> 1)),
      () => world.say(caller, body),
      () => world.say(caller, end),
      () => say("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n"),
      () => say("Transfer-Encoding: chunked\r\n\r\n"),
      () => caller.room = chance.below(2) === 0 ? 0 : Infinity,
      () => say(`1000\r\n${"x".repeat(0x1000)}\r\n`),
      () => say("0\r\n"),
      () => say("\r\n"),
    ];
    for (const moment of moments) if (left-- > 0) moment();
    if (caller.received.endsWith("0\r\n\r\n")) answered++;
    open.push(caller);
    if (open.length > OPEN_MAX) drop(chance.below(open.length));
    assert.ok(world.balancer.leaseCount <= world.edge.load.inFlight);
    assert.ok(world.edge.load.inFlight <= open.length);
  }
  assert.ok(answered > 0 && answered < STREAMS);
  assert.ok(world.balancer.leaseCount > 0);
  while (open.length > 0) drop(0);
  const { outgoing, ...rest } = remains(world);
  assert.deepEqual(rest, {
    inFlight: 0,
    connections: 0,
    holds: 0,
    elsewhere: 0,
    atBackends: 0,
    untold: 0,
    unanswered: 0,
    waiting: 0,
  });
  assert.ok(outgoing <= answered, "more than waits for further requests");
  assert.ok(world.wearOut());

  function say(text: string): void {
    if (arrived !== undefined) world.say(arrived, text);
  }

  function drop(index: number): void {
    const [caller] = open.splice(index, 1);
    if (caller === undefined) return;
    if (chance.below(2) === 0) world.end(caller);
    else world.reset(caller);
  }
});

function requestOf(
  i: number,
  chance: Chance,
): readonly [string, string, string] {
  return chance.below(2) === 0
    ? [`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`, "", ""]
    : [
      `POST /${i} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`,
      '7\r\n{"a":1}\r\n',
      "0\r\n\r\n",
    ];
}

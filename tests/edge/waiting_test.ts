import assert from "node:assert/strict";
import { tiersOf } from "../engine/fleets.ts";
import { EdgeWorld, type WorldOptions } from "./edge_world.ts";
import { codeOf, head, OK, post, problemOf, valuesOf } from "./exchanges.ts";
import type { FarEnd } from "./far_end.ts";

const WAIT_MS_MAX = 120_000;
/** Longer than what a request may be silent for, or wait for an answer. */
const LONG_MS = 100_000;
const ASK = head("GET /?tier=card");

/** A backend whose one card is taken by a request, which `busy` made. */
function full(options: WorldOptions = {}): {
  readonly world: EdgeWorld;
  readonly busy: FarEnd;
  readonly taken: FarEnd;
} {
  const world = new EdgeWorld({
    gpus: 1,
    ...options,
    balancer: {
      tiers: tiersOf([["card", 1, 1, 5, 1, 16], ["small", 1, 1, 5, 0, 0]]),
      queue: { lengthMax: 2, waitMsMax: WAIT_MS_MAX },
    },
  });
  const busy = world.call(ASK);
  return { world, busy, taken: world.origin };
}

/** How many wait. */
function depth({ balancer, clock }: EdgeWorld): number | undefined {
  return balancer.queue(clock.monotonicMs())?.depth;
}

/** Lets the request that has the card go on for so long. */
function keepBusy(world: EdgeWorld, taken: FarEnd, ms: number): void {
  world.say(taken, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let passed = 0; passed < ms; passed += 10_000) {
    world.pass(10_000);
    world.say(taken, "1\r\nx\r\n");
  }
}

Deno.test("a request waits for room longer than for anything else, and is served when there is", async () => {
  const { world, taken } = full();
  using _ = world;
  const caller = world.call(ASK);
  assert.equal(depth(world), 1);
  keepBusy(world, taken, LONG_MS);
  assert.equal(caller.received, "");
  world.say(taken, "0\r\n\r\n");
  await world.turn();
  assert.equal(depth(world), 0);
  taken.fresh();
  assert.equal(world.balancer.atBackends, 1);
  world.pass(50_000);
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  assert.deepEqual(world.balancer.outcomes[1], {
    kind: "answered",
    answerMs: 50_000,
  });
});

Deno.test("those that wait are served in order, each with the room of the one before", async () => {
  const { world, taken } = full();
  using _ = world;
  const callers = [world.call(ASK), world.call(ASK)];
  world.say(taken, OK);
  for (const caller of callers) {
    await world.turn();
    assert.equal(caller.received, "");
    assert.deepEqual(valuesOf(taken.received, "X-Opsen-GPU"), ["0"]);
    world.say(world.origin, OK);
    assert.ok(caller.received.endsWith("ok"));
  }
});

Deno.test("what the caller sends meanwhile is held back, and arrives", async () => {
  const { world, taken } = full();
  using _ = world;
  const caller = world.call(
    head("POST /?tier=card", "Content-Length: 9", "Content-Type: image/png"),
  );
  world.say(caller, "some");
  assert.ok(caller.isHeldBack);
  world.say(caller, " more");
  taken.fresh();
  world.say(taken, OK);
  await world.turn();
  assert.ok(world.origin.received.endsWith("\r\n\r\nsome more"));
});

Deno.test("a request whose body named the tier waits with it", async () => {
  const { world, taken } = full();
  using _ = world;
  world.call(post("/", '{"tier":"card"}'));
  assert.equal(depth(world), 1);
  taken.fresh();
  world.say(taken, OK);
  await world.turn();
  assert.ok(world.origin.received.endsWith('{"tier":"card"}'));
});

Deno.test("the room that is won may be a session's, behind one of several endpoints", async () => {
  const endpoints = [{ url: "http://10.0.1.1:81", paths: ["/v1/*"] }];
  const { world, taken } = full({ backends: [{ endpoints }] });
  using _ = world;
  world.call(head("GET /v1/x?tier=card", "X-Session: s1"));
  world.say(taken, OK);
  await world.turn();
  assert.deepEqual(world.places, ["10.0.0.1:80", "10.0.1.1:81"]);
  assert.equal(world.store.tables.sticky.size, 1);
  assert.equal(world.store.tables.leases.size, 1);
  world.say(world.origin, OK);
  assert.equal(world.balancer.leaseCount, 1);
});

Deno.test("a new session that waited is stored before its request goes out", async () => {
  const { world, taken } = full();
  using _ = world;
  const stored = Promise.withResolvers<"durable">();
  world.store.saveLease = () => stored.promise;
  world.call(head("GET /?tier=card", "X-Session: s1"));
  taken.fresh();
  world.say(taken, OK);
  await world.turn();
  assert.equal(taken.fresh(), "");
  stored.resolve("durable");
  await world.turn();
  assert.match(taken.fresh(), /^GET /);
});

Deno.test("a caller that leaves while it waits leaves the queue, however it leaves", async () => {
  const upload = head(
    "POST /?tier=card",
    "Content-Length: 9",
    "Content-Type: image/png",
  );
  for (const request of [ASK, `${upload}some`, ASK + ASK]) {
    for (const how of ["end", "reset"] as const) {
      const { world, taken } = full();
      using _ = world;
      const caller = world.call(request);
      if (request !== ASK) world.say(caller, "x");
      assert.equal(depth(world), 1);
      world[how](caller);
      assert.equal(depth(world), 0, `${how} after ${request}`);
      assert.equal(world.edge.load.inFlight, 1);
      world.say(taken, OK);
      await world.turn();
      assert.equal(world.balancer.leaseCount, 0);
    }
  }
});

Deno.test("a caller that leaves between winning and being told gives the room back", async () => {
  const { world, taken } = full();
  using _ = world;
  const caller = world.call(ASK);
  const other = world.call(ASK);
  world.say(taken, OK);
  assert.equal(world.balancer.atBackends, 1);
  world.reset(caller);
  assert.deepEqual(world.balancer.outcomes.at(-1), { kind: "abandoned" });
  assert.equal(world.balancer.atBackends, 1, "the next in turn has it");
  await world.turn();
  world.say(world.origin, OK);
  assert.ok(other.received.endsWith("ok"));
  assert.equal(caller.received, "");
});

Deno.test("who has waited too long is refused, and told how long that was", async () => {
  const { world, taken } = full();
  using _ = world;
  const caller = world.call(ASK);
  keepBusy(world, taken, WAIT_MS_MAX);
  await world.turn();
  const { code, queue, tally } = problemOf(caller.received);
  assert.equal(code, "no_capacity");
  assert.deepEqual(queue, {
    state: "timed_out",
    depth: 0,
    waited_ms: WAIT_MS_MAX,
  });
  assert.ok(tally !== undefined);
  assert.equal(caller.fate, "open");
  caller.fresh();
  world.say(caller, head("GET /?tier=small"));
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("when too many wait already the answer comes at once, and says so", () => {
  const { world } = full();
  using _ = world;
  world.call(ASK);
  world.call(ASK);
  const { code, queue } = problemOf(world.call(ASK).received);
  assert.equal(code, "no_capacity");
  assert.deepEqual(queue, { state: "full", depth: 2, waited_ms: 0 });
});

Deno.test("who drains refuses those that wait, also those that have won, and lets nobody wait any more", async () => {
  const { world, taken } = full();
  using _ = world;
  const winner = world.call(ASK);
  const waiter = world.call(ASK);
  world.say(taken, OK);
  assert.equal(depth(world), 1);
  world.edge.drain();
  await world.turn();
  for (const caller of [winner, waiter]) {
    assert.equal(codeOf(caller.received), "draining");
    assert.equal(caller.fate, "closed");
  }
  assert.equal(depth(world), 0);
  assert.equal(world.balancer.atBackends, 0);
});

Deno.test("a request whose backend can't be reached does not wait for another one's room", () => {
  const { world } = full({ backends: [{}, {}] });
  using _ = world;
  world.outcomes.set("10.0.0.2:80", "refused");
  const caller = world.call(ASK);
  assert.equal(codeOf(caller.received), "upstream_unreachable");
  assert.equal(depth(world), 0);
});

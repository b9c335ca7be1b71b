import assert from "node:assert/strict";
import { DecisionLog } from "../../src/engine/decision_log.ts";
import { tiersOf } from "../engine/fleets.ts";
import { EdgeWorld } from "./edge_world.ts";
import { head, OK, problemOf, valuesOf } from "./exchanges.ts";

const CARD = head("GET /?tier=card");

function logged(entries = 100): {
  readonly world: EdgeWorld;
  readonly log: DecisionLog;
} {
  const log = new DecisionLog({ entries, samplePct: 0 });
  const world = new EdgeWorld({
    backends: [{}, {}],
    decisions: log,
    balancer: {
      tiers: tiersOf([["card", 1, 1, 5, 1, 16], ["small", 1, 1, 5, 0, 0]]),
      queue: { lengthMax: 1, waitMsMax: 1_000 },
    },
  });
  return { world, log };
}

Deno.test("a decision is found by the id that the backend got, with its candidates as they were before", () => {
  const { world, log } = logged();
  using _ = world;
  world.call(head("GET /", "X-Session: s1"));
  world.call(head("GET /"));
  const [requestId = ""] = valuesOf(world.origin.received, "X-Request-ID");
  const decision = log.find(requestId);
  assert.ok(decision !== undefined);
  const { source, tier, atMs, outcome, explanation } = decision;
  assert.deepEqual({ source, tier, atMs }, {
    source: "proxy",
    tier: "small",
    atMs: world.clock.wallMs(),
  });
  assert.ok(outcome.kind === "placed" && outcome.backendId === "b1");
  assert.equal(outcome.waitedMs, undefined);
  assert.ok(typeof explanation === "object");
  assert.deepEqual(
    explanation.candidates.map(({ backendId }) => backendId),
    ["b1", "b2"],
  );
  const [, first] = log.recent(2);
  assert.equal(first?.stickyId, "s1");
});

Deno.test("who waits is one decision, made when the wait is over", async () => {
  const { world, log } = logged();
  using _ = world;
  const waiter = world.call(CARD);
  assert.deepEqual(log.recent(9), []);
  const refused = world.call(CARD);
  assert.deepEqual(log.recent(9).map(({ outcome }) => outcome.kind), [
    "refused",
  ]);
  assert.ok(log.find(problemOf(refused.received).request_id) !== undefined);
  world.pass(1_000);
  await world.turn();
  const { outcome } = log.find(problemOf(waiter.received).request_id) ?? {};
  assert.ok(outcome?.kind === "refused" && outcome.waitedMs === 1_000);
  world.call(CARD).reset();
  world.pass(400);
  world.driver.settle();
  assert.equal(log.recent(1)[0]?.outcome.kind, "withdrawn");
});

Deno.test("decisions beyond what the log wants are neither explained nor kept", () => {
  const { world, log } = logged();
  using _ = world;
  let explained = 0;
  const explain = world.balancer.explain.bind(world.balancer);
  world.balancer.explain = (ask, now) => {
    explained++;
    return explain(ask, now);
  };
  const caller = world.call();
  for (let i = 0; i < 50; i++) {
    world.say(caller, head("GET /"));
    world.say(world.origin, OK);
  }
  assert.equal(explained, 20);
  assert.equal(log.recent(100).length, 20);
});

Deno.test("a log that keeps nothing costs nothing", () => {
  const { world } = logged(0);
  using _ = world;
  world.balancer.explain = () => assert.fail("explained for nobody");
  world.call(head("GET /"));
  world.say(world.origin, OK);
});

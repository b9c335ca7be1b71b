import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Ask, Decision } from "../../src/engine/decision.ts";
import { balancerOver, placed, reported } from "./machines.ts";

const HOUR_MS = 3_600_000;
const ANSWERED = { kind: "answered", answerMs: 10 } as const;

function request(balancer: Balancer, more: Partial<Ask> = {}, now = 0) {
  return balancer.place({ tier: "medium", isRequest: true, ...more }, now);
}

function backendOf(decision: Decision): string {
  return decision.kind === "placed" ? decision.backendId : decision.kind;
}

Deno.test("a request holds its room until it is over, however long that takes", () => {
  const balancer = balancerOver({ a: { cores: 4 } }, {
    staleAfterMs: 10 * HOUR_MS,
  });
  const decision = request(balancer);
  assert.ok(decision.kind === "placed");
  balancer.sweep(HOUR_MS);
  assert.equal(balancer.leaseCount, 1);
  assert.equal(balancer.backends(HOUR_MS)[0]?.held.vcpu, 2);
  balancer.finish(decision.lease, ANSWERED, HOUR_MS);
  assert.equal(balancer.leaseCount, 0);
  assert.equal(balancer.backends(HOUR_MS)[0]?.held.vcpu, 0);
});

Deno.test("requests don't keep each other out: the one with the fewest per core takes one more", () => {
  const balancer = balancerOver({ small: { cores: 4 }, large: { cores: 16 } });
  const seen = new Map<string, number>();
  for (let i = 0; i < 100; i++) {
    const id = backendOf(request(balancer));
    seen.set(id, (seen.get(id) ?? 0) + 1);
  }
  assert.deepEqual([seen.get("small"), seen.get("large")], [20, 80]);
  assert.equal(balancer.leaseCount, 100);
});

Deno.test("a session is promised nothing that requests use", () => {
  const balancer = balancerOver({ a: { cores: 4 } });
  request(balancer);
  const second = request(balancer);
  assert.equal(backendOf(balancer.place({ tier: "medium" }, 0)), "refused");
  assert.ok(second.kind === "placed");
  balancer.finish(second.lease, ANSWERED, 0);
  assert.equal(backendOf(balancer.place({ tier: "medium" }, 0)), "a");
});

Deno.test("a request is refused where the machine's report or its sessions leave no room", () => {
  const balancer = balancerOver({ a: { cores: 4 } });
  placed(balancer, "medium", 0, "alice");
  placed(balancer, "medium", 0, "bob");
  assert.equal(backendOf(request(balancer)), "refused");
  const busy = balancerOver({ a: { cores: 4 } });
  request(busy);
  request(busy);
  busy.report("a", reported({ cores: 4, cpuPct: 95 }), 1);
  assert.equal(backendOf(request(busy, {}, 1)), "refused");
});

Deno.test("no card is given to two requests", () => {
  const balancer = balancerOver({ a: { gpus: [[0, 16, 0]], cores: 64 } });
  const tier = "gpu-inference";
  assert.equal(backendOf(request(balancer, { tier })), "a");
  assert.equal(backendOf(request(balancer, { tier })), "refused");
});

Deno.test("an excluded backend is not chosen for this ask, and is there for the next", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 10 } });
  const exclude = new Set(["a", "unknown"]);
  assert.equal(backendOf(request(balancer, { exclude })), "b");
  assert.equal(backendOf(request(balancer)), "a");
  const both = request(balancer, { exclude: new Set(["a", "b"]) });
  assert.ok(both.kind === "refused");
  assert.deepEqual([both.tally.unhealthy, both.fleetSize], [2, 2]);
});

Deno.test("a session moves away from an excluded backend and takes its hold along", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 10 } });
  const stickyId = "alice";
  assert.equal(backendOf(request(balancer, { stickyId })), "a");
  const exclude = new Set(["a"]);
  assert.equal(backendOf(request(balancer, { stickyId, exclude })), "b");
  assert.equal(backendOf(request(balancer, { stickyId })), "b");
  assert.equal(balancer.leaseCount, 1);
});

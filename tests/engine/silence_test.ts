import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Lease } from "../../src/engine/lease.ts";
import { ADAPTIVE } from "./fleets.ts";
import { balancerOver } from "./machines.ts";

const ASK = { tier: "small", isRequest: true } as const;

/** Two large backends that usually answer in 20 ms; the first is the emptier one. */
function pair(): Balancer {
  const machines = { a: { cores: 256 }, b: { cores: 256, cpuPct: 40 } };
  const balancer = balancerOver(machines, { routing: ADAPTIVE });
  for (let n = 0; n < 40; n++) {
    answer(balancer, begin(balancer, n * 20), n * 20 + 20);
  }
  return balancer;
}

function begin(balancer: Balancer, now: number): Lease {
  const decision = balancer.place(ASK, now);
  assert.ok(decision.kind === "placed");
  balancer.awaiting(decision.lease, "begun", now);
  return decision.lease;
}

function answer(balancer: Balancer, lease: Lease, now: number): void {
  balancer.awaiting(lease, "answered", now);
  balancer.finish(lease, { kind: "answered", answerMs: 20 }, now);
}

/** What becomes of 100 requests a second when one backend has been frozen since `since`, for two seconds. */
function swallowed(
  balancer: Balancer,
  frozen: string,
  since: number,
): number[] {
  const at: number[] = [];
  for (let now = since; now < since + 2000; now += 10) {
    const lease = begin(balancer, now);
    if (lease.slot.registration.id === frozen) at.push(now - since);
    else answer(balancer, lease, now + 5);
  }
  return at;
}

Deno.test("a backend that has stopped answering gets nothing as soon as that is longer than an answer takes", () => {
  const at = swallowed(pair(), "a", 1000);
  assert.ok(at.length > 0, "it was asked at all");
  assert.ok((at.at(-1) ?? 0) <= 1000, `last one after ${at.at(-1)} ms`);
});

Deno.test("a backend that owes nothing is not silent, however long ago its last answer was", () => {
  const balancer = pair();
  assert.equal(begin(balancer, 60_000).slot.registration.id, "a");
});

Deno.test("a request that nobody waits for any more ends its silence, and says nothing of the backend's life", () => {
  const balancer = pair();
  const lease = begin(balancer, 1000);
  const { slot } = lease;
  const other = balancer.place({ ...ASK }, 1000);
  assert.ok(other.kind === "placed");
  assert.equal(slot.silenceMs(1500), 500);
  balancer.awaiting(lease, "given_up", 1600);
  assert.equal(slot.silenceMs(1700), 0);
});

/** Backends that are back after requests to them failed, and have answered nothing since. */
import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { Lease } from "../../src/engine/lease.ts";
import { OPTIONS } from "./fleets.ts";
import { balancerOver, placed, reported } from "./machines.ts";

const FAILED = { kind: "failed", answerMs: 1 } as const;
const ANSWERED = { kind: "answered", answerMs: 1 } as const;
/** When the first ejection is over. */
const BACK_AT = 5000;

/** Two backends; `a`, the best one for everybody, has just failed too often and is left out. */
function withoutA(options: Partial<BalancerOptions> = {}): Balancer {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 1 } }, options);
  for (let i = 0; i < 5; i++) balancer.finish(toA(balancer, 0), FAILED, 0);
  assert.equal(balancer.backends(0)[0]?.isEjected, true);
  return balancer;
}

function toA(balancer: Balancer, now: number): Lease {
  const ask = { tier: "small", isRequest: true, exclude: new Set(["b"]) };
  const decision = balancer.place(ask, now);
  assert.ok(decision.kind === "placed", decision.kind);
  return decision.lease;
}

function takesMore(balancer: Balancer, now: number): boolean {
  const ask = { tier: "small", exclude: new Set(["b"]) };
  return balancer.explain(ask, now)?.candidates
    .find(({ backendId }) => backendId === "a")?.kind === "fits";
}

Deno.test("where nobody is left out any more, nobody is on trial", () => {
  const balancer = withoutA();
  balancer.reconfigure({ ...OPTIONS, ejection: undefined }, 1000);
  for (let i = 0; i < 5; i++) toA(balancer, 1000);
  const onTrial = withoutA();
  toA(onTrial, BACK_AT);
  assert.equal(takesMore(onTrial, BACK_AT), false);
  onTrial.reconfigure({ ...OPTIONS, ejection: undefined }, BACK_AT);
  for (let i = 0; i < 5; i++) toA(onTrial, BACK_AT);
});

Deno.test("a trial ends when a good answer begins, however long it lasts", () => {
  const balancer = withoutA();
  const stream = toA(balancer, BACK_AT);
  balancer.awaiting(stream, "begun", BACK_AT);
  assert.equal(takesMore(balancer, BACK_AT + 10), false);
  balancer.awaiting(stream, "answered", BACK_AT + 10);
  for (let i = 0; i < 5; i++) toA(balancer, BACK_AT + 10);
});

Deno.test("an answer that is a fault of the backend's ends no trial, and its end leaves the backend out", () => {
  for (const change of ["failed_answer", "given_up"] as const) {
    const balancer = withoutA();
    const lease = toA(balancer, BACK_AT);
    balancer.awaiting(lease, "begun", BACK_AT);
    balancer.awaiting(lease, change, BACK_AT + 10);
    assert.equal(takesMore(balancer, BACK_AT + 10), false);
    balancer.finish(lease, FAILED, BACK_AT + 20);
    assert.equal(balancer.backends(BACK_AT + 20)[0]?.isEjected, true);
  }
});

Deno.test("who waits for room is served when a trial ends well", () => {
  const queue = { lengthMax: 4, waitMsMax: 60_000 };
  const balancer = withoutA({ queue });
  balancer.report("b", reported({ cpuPct: 100 }), 0);
  const lease = toA(balancer, BACK_AT);
  balancer.awaiting(lease, "begun", BACK_AT);
  const told: string[] = [];
  const ask = { tier: "medium" };
  assert.equal(balancer.place(ask, BACK_AT).kind, "refused");
  balancer.wait(ask, BACK_AT, ({ kind }) => told.push(kind));
  balancer.awaiting(lease, "answered", BACK_AT + 10);
  assert.deepEqual(told, ["placed"]);
});

Deno.test("sessions with live leases are risked one request at a time too, and move while it is on its way", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 1 } });
  const sessions = ["alice", "bob", "carol"];
  for (const stickyId of sessions) {
    assert.equal(placed(balancer, "small", 0, stickyId).backendId, "a");
  }
  for (let i = 0; i < 5; i++) balancer.finish(toA(balancer, 0), FAILED, 0);
  const asked = sessions.map((stickyId) => {
    const ask = { tier: "small", isRequest: true, stickyId };
    const decision = balancer.place(ask, BACK_AT);
    assert.ok(decision.kind === "placed");
    return decision;
  });
  assert.deepEqual(asked.map(({ backendId }) => backendId), ["a", "b", "b"]);
  balancer.finish(asked[0]!.lease, ANSWERED, BACK_AT + 10);
  const kept = placed(balancer, "small", BACK_AT + 10, "alice");
  assert.deepEqual([kept.backendId, kept.stickiness], ["a", "kept"]);
});

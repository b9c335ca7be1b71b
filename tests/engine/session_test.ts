import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import { OPTIONS } from "./fleets.ts";
import { balancerOver, placed, registered, reported } from "./machines.ts";

Deno.test("a session stays where it is while another backend is better, and holds its room once", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 10 } });
  const first = placed(balancer, "medium", 0, "alice");
  assert.equal(first.stickiness, "assigned");
  balancer.report("a", reported({ cpuPct: 50 }), 1000);
  const again = placed(balancer, "medium", 1000, "alice");
  assert.deepEqual([again.backendId, again.stickiness], ["a", "kept"]);
  assert.equal(again.hold.leaseId, first.hold.leaseId);
  assert.equal(again.hold.expiresAt, 1000 + OPTIONS.holdMs);
  assert.equal(balancer.leaseCount, 1);
});

Deno.test("a session is not asked to fit beside its own hold", () => {
  const balancer = balancerOver({ only: { cores: 2 }, other: { cpuPct: 90 } });
  placed(balancer, "medium", 0, "alice");
  assert.equal(placed(balancer, "medium", 1, "alice").stickiness, "kept");
});

Deno.test("a session whose hold has ended moves when its backend is overloaded", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 10 } });
  placed(balancer, "medium", 0, "alice");
  const later = OPTIONS.holdMs + 1;
  balancer.report("a", reported({ cpuPct: 95 }), later);
  balancer.report("b", reported({ cpuPct: 10 }), later);
  const moved = placed(balancer, "medium", later, "alice");
  assert.deepEqual([moved.backendId, moved.stickiness], ["b", "moved"]);
  assert.equal(placed(balancer, "medium", later, "alice").stickiness, "kept");
});

Deno.test("a session leaves a backend that went silent or unhealthy, and its old hold ends", () => {
  for (const trouble of ["silent", "unhealthy"] as const) {
    const balancer = balancerOver({ a: {}, b: { cpuPct: 10 } }, {
      holdMs: 3_600_000,
    });
    placed(balancer, "medium", 0, "alice");
    const later = trouble === "silent" ? OPTIONS.staleAfterMs + 1 : 1;
    balancer.report("b", reported({ cpuPct: 10 }), later);
    for (let i = 0; trouble === "unhealthy" && i < 3; i++) {
      balancer.probe("a", { ok: false }, later);
    }
    const moved = placed(balancer, "medium", later, "alice");
    assert.deepEqual([moved.backendId, moved.stickiness], ["b", "moved"]);
    assert.equal(balancer.leaseCount, 1);
  }
});

Deno.test("a session that can't go anywhere keeps its assignment for when its backend returns", () => {
  const balancer = balancerOver({ a: {} });
  placed(balancer, "medium", 0, "alice");
  const late = OPTIONS.staleAfterMs + 1;
  const ask = { tier: "medium", stickyId: "alice" };
  assert.equal(balancer.place(ask, late).kind, "refused");
  balancer.register(registered("z"), late);
  balancer.report("z", reported(), late);
  balancer.report("a", reported({ cpuPct: 40 }), late);
  assert.equal(placed(balancer, "medium", late, "alice").backendId, "a");
});

Deno.test("other tiers of a session prefer its backends, unless affinity is off or there is no room", () => {
  const machines = { a: {}, b: { cpuPct: 10 } };
  for (const stickyAffinity of [true, false]) {
    const balancer = balancerOver(machines, { stickyAffinity });
    balancer.restore({ stickyId: "alice", tier: "medium", backendId: "b" });
    const small = placed(balancer, "small", 0, "alice");
    assert.equal(small.backendId, stickyAffinity ? "b" : "a");
    assert.equal(small.stickiness, "assigned");
  }
  const balancer = balancerOver({ a: {}, b: { cpuPct: 90 } });
  balancer.restore({ stickyId: "alice", tier: "medium", backendId: "b" });
  assert.equal(placed(balancer, "small", 0, "alice").backendId, "a");
});

Deno.test("tiers of one session are booked apart, and so are sessions of one tier", () => {
  const balancer = balancerOver({ a: {} });
  placed(balancer, "small", 0, "alice");
  placed(balancer, "medium", 0, "alice");
  placed(balancer, "small", 0, "bob");
  placed(balancer, "small", 0, "alice");
  assert.equal(balancer.leaseCount, 3);
});

Deno.test("ids and tiers that run together are told apart", () => {
  const balancer = balancerOver({ a: {} });
  placed(balancer, "small", 0, "x");
  placed(balancer, "small", 0, "x\0small");
  assert.equal(balancer.leaseCount, 2);
});

Deno.test("an assignment of an earlier run is kept, unless its backend is gone", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 20 } });
  balancer.restore({ stickyId: "alice", tier: "small", backendId: "b" });
  balancer.restore({ stickyId: "bob", tier: "small", backendId: "gone" });
  const alice = placed(balancer, "small", 0, "alice");
  assert.deepEqual([alice.backendId, alice.stickiness], ["b", "kept"]);
  assert.equal(placed(balancer, "small", 0, "bob").stickiness, "assigned");
});

Deno.test("the session used least recently gives way, and whoever stores it is told", () => {
  const forgotten: string[][] = [];
  const balancer = new Balancer({
    ...OPTIONS,
    maxSticky: 2,
    holdMs: 1,
    onForgotten: (...what) => forgotten.push(what),
  });
  balancer.register(registered("a"), 0);
  balancer.report("a", reported(), 0);
  for (const [at, id] of ["one", "two", "one", "three"].entries()) {
    placed(balancer, "small", at * 10, id);
  }
  assert.deepEqual(forgotten, [["two", "small", "a"]]);
  assert.equal(placed(balancer, "small", 100, "one").stickiness, "kept");
});

Deno.test("every assignment can be listed, the session used last at the end", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 10 } });
  placed(balancer, "small", 0, "alice");
  placed(balancer, "small", 0, "bob");
  placed(balancer, "medium", 0, "alice");
  assert.deepEqual(balancer.assignments(), [
    { stickyId: "bob", tier: "small", backendId: "a" },
    { stickyId: "alice", tier: "small", backendId: "a" },
    { stickyId: "alice", tier: "medium", backendId: "a" },
  ]);
});

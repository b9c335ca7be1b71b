import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Ask } from "../../src/engine/decision.ts";
import { type LeaseRecord, recordOf } from "../../src/engine/lease_record.ts";
import { ADAPTIVE, OPTIONS } from "./fleets.ts";
import { fresh } from "./lease_examples.ts";
import { balancerOver, placed, registered } from "./machines.ts";

const { holdMs } = OPTIONS;
const WIDE = { cores: 64, memoryTotalGb: 512 };
const RECORD: LeaseRecord = {
  id: 40,
  backendId: "a",
  tier: "medium",
  gpus: [],
  stickyId: undefined,
  idempotencyKey: undefined,
  placedAt: -1000,
  startedAt: undefined,
  expiresAt: 5000,
};

function idOf(balancer: Balancer, ask: Ask, now = 0): number | string {
  const decision = balancer.place(ask, now);
  return decision.kind === "placed" ? decision.hold.leaseId : decision.kind;
}

function heldVcpu(balancer: Balancer, now = 0): number | undefined {
  return balancer.backends(now)[0]?.held.vcpu;
}

Deno.test("a lease that nobody confirms or renews ends, and a renewed one lives from then on", () => {
  const balancer = balancerOver({ a: {} }, { routing: ADAPTIVE });
  const left = placed(balancer, "small", 0).hold.leaseId;
  const kept = placed(balancer, "small", 0).hold.leaseId;
  assert.equal(balancer.renew(kept, 1000)?.expiresAt, 1000 + holdMs);
  assert.equal(balancer.lease(left, holdMs), undefined);
  assert.equal(balancer.lease(kept, holdMs)?.id, kept);
  assert.equal(balancer.renew(left, holdMs), undefined);
  assert.equal(balancer.lease(kept, 1000 + holdMs), undefined);
  assert.equal(heldVcpu(balancer, 1000 + holdMs), 0);
});

Deno.test("a renewal says for how long, and never brings the end nearer", () => {
  const balancer = balancerOver({ a: {} });
  const { leaseId } = placed(balancer, "small", 0).hold;
  const renewed = balancer.renew(leaseId, 0, { liveMs: 500_000 });
  assert.equal(renewed?.expiresAt, 500_000);
  assert.equal(balancer.renew(leaseId, 10, { liveMs: 5 })?.expiresAt, 500_000);
});

Deno.test("a session begins once: from then on reports absorb it, a renewal alone begins nothing", () => {
  const balancer = balancerOver({ a: {} }, { routing: ADAPTIVE });
  const { leaseId } = placed(balancer, "large", 0).hold;
  assert.equal(balancer.renew(leaseId, 1000)?.startedAt, undefined);
  const more = { isConfirmed: true };
  assert.equal(balancer.renew(leaseId, 2000, more)?.startedAt, 2000);
  assert.equal(balancer.renew(leaseId, 3000, more)?.startedAt, 2000);
});

Deno.test("room of a confirmed session is free for others once reports show that it is not used", () => {
  const balancer = balancerOver({ a: { cores: 4 } }, { routing: ADAPTIVE });
  const { leaseId } = placed(balancer, "large", 0).hold;
  balancer.report("a", fresh({ cores: 4 }), 60_000);
  const unconfirmed = balancer.place({ tier: "medium" }, 60_000);
  assert.equal(unconfirmed.kind, "refused");
  balancer.renew(leaseId, 60_000, { isConfirmed: true });
  balancer.report("a", fresh({ cores: 4 }), 120_000);
  placed(balancer, "medium", 120_000);
});

Deno.test("a session that has begun gives its room back when it ends, before any report", () => {
  for (const end of ["release", "expiry"]) {
    const balancer = balancerOver({ a: { cores: 4 } }, { routing: ADAPTIVE });
    const { leaseId } = placed(balancer, "large", 0).hold;
    balancer.renew(leaseId, 0, { isConfirmed: true });
    assert.equal(balancer.place({ tier: "small" }, 0).kind, "refused");
    if (end === "release") balancer.release(leaseId, 0);
    placed(balancer, "large", end === "release" ? 0 : holdMs);
  }
});

Deno.test("a released lease gives its room and its names back, once", () => {
  const balancer = balancerOver({ a: {} });
  const ask = { tier: "small", stickyId: "alice", idempotencyKey: "k" };
  const first = idOf(balancer, ask);
  assert.equal(balancer.release(Number(first), 0), true);
  assert.equal(balancer.release(Number(first), 0), false);
  assert.equal(heldVcpu(balancer), 0);
  assert.notEqual(idOf(balancer, ask), first);
  assert.equal(balancer.leaseCount, 1);
});

Deno.test("an ask made twice under one key gets one lease, until that ends", () => {
  const balancer = balancerOver({ a: {} });
  const ask = { tier: "small", idempotencyKey: "k" };
  const first = idOf(balancer, ask);
  assert.equal(idOf(balancer, ask), first);
  assert.equal(heldVcpu(balancer), 1);
  assert.notEqual(idOf(balancer, { ...ask, idempotencyKey: "l" }), first);
  assert.notEqual(idOf(balancer, ask, holdMs), first);
});

Deno.test("a key that stands for another tier books nothing", () => {
  const balancer = balancerOver({ a: {} });
  idOf(balancer, { tier: "small", idempotencyKey: "k" });
  assert.deepEqual(
    balancer.place({ tier: "large", idempotencyKey: "k" }, 0),
    { kind: "key_reused", tier: "small" },
  );
  assert.equal(balancer.leaseCount, 1);
});

Deno.test("requests have no lease that others could end or see", () => {
  const balancer = balancerOver({ a: {} });
  const id = Number(idOf(balancer, { tier: "small", isRequest: true }));
  assert.deepEqual([balancer.lease(id, 0), balancer.leases(0)], [
    undefined,
    [],
  ]);
  assert.equal(balancer.release(id, 0), false);
  assert.equal(balancer.leaseCount, 1);
});

Deno.test("a lease of an earlier run takes its room and its names again, and new numbers follow its own", () => {
  const balancer = balancerOver({ a: {} });
  const record = { ...RECORD, stickyId: "alice", idempotencyKey: "k" };
  assert.equal(balancer.restoreLease(record, 0), true);
  const [lease] = balancer.leases(0);
  assert.ok(lease !== undefined);
  assert.deepEqual(recordOf(lease), record);
  assert.equal(heldVcpu(balancer), 2);
  assert.equal(idOf(balancer, { tier: "medium", idempotencyKey: "k" }), 40);
  assert.equal(idOf(balancer, { tier: "medium", stickyId: "alice" }), 40);
  assert.equal(idOf(balancer, { tier: "medium" }), 41);
  assert.equal(balancer.lease(40, holdMs), undefined);
});

Deno.test("leases of a process that runs beside this one don't lead its numbers into the other's range", () => {
  const balancer = balancerOver({ a: {} });
  assert.equal(idOf(balancer, { tier: "medium" }), 1);
  assert.equal(balancer.restoreLease({ ...RECORD, id: 1000 }, 0), true);
  assert.equal(idOf(balancer, { tier: "medium" }), 2);
  assert.equal(balancer.restoreLease({ ...RECORD, id: 3 }, 0), true);
  assert.equal(idOf(balancer, { tier: "medium" }), 4);
});

Deno.test("a lease that a process beside this one renews or confirms lives and counts on here too", () => {
  const balancer = balancerOver({ a: {} }, { routing: ADAPTIVE });
  assert.equal(balancer.restoreLease(RECORD, 0), true);
  const { expiresAt } = RECORD;
  const renewed = { ...RECORD, startedAt: 5, expiresAt: expiresAt + 1000 };
  assert.equal(balancer.restoreLease(renewed, 10), false);
  const lease = balancer.lease(RECORD.id, expiresAt + 999);
  assert.ok(lease !== undefined && lease.startedAt !== undefined);
  assert.equal(balancer.restoreLease(RECORD, 10), false);
  assert.equal(lease.expiresAt, expiresAt + 1000);
});

Deno.test("a lease is not restored twice, nor when it has ended, nor without its backend, tier or names", () => {
  const balancer = balancerOver({ a: {} });
  const names = { stickyId: "alice", idempotencyKey: "k" };
  assert.equal(balancer.restoreLease({ ...RECORD, ...names }, 0), true);
  const others: Partial<LeaseRecord>[] = [
    { id: 40 },
    { stickyId: "alice" },
    { idempotencyKey: "k" },
    { expiresAt: 0 },
    { backendId: "gone" },
    { tier: "gone" },
  ];
  for (const other of others) {
    const record = { ...RECORD, id: 50, ...other };
    assert.equal(balancer.restoreLease(record, 0), false);
  }
  assert.deepEqual([balancer.leaseCount, heldVcpu(balancer)], [1, 2]);
});

Deno.test("restored sessions that had begun are absorbed by reports, those that had not are not", () => {
  for (const startedAt of [undefined, -1000]) {
    const balancer = balancerOver({}, { routing: ADAPTIVE });
    const machine = { cores: 4 };
    balancer.register(registered("a", machine), 0);
    const record = { ...RECORD, tier: "large", startedAt, expiresAt: 500_000 };
    assert.equal(balancer.restoreLease(record, 0), true);
    balancer.report("a", fresh(machine), 0);
    assert.equal(balancer.place({ tier: "medium" }, 0).kind, "refused");
    balancer.report("a", fresh(machine), 60_000);
    const { kind } = balancer.place({ tier: "medium" }, 60_000);
    assert.equal(kind, startedAt === undefined ? "refused" : "placed");
  }
});

Deno.test("restored cards are taken before the first report names them, and given back at the end", () => {
  const machine = { ...WIDE, gpus: [[0, 80, 0], [0, 80, 0]] as const };
  const balancer = balancerOver({ a: machine }, { routing: ADAPTIVE });
  const record = { ...RECORD, tier: "gpu-inference", gpus: [0] };
  assert.equal(balancer.restoreLease(record, 0), true);
  assert.deepEqual(placed(balancer, "gpu-inference").hold.gpus, [1]);
  assert.equal(balancer.place({ tier: "gpu-inference" }, 0).kind, "refused");
  balancer.release(40, 0);
  assert.deepEqual(placed(balancer, "gpu-inference").hold.gpus, [0]);
});

Deno.test("a session's request begins its session, and its end leaves the lease alive", () => {
  const balancer = balancerOver({ a: {} }, { routing: ADAPTIVE });
  const ask = { tier: "small", stickyId: "alice", isRequest: true };
  const first = balancer.place(ask, 10);
  const second = balancer.place(ask, 20);
  assert.ok(first.kind === "placed" && second.kind === "placed");
  assert.equal(first.lease, second.lease);
  assert.deepEqual([first.lease.startedAt, first.lease.slot.inFlight], [10, 2]);
  for (const { lease } of [first, second]) {
    balancer.finish(lease, { kind: "abandoned" }, 30);
  }
  assert.equal(first.lease.slot.inFlight, 0);
  assert.equal(balancer.lease(first.lease.id, 20 + holdMs - 1), first.lease);
});

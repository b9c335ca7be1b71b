import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Ask, Decision } from "../../src/engine/decision.ts";
import { ADAPTIVE, OPTIONS } from "./fleets.ts";
import { balancerOver, registered, reported } from "./machines.ts";
import { small, standing } from "./place_worlds.ts";

const EU = small("eu", { countries: new Set(["FR", "DE"]) });

/** A machine in France, alone. */
function inFrance(): Balancer {
  return balancerOver({ a: { place: standing(0, "FR") } }, {
    tiers: [EU],
    routing: ADAPTIVE,
  });
}

function goesAbroad(balancer: Balancer, now: number): void {
  balancer.register(registered("a", { place: standing(0, "US") }), now);
}

function leaseIdOf(decision: Decision): number {
  assert.ok(decision.kind === "placed", decision.kind);
  return decision.hold.leaseId;
}

Deno.test("a lease on a machine that has left the countries of its tier can't be renewed or confirmed, and ends when it would have", () => {
  const balancer = inFrance();
  const id = leaseIdOf(balancer.place({ tier: "eu" }, 0));
  const confirm = { isConfirmed: true };
  assert.ok(balancer.renew(id, 1000, confirm) !== undefined);
  goesAbroad(balancer, 2000);
  assert.equal(balancer.renew(id, 3000), undefined);
  assert.equal(balancer.renew(id, 3000, confirm), undefined);
  assert.equal(balancer.leaseCount, 1);
  balancer.sweep(1000 + OPTIONS.holdMs);
  assert.equal(balancer.leaseCount, 0);
});

Deno.test("a lease of an earlier run on a machine that is abroad now keeps its room and no session there", () => {
  const balancer = inFrance();
  goesAbroad(balancer, 0);
  const lease = {
    id: 7,
    backendId: "a",
    tier: "eu",
    gpus: [],
    stickyId: "s",
    idempotencyKey: "k",
    placedAt: 0,
    startedAt: 0,
    expiresAt: 100_000,
  };
  assert.ok(balancer.restoreLease(lease, 10));
  balancer.restore({ stickyId: "s", tier: "eu", backendId: "a" });
  const asks: Ask[] = [
    { tier: "eu", stickyId: "s" },
    { tier: "eu", idempotencyKey: "k" },
    { tier: "eu", stickyId: "s", idempotencyKey: "k", isRequest: true },
  ];
  for (const ask of asks) {
    assert.equal(balancer.place(ask, 20).kind, "refused");
  }
  assert.equal(balancer.leaseOfSession("s", "eu", 20), undefined);
  assert.equal(balancer.renew(7, 20), undefined);
});

Deno.test("a key that nobody can take is still the old lease's, and one that is given anew ends it", () => {
  const balancer = inFrance();
  const ask = { tier: "eu", stickyId: "s", idempotencyKey: "k" };
  const first = leaseIdOf(balancer.place(ask, 0));
  goesAbroad(balancer, 10);
  assert.equal(balancer.place(ask, 10).kind, "refused");
  assert.ok(balancer.lease(first, 10) !== undefined);
  balancer.register(registered("b", { place: standing(0, "DE") }), 20);
  balancer.report("b", reported(), 20);
  const second = leaseIdOf(balancer.place(ask, 20));
  assert.deepEqual(balancer.leases(20).map(({ id }) => id), [second]);
  assert.equal(leaseIdOf(balancer.place(ask, 30)), second);
  const other = { tier: "eu", idempotencyKey: "k" };
  assert.equal(leaseIdOf(balancer.place(other, 30)), second);
});

Deno.test("a machine that comes home serves whoever waits for it at once", () => {
  const balancer = balancerOver({ a: { place: standing(0, "US") } }, {
    tiers: [EU],
    routing: ADAPTIVE,
    queue: { lengthMax: 4, waitMsMax: 40_000 },
  });
  let told = "";
  balancer.wait({ tier: "eu" }, 0, ({ kind }) => told = kind);
  balancer.sweep(10);
  balancer.register(registered("a", { place: standing(0, "FR") }), 20);
  assert.equal(told, "placed");
});

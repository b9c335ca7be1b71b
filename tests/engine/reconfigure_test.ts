import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import { adaptive } from "./adaptive_routing.ts";
import { ADAPTIVE, OPTIONS, tiersOf } from "./fleets.ts";
import { balancerOver, placed, registered, reported } from "./machines.ts";

const SMALL = tiersOf([["small", 1, 1, 5, 0, 0]]);
const LARGER_SMALL = tiersOf([["small", 3, 2, 5, 0, 0]]);
const ANSWERED = { kind: "answered", answerMs: 1 } as const;

function heldBy(balancer: Balancer, id: string, now = 0) {
  return balancer.backends(now)
    .find(({ registration }) => registration.id === id)?.held;
}

Deno.test("tiers come, go and change, and leases stay what they were booked as", () => {
  const balancer = balancerOver({ a: { cores: 8 } });
  const small = placed(balancer, "small", 0, "alice");
  const medium = placed(balancer, "medium", 0, "alice");
  const tiers = [...tiersOf([["new", 2, 1, 1, 0, 0]]), ...LARGER_SMALL];
  balancer.reconfigure({ ...OPTIONS, tiers }, 1);
  assert.equal(balancer.place({ tier: "medium" }, 1).kind, "unknown_tier");
  assert.equal(placed(balancer, "new", 1).backendId, "a");
  assert.equal(heldBy(balancer, "a", 1)?.vcpu, 5);
  const kept = placed(balancer, "small", 2, "alice");
  assert.equal(kept.hold.leaseId, small.hold.leaseId);
  assert.equal(placed(balancer, "small", 2).lease.tier.vcpu, 3);
  assert.equal(balancer.renew(medium.hold.leaseId, 2)?.tier.name, "medium");
  assert.equal(heldBy(balancer, "a", 2)?.vcpu, 8);
  assert.equal(balancer.releaseAll(3), 4);
  assert.deepEqual(Object.values(heldBy(balancer, "a", 3) ?? {}), [0, 0, 0, 0]);
});

Deno.test("an idempotency key stands for its lease when the tier's needs have changed", () => {
  const balancer = balancerOver({ a: {} }, { tiers: SMALL });
  const ask = { tier: "small", idempotencyKey: "k" };
  const first = balancer.place(ask, 0);
  balancer.reconfigure({ ...OPTIONS, tiers: LARGER_SMALL }, 0);
  const second = balancer.place(ask, 0);
  assert.ok(first.kind === "placed" && second.kind === "placed");
  assert.equal(second.hold.leaseId, first.hold.leaseId);
});

Deno.test("requests in flight go on, and what was learned of response times stays", () => {
  const options = { routing: ADAPTIVE };
  const balancer = balancerOver({ a: {}, b: {} }, options);
  const ask = { tier: "small", isRequest: true };
  for (let i = 0; i < 20; i++) {
    const decision = balancer.place(ask, i);
    assert.ok(decision.kind === "placed");
    const answerMs = decision.backendId === "a" ? 10 : 90;
    balancer.finish(decision.lease, { kind: "answered", answerMs }, i);
  }
  const open = balancer.place(ask, 600);
  assert.ok(open.kind === "placed");
  const before = balancer.explain(ask, 600);
  balancer.reconfigure({ ...OPTIONS, ...options, holdMs: 5 }, 600);
  assert.deepEqual(balancer.explain(ask, 600), before);
  balancer.finish(open.lease, ANSWERED, 601);
  assert.equal(balancer.leaseCount, 0);
  assert.ok(balancer.backends(601).every(({ inFlight }) => inFlight === 0));
});

Deno.test("cards are shared as the rule in force says, whoever booked them", () => {
  const tiers = tiersOf([["half", 1, 1, 1, 1, 12], ["whole", 1, 1, 1, 1, 0]]);
  const classic: BalancerOptions = { ...OPTIONS, tiers };
  const machine = { gpus: [[0, 24, 0]] as const };
  const balancer = balancerOver({ a: machine }, classic);
  const first = placed(balancer, "half");
  const kindOf = (tier: string) => balancer.place({ tier }, 0).kind;
  balancer.reconfigure({ ...classic, routing: ADAPTIVE }, 0);
  assert.equal(kindOf("half"), "refused");
  balancer.reconfigure(classic, 0);
  const second = placed(balancer, "half");
  assert.equal(kindOf("half"), "refused");
  for (const { hold } of [first, second]) balancer.release(hold.leaseId, 0);
  assert.equal(kindOf("whole"), "placed");
  assert.equal(kindOf("half"), "refused");
  balancer.reconfigure({ ...classic, routing: ADAPTIVE }, 0);
  assert.equal(kindOf("half"), "refused");
});

Deno.test("a card whose load reports show is taken again under the rule that counts leases, and seen again after it", () => {
  const tiers = tiersOf([["card", 1, 1, 1, 1, 12]]);
  const options: BalancerOptions = { ...OPTIONS, tiers, routing: ADAPTIVE };
  const machine = { gpus: [[0, 24, 0]] as const };
  const balancer = balancerOver({ a: machine }, options);
  const { hold } = placed(balancer, "card");
  balancer.renew(hold.leaseId, 0, { isConfirmed: true, liveMs: 1e7 });
  const used = { gpus: [[0, 24, 10]] as const };
  const report = { ...reported(used), windowSeconds: 60 };
  balancer.report("a", report, 100_000);
  balancer.report("a", report, 200_000);
  const fits = () => {
    const plan = balancer.explain({ tier: "card" }, 200_000);
    return plan?.candidates[0]?.kind === "fits";
  };
  assert.equal(fits(), true);
  balancer.reconfigure({ ...options, routing: { mode: "classic" } }, 200_000);
  assert.equal(fits(), false);
  balancer.reconfigure(options, 200_000);
  assert.equal(fits(), true);
  balancer.release(hold.leaseId, 200_000);
  balancer.reconfigure({ ...options, routing: { mode: "classic" } }, 200_000);
  assert.equal(fits(), true);
});

Deno.test("sessions that the old rule did not count are counted by the new one", () => {
  const balancer = balancerOver({ a: { cores: 4 } });
  const { hold } = placed(balancer, "medium", 0, "alice");
  balancer.renew(hold.leaseId, 0, { isConfirmed: true });
  placed(balancer, "small");
  const full = { ledger: { cpuShare: 1 }, headroom: { fitCpuShare: 1 } };
  balancer.reconfigure({ ...OPTIONS, routing: adaptive(full) }, 1000);
  placed(balancer, "small", 1000);
  assert.equal(balancer.place({ tier: "small" }, 1000).kind, "refused");
});

Deno.test("reports are judged by the new limit, in both directions", () => {
  const balancer = balancerOver({ a: {} });
  const ask = { tier: "small" };
  balancer.reconfigure({ ...OPTIONS, staleAfterMs: 1000 }, 1001);
  assert.equal(balancer.place(ask, 1001).kind, "refused");
  balancer.reconfigure({ ...OPTIONS, staleAfterMs: 5000 }, 2000);
  assert.equal(balancer.place(ask, 5000).kind, "placed");
  assert.equal(balancer.place(ask, 5001).kind, "refused");
});

Deno.test("lowered bounds: sessions used least recently give way, backends stay and no new one comes", () => {
  const forgotten: string[] = [];
  const balancer = balancerOver({ a: {}, b: {} }, {
    onForgotten: (session) => forgotten.push(session),
  });
  for (const session of ["one", "two", "three"]) {
    placed(balancer, "small", 0, session);
  }
  const lower = { ...OPTIONS, maxSticky: 1, maxBackends: 1 };
  balancer.reconfigure(lower, 0);
  assert.deepEqual(forgotten, ["one", "two"]);
  assert.equal(balancer.size, 2);
  assert.equal(balancer.register(registered("a"), 0), "updated");
  assert.equal(balancer.register(registered("c"), 0), "fleet_full");
});

Deno.test("new leases live as long as the new setting says, and are numbered on", () => {
  const balancer = balancerOver({ a: {} }, { firstLeaseId: 41 });
  const first = placed(balancer, "small");
  const settings = { ...OPTIONS, holdMs: 77, firstLeaseId: 1 };
  balancer.reconfigure(settings, 0);
  const second = placed(balancer, "small");
  assert.deepEqual([first.hold.leaseId, second.hold.leaseId], [41, 42]);
  assert.equal(first.hold.expiresAt, OPTIONS.holdMs);
  assert.equal(second.hold.expiresAt, 77);
});

Deno.test("probes in a row count by the new thresholds, and a drain goes on", () => {
  const balancer = balancerOver({ a: {}, b: {}, c: {} });
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "operator", 0, { deadlineMs: 50 });
  balancer.probe("b", { ok: false }, 0);
  const health = { unhealthyAfter: 2, healthyAfter: 9 };
  balancer.reconfigure({ ...OPTIONS, health }, 0);
  balancer.probe("b", { ok: false }, 0);
  assert.equal(placed(balancer, "small").backendId, "c");
  assert.equal(balancer.drains(0).length, 1);
  balancer.sweep(50);
  assert.equal(balancer.leaseOfSession("alice", "small", 50), undefined);
});

Deno.test("without ejection those that are out come back, and a smaller share lets back whoever is beyond it", () => {
  const events: FleetEvent[] = [];
  const ejection = { ...OPTIONS.ejection!, maxSharePct: 70 };
  const machines = { a: {}, b: {}, c: {} };
  const options = { ejection, onEvent: (one: FleetEvent) => events.push(one) };
  const balancer = balancerOver(machines, options);
  for (let i = 0; i < 10; i++) {
    const decision = balancer.place({ tier: "small", isRequest: true }, 0);
    assert.ok(decision.kind === "placed");
    balancer.finish(decision.lease, { kind: "failed", answerMs: 1 }, 0);
  }
  const told = () =>
    events.filter(({ kind }) => kind === "ejected" || kind === "returned")
      .map((one) => "backendId" in one && `${one.kind} ${one.backendId}`);
  assert.deepEqual(told(), ["ejected a", "ejected b"]);
  balancer.reconfigure(
    { ...OPTIONS, ...options, ejection: OPTIONS.ejection },
    0,
  );
  assert.deepEqual(told().slice(2), ["returned a"]);
  balancer.reconfigure({ ...OPTIONS, ejection: undefined }, 0);
  assert.deepEqual(told().slice(3), ["returned b"]);
  assert.equal(placed(balancer, "small").backendId, "a");
});

/** A full machine, and callers that wait for these tiers. */
function waitingFor(...names: string[]) {
  const options = {
    ...OPTIONS,
    queue: { lengthMax: 9, waitMsMax: 10_000 },
  };
  const balancer = balancerOver({ a: { cores: 1 } }, options);
  const { hold } = placed(balancer, "small");
  const told: string[] = [];
  const withdraw = names.map((tier) =>
    balancer.wait(
      { tier },
      0,
      ({ kind, waitedMs }) => told.push(`${tier} ${kind} ${waitedMs}`),
    )
  );
  const release = (now: number) => balancer.release(hold.leaseId, now);
  return { balancer, options, told, withdraw, release };
}

Deno.test("whoever waits for a tier that is gone is told so at once, the others wait on", () => {
  const { balancer, options, told, release } = waitingFor("medium", "small");
  balancer.reconfigure({ ...options, tiers: SMALL }, 5);
  assert.deepEqual(told, ["medium unknown_tier 5"]);
  assert.equal(balancer.queue(5)?.depth, 1);
  release(6);
  assert.deepEqual(told.slice(1), ["small placed 6"]);
});

Deno.test("whoever waits gets what the tier has become", () => {
  const { balancer, options, told, release } = waitingFor("small");
  balancer.reconfigure({ ...options, tiers: LARGER_SMALL }, 5);
  release(6);
  assert.deepEqual(told, []);
  balancer.report("a", reported({ cores: 3 }), 7);
  assert.deepEqual(told, ["small placed 7"]);
  assert.equal(heldBy(balancer, "a", 7)?.vcpu, 3);
});

Deno.test("whoever waits stands where the tier's new priority says", () => {
  const { balancer, options, told, release } = waitingFor("small", "lite");
  const rows = [["small", 1, 1, 5, 0, 0], ["lite", 1, 1, 5, 0, 0]] as const;
  const [small, lite] = tiersOf(rows);
  const tiers = [small!, { ...lite!, priority: 9 }];
  balancer.reconfigure({ ...options, tiers }, 5);
  release(6);
  assert.deepEqual(told, ["lite placed 6"]);
});

Deno.test("a machine that was kept for an ask is free when the ask's tier is gone", () => {
  const { balancer, options, told } = waitingFor("medium");
  balancer.report("a", reported({ cores: 2 }), 0);
  balancer.sweep(2500);
  assert.equal(balancer.place({ tier: "small" }, 2500).kind, "refused");
  balancer.reconfigure({ ...options, tiers: SMALL }, 2500);
  assert.deepEqual(told, ["medium unknown_tier 2500"]);
  assert.equal(balancer.place({ tier: "small" }, 2500).kind, "placed");
});

Deno.test("when nobody may wait any more, all are told what there is", () => {
  const { balancer, told, withdraw } = waitingFor("small", "lite");
  balancer.reconfigure({ ...OPTIONS, queue: undefined, tiers: SMALL }, 5);
  assert.deepEqual(told.toSorted(), [
    "lite unknown_tier 5",
    "small refused 5",
  ]);
  assert.equal(balancer.queue(5), undefined);
  for (const one of withdraw) one?.();
  assert.equal(balancer.wait({ tier: "small" }, 5, () => {}), undefined);
  assert.equal(told.length, 2);
});

Deno.test("room that the new settings make goes to who waits, also when the queue ends", () => {
  const queue = { lengthMax: 9, waitMsMax: 10_000 };
  for (const then of [undefined, queue]) {
    const balancer = balancerOver({ a: {} }, { queue, staleAfterMs: 1000 });
    const told: string[] = [];
    balancer.wait({ tier: "small" }, 2000, ({ kind }) => told.push(kind));
    balancer.sweep(3000);
    assert.deepEqual(told, []);
    balancer.reconfigure({ ...OPTIONS, queue: then }, 3000);
    assert.deepEqual(told, ["placed"]);
  }
});

Deno.test("the new limits of the queue count, for those that wait already too", () => {
  const { balancer, options, told } = waitingFor("small", "small");
  const queue = { lengthMax: 1, waitMsMax: 100 };
  balancer.reconfigure({ ...options, queue }, 5);
  assert.equal(balancer.queue(5)?.depth, 2);
  assert.equal(balancer.wait({ tier: "small" }, 5, () => {}), undefined);
  balancer.sweep(100);
  assert.deepEqual(told, ["small refused 100", "small refused 100"]);
  assert.equal(balancer.queue(100)?.timedOut, 2);
});

Deno.test("a queue may begin later, and a machine that was kept for one ask is free in between", () => {
  const { balancer, options, withdraw, release } = waitingFor("medium");
  balancer.report("a", reported({ cores: 2 }), 0);
  balancer.sweep(2500);
  assert.equal(balancer.place({ tier: "small" }, 2500).kind, "refused");
  balancer.reconfigure({ ...options, queue: undefined }, 2500);
  assert.equal(balancer.place({ tier: "small" }, 2500).kind, "placed");
  withdraw[0]?.();
  balancer.reconfigure(options, 2500);
  assert.equal(release(2500), true);
  const told: string[] = [];
  balancer.wait({ tier: "medium" }, 2500, ({ kind }) => told.push(kind));
  balancer.releaseAll(2501);
  assert.deepEqual(told, ["placed"]);
});

Deno.test("callbacks and chance stay those that the balancer was built with", () => {
  const told: string[] = [];
  const balancer = new Balancer({
    ...OPTIONS,
    chance: () => 0,
    onEvent: ({ kind }) => told.push(kind),
  });
  balancer.register(registered("a"), 0);
  balancer.reconfigure({ ...OPTIONS, ...{ onEvent: undefined } }, 0);
  balancer.drain("a", "agent", 0);
  assert.deepEqual(told, ["draining", "drained"]);
});

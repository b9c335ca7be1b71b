import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { DrainView } from "../../src/engine/drain.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import { EJECTION_DEFAULTS } from "../../src/engine/routing_options.ts";
import { ADAPTIVE, OPTIONS } from "./fleets.ts";
import {
  balancerOver,
  type Machine,
  placed,
  registered,
  reported,
} from "./machines.ts";

const HOLD_MS = 10_000;
const ANSWERED = { kind: "answered", answerMs: 1 } as const;

interface Home {
  readonly balancer: Balancer;
  readonly events: FleetEvent[];
  readonly ended: number[];
  readonly forgotten: string[];
}

/** Idle machines; the first is the best one for everybody. */
function homeOf(
  ids: readonly string[],
  options: Partial<BalancerOptions> = {},
): Home {
  const machines: Record<string, Machine> = {};
  for (const [index, id] of ids.entries()) machines[id] = { cpuPct: index };
  const events: FleetEvent[] = [];
  const ended: number[] = [];
  const forgotten: string[] = [];
  const balancer = balancerOver(machines, {
    holdMs: HOLD_MS,
    staleAfterMs: Infinity,
    onEvent: (event) => events.push(event),
    onLeaseEnded: (id) => ended.push(id),
    onForgotten: (session, _, id) => forgotten.push(`${session} ${id}`),
    ...options,
  });
  return { balancer, events, ended, forgotten };
}

function viewOf(balancer: Balancer, id: string, now: number) {
  const view = balancer.backends(now)
    .find(({ registration }) => registration.id === id);
  assert.ok(view !== undefined);
  return view;
}

function stateOf(balancer: Balancer, id: string, now: number) {
  return viewOf(balancer, id, now).drain?.state;
}

for (const routing of [ADAPTIVE, { mode: "classic" } as const]) {
  Deno.test(`${routing.mode}: a draining backend gets no new session and no single request, and says why`, () => {
    const { balancer } = homeOf(["a", "b"], { routing });
    assert.equal(placed(balancer, "small").backendId, "a");
    balancer.drain("a", "operator", 0);
    for (const isRequest of [false, true]) {
      for (const stickyId of [undefined, `new ${isRequest}`]) {
        const ask = { tier: "small", isRequest, stickyId };
        const decision = balancer.place(ask, 0);
        assert.ok(decision.kind === "placed" && decision.backendId === "b");
      }
    }
    balancer.drain("b", "operator", 0);
    const refusal = balancer.place({ tier: "small", isRequest: true }, 0);
    assert.ok(refusal.kind === "refused");
    assert.equal(refusal.tally.draining, 2);
    assert.match(viewOf(balancer, "a", 0).obstacle ?? "", /draining/);
    const plan = balancer.explain({ tier: "small" }, 0)?.candidates[0];
    assert.ok(plan?.kind === "removed" && plan.reason === "draining");
  });
}

Deno.test("sessions with a live lease stay on a draining backend, and leave when it has ended", () => {
  const { balancer } = homeOf(["a", "b"]);
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "operator", 0);
  const kept = placed(balancer, "small", HOLD_MS - 1, "alice");
  assert.deepEqual([kept.backendId, kept.stickiness], ["a", "kept"]);
  const ask = { tier: "small", stickyId: "alice", isRequest: true };
  const request = balancer.place(ask, HOLD_MS);
  assert.ok(request.kind === "placed" && request.backendId === "a");
  balancer.finish(request.lease, ANSWERED, HOLD_MS);
  assert.equal(stateOf(balancer, "a", HOLD_MS), "draining");
  const moved = placed(balancer, "small", 2 * HOLD_MS, "alice");
  assert.equal(moved.backendId, "b");
  assert.equal(stateOf(balancer, "a", 2 * HOLD_MS), "drained");
});

Deno.test("a session whose lease has ended is not brought back by its assignment or those of its other tiers", () => {
  const { balancer } = homeOf(["a", "b"]);
  const first = placed(balancer, "small", 0, "alice");
  placed(balancer, "medium", 0, "alice");
  balancer.drain("a", "operator", 0);
  balancer.release(first.hold.leaseId, 0);
  assert.equal(balancer.assignments().length, 2);
  const moved = placed(balancer, "small", 0, "alice");
  assert.deepEqual([moved.backendId, moved.stickiness], ["b", "moved"]);
  assert.equal(placed(balancer, "large", 0, "alice").backendId, "b");
});

Deno.test("a backend is drained when its last lease and its last request are gone, and that is told once", () => {
  const { balancer, events } = homeOf(["a"]);
  const session = placed(balancer, "small", 0, "alice");
  const single = balancer.place({ tier: "small", isRequest: true }, 0);
  assert.ok(single.kind === "placed");
  balancer.drain("a", "agent", 0);
  balancer.release(session.hold.leaseId, 1);
  assert.deepEqual(viewOf(balancer, "a", 1).drain, {
    state: "draining",
    by: ["agent"],
    since: 0,
    deadlineAt: undefined,
    sessions: 0,
    inFlight: 1,
  });
  balancer.finish(single.lease, ANSWERED, 2);
  assert.deepEqual(events, [
    { kind: "draining", backendId: "a", by: "agent" },
    { kind: "drained", backendId: "a", sessions: 0, inFlight: 0 },
  ]);
  balancer.sweep(3);
  assert.equal(balancer.drain("a", "agent", 4).kind, "draining");
  assert.equal(events.length, 2);
});

Deno.test("a backend that works on a request of a session that has left is not drained yet", () => {
  const { balancer } = homeOf(["a"]);
  const ask = { tier: "small", stickyId: "alice", isRequest: true };
  const request = balancer.place(ask, 0);
  assert.ok(request.kind === "placed");
  balancer.release(request.hold.leaseId, 0);
  balancer.drain("a", "operator", 0);
  assert.equal(stateOf(balancer, "a", 1), "draining");
  balancer.finish(request.lease, ANSWERED, 2);
  assert.equal(stateOf(balancer, "a", 2), "drained");
});

Deno.test("the end of a lease on a draining backend is nothing to wait for", () => {
  const { balancer } = homeOf(["a"]);
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "operator", 0);
  const refusal = balancer.place({ tier: "small" }, 0);
  assert.ok(refusal.kind === "refused");
  assert.ok(refusal.retryAfterMs > HOLD_MS, `${refusal.retryAfterMs}`);
});

Deno.test("an idle backend is drained at once", () => {
  const { balancer, events } = homeOf(["a"]);
  const outcome = balancer.drain("a", "operator", 7);
  assert.ok(outcome.kind === "draining");
  assert.equal(outcome.view.state, "drained");
  assert.deepEqual(events.map(({ kind }) => kind), ["draining", "drained"]);
});

Deno.test("at the deadline sessions are moved and requests go on", () => {
  const { balancer, events, ended, forgotten } = homeOf(["a", "b"], {
    holdMs: 60_000,
  });
  const session = placed(balancer, "small", 0, "alice");
  const exclude = new Set(["a"]);
  const elsewhere = balancer.place({ tier: "small", exclude }, 0);
  assert.ok(elsewhere.kind === "placed" && elsewhere.backendId === "b");
  const ask = { tier: "small", stickyId: "bob", isRequest: true };
  const request = balancer.place(ask, 0);
  assert.ok(request.kind === "placed");
  const single = balancer.place({ tier: "small", isRequest: true }, 0);
  assert.ok(single.kind === "placed");
  balancer.drain("a", "operator", 0, { deadlineMs: 5000 });
  balancer.sweep(4999);
  assert.deepEqual([ended, forgotten], [[], []]);
  balancer.sweep(5000);
  const ids = [session.hold.leaseId, request.hold.leaseId];
  assert.deepEqual(ended, ids);
  assert.deepEqual(forgotten.toSorted(), ["alice a", "bob a"]);
  assert.ok(balancer.lease(elsewhere.hold.leaseId, 5000) !== undefined);
  assert.deepEqual(events.at(-1), {
    kind: "drained",
    backendId: "a",
    sessions: 2,
    inFlight: 2,
  });
  assert.equal(balancer.renew(ids[0]!, 5000), undefined);
  assert.equal(placed(balancer, "small", 5000, "alice").backendId, "b");
  assert.equal(viewOf(balancer, "a", 5000).drain?.inFlight, 2);
  balancer.finish(request.lease, ANSWERED, 6000);
  balancer.finish(single.lease, ANSWERED, 6000);
  const { held, inFlight } = viewOf(balancer, "a", 6000);
  assert.deepEqual([held.leases, held.vcpu, inFlight], [0, 0, 0]);
  assert.equal(events.length, 2);
});

Deno.test("who asks again is noted, and the deadline that was given last counts", () => {
  const { balancer, events } = homeOf(["a"]);
  placed(balancer, "small", 0, "alice");
  const view = (outcome: ReturnType<Balancer["drain"]>): DrainView => {
    assert.ok(outcome.kind === "draining");
    return outcome.view;
  };
  balancer.drain("a", "agent", 0, { deadlineMs: 9000 });
  const second = view(balancer.drain("a", "operator", 1000));
  assert.deepEqual(second.by, ["agent", "operator"]);
  assert.deepEqual([second.since, second.deadlineAt], [0, 9000]);
  const third = view(balancer.drain("a", "agent", 2000, { deadlineMs: 1000 }));
  assert.deepEqual([third.by.length, third.deadlineAt], [2, 3000]);
  assert.equal(events.length, 1);
  assert.deepEqual(balancer.drains(2000), [{
    backendId: "a",
    by: ["agent", "operator"],
    since: 0,
    deadlineAt: 3000,
  }]);
});

Deno.test("an agent ends its own drain alone, an operator every one", () => {
  const { balancer, events } = homeOf(["a", "b"]);
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "agent", 0);
  balancer.drain("a", "operator", 0);
  assert.equal(balancer.undrain("a", "agent", 1), "still_draining");
  assert.deepEqual(balancer.drains(1)[0]?.by, ["operator"]);
  assert.equal(balancer.undrain("a", "agent", 2), "still_draining");
  balancer.drain("a", "agent", 3);
  assert.equal(balancer.undrain("a", "operator", 4), "undrained");
  assert.equal(balancer.undrain("a", "operator", 4), "not_draining");
  assert.equal(balancer.undrain("none", "agent", 4), "unknown_backend");
  assert.equal(balancer.drain("none", "agent", 4).kind, "unknown_backend");
  assert.deepEqual(balancer.drains(4), []);
  assert.deepEqual(events.at(-1), { kind: "undrained", backendId: "a" });
  assert.equal(placed(balancer, "small", 4).backendId, "a");
});

Deno.test("a backend that is back in service serves who waited for it", () => {
  const { balancer } = homeOf(["a"], {
    queue: { lengthMax: 1, waitMsMax: 60_000 },
  });
  balancer.drain("a", "operator", 0);
  const told: string[] = [];
  balancer.wait({ tier: "small" }, 0, ({ kind }) => told.push(kind));
  balancer.sweep(1);
  assert.deepEqual(told, []);
  balancer.undrain("a", "operator", 2);
  assert.deepEqual(told, ["placed"]);
});

Deno.test("a backend whose last session gets room elsewhere is drained at that moment", () => {
  const { balancer, events } = homeOf(["a", "b"], {
    queue: { lengthMax: 1, waitMsMax: 60_000 },
  });
  const { hold: { leaseId } } = placed(balancer, "small", 0, "alice");
  balancer.drain("a", "agent", 0);
  while (balancer.place({ tier: "large" }, 0).kind === "placed");
  balancer.renew(leaseId, HOLD_MS / 2);
  const told: string[] = [];
  const ask = { tier: "small", stickyId: "alice", exclude: new Set(["a"]) };
  balancer.wait(ask, HOLD_MS / 2, ({ kind }) => told.push(kind));
  assert.equal(stateOf(balancer, "a", HOLD_MS - 1), "draining");
  // The leases on b end, which makes room for her.
  assert.equal(stateOf(balancer, "a", HOLD_MS), "drained");
  assert.deepEqual(told, ["placed"]);
  assert.equal(events.at(-1)?.kind, "drained");
});

Deno.test("a machine whose room is kept for a waiting ask is not when it drains", () => {
  const { balancer } = homeOf(["a", "b"], {
    queue: { lengthMax: 4, waitMsMax: 4000 },
    holdMs: 60_000,
  });
  for (let i = 0; i < 8; i++) placed(balancer, "large");
  const told: string[] = [];
  balancer.wait({ tier: "large" }, 0, (waited) => {
    told.push(waited.kind === "placed" ? waited.backendId : waited.kind);
  });
  balancer.sweep(2000);
  const isKept = (id: string) => {
    const plan = balancer.explain({ tier: "small" }, 2000)?.candidates ?? [];
    const one = plan.find(({ backendId }) => backendId === id);
    return one?.kind === "removed" && one.reason === "cores" &&
      one.shortages.length === 0;
  };
  assert.ok(isKept("a"));
  balancer.drain("a", "operator", 2000);
  balancer.sweep(2000);
  assert.ok(isKept("b"));
  const leases = balancer.leases(2000);
  for (const { id, slot } of leases) {
    if (slot.registration.id === "b") balancer.release(id, 2000);
  }
  assert.deepEqual(told, ["b"]);
});

Deno.test("no more backends are unavailable than a drain allows", () => {
  const { balancer } = homeOf(["a", "b", "c", "d"], { ejection: undefined });
  balancer.register(registered("silent"), 0);
  const most = { unavailableMax: 2 };
  assert.equal(balancer.drain("a", "operator", 0, most).kind, "draining");
  assert.deepEqual(balancer.drain("b", "operator", 0, most), {
    kind: "too_many_unavailable",
    unavailable: ["a", "silent"],
  });
  assert.equal(viewOf(balancer, "b", 0).drain, undefined);
  assert.equal(balancer.drain("a", "operator", 0, most).kind, "draining");
  // It is one of the two itself.
  assert.equal(balancer.drain("silent", "agent", 0, most).kind, "draining");
  balancer.undrain("silent", "agent", 0);
  balancer.report("silent", reported(), 0);
  assert.equal(balancer.drain("b", "operator", 0, most).kind, "draining");
  balancer.undrain("a", "operator", 0);
  for (let i = 0; i < 3; i++) balancer.probe("c", { ok: false }, 0);
  assert.deepEqual(balancer.drain("d", "operator", 0, most), {
    kind: "too_many_unavailable",
    unavailable: ["b", "c"],
  });
});

Deno.test("a drain outlives a registration and silence", () => {
  const { balancer } = homeOf(["a", "b"], { staleAfterMs: 1000 });
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "operator", 0);
  balancer.register(registered("a"), 0);
  assert.equal(stateOf(balancer, "a", 0), "draining");
  const stale = balancer.place({ tier: "small" }, 1001);
  assert.ok(stale.kind === "refused");
  assert.deepEqual([stale.tally.stale, stale.tally.draining], [2, 0]);
});

/** Lets requests to a backend fail until it is left out, or often enough for that. */
function fail(balancer: Balancer, id: string, stickyId?: string): void {
  const others = new Set(["a", "b", "c", "d"].filter((one) => one !== id));
  const exclude = stickyId === undefined ? others : undefined;
  for (let i = 0; i < 5; i++) {
    const ask = { tier: "small", isRequest: true, stickyId, exclude };
    const decision = balancer.place(ask, 0);
    assert.ok(decision.kind === "placed" && decision.backendId === id);
    balancer.finish(decision.lease, { kind: "failed", answerMs: 1 }, 0);
  }
}

function ejected(balancer: Balancer): string[] {
  return balancer.backends(0).filter(({ isEjected }) => isEjected)
    .map(({ registration }) => registration.id);
}

Deno.test("the last backend in service is not left out because requests to it fail", () => {
  const { balancer } = homeOf(["a", "b"]);
  balancer.register(registered("silent"), 0);
  balancer.drain("a", "operator", 0);
  fail(balancer, "b");
  assert.deepEqual(ejected(balancer), []);
});

Deno.test("a draining backend is left out beside the share of the others, and within it when it is back", () => {
  const { balancer } = homeOf(["a", "b", "c", "d"]);
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "operator", 0);
  fail(balancer, "b");
  fail(balancer, "a", "alice");
  fail(balancer, "c");
  assert.deepEqual(ejected(balancer), ["a", "b"]);
  assert.equal(placed(balancer, "small", 0, "alice").backendId, "c");
  balancer.undrain("a", "operator", 0);
  assert.equal(ejected(balancer).length, 1);
});

Deno.test("when the share shrinks, who drains is not let back in place of another", () => {
  const { balancer } = homeOf(["a", "b", "c", "d"]);
  placed(balancer, "small", 0, "alice");
  balancer.drain("a", "operator", 0);
  fail(balancer, "a", "alice");
  fail(balancer, "b");
  assert.deepEqual(ejected(balancer), ["a", "b"]);
  const ejection = { ...EJECTION_DEFAULTS, maxSharePct: 0 };
  balancer.reconfigure({ ...OPTIONS, ejection }, 0);
  assert.deepEqual(ejected(balancer), ["a"]);
});

Deno.test("a drain of an earlier run goes on, its deadline too", () => {
  const { balancer, events } = homeOf(["a"]);
  placed(balancer, "small", 100, "alice");
  const record = {
    backendId: "a",
    by: ["agent"],
    since: -500,
    deadlineAt: 200,
  } as const;
  assert.equal(balancer.restoreDrain({ ...record, by: [] }, 100), false);
  assert.equal(balancer.restoreDrain(record, 100), true);
  assert.equal(balancer.restoreDrain(record, 100), false);
  const gone = { ...record, backendId: "gone" };
  assert.equal(balancer.restoreDrain(gone, 100), false);
  assert.deepEqual(balancer.drains(100), [record]);
  assert.deepEqual(events, []);
  balancer.sweep(200);
  assert.deepEqual(events.map(({ kind }) => kind), ["drained"]);
});

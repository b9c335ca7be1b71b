/** Drains of backends that leave the fleet and come back, and whose word moves idle sessions. */
import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { DrainedBy } from "../../src/engine/drain.ts";
import { KEPT_DRAINS_MAX } from "../../src/engine/draining.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import { balancerOver, placed, registered, reported } from "./machines.ts";

/** When `a` has been silent for so long that it is forgotten. */
const LATE = 10_000;

interface Home {
  readonly balancer: Balancer;
  readonly events: FleetEvent[];
  readonly forgotten: string[];
}

/** Two backends, of which `a` is the best one for everybody. */
function home(): Home {
  const events: FleetEvent[] = [];
  const forgotten: string[] = [];
  const balancer = balancerOver({ a: {}, b: { cpuPct: 1 } }, {
    staleAfterMs: Infinity,
    onEvent: (event) => events.push(event),
    onForgotten: (session, _, id) => forgotten.push(`${session} ${id}`),
  });
  return { balancer, events, forgotten };
}

/** Drains `a`, which has a session, and lets it be silent until it is forgotten. */
function withoutA(...by: readonly DrainedBy[]): Home {
  const its = home();
  placed(its.balancer, "small", 0, "alice");
  for (const one of by) its.balancer.drain("a", one, 0);
  its.balancer.report("b", reported({ cpuPct: 1 }), LATE);
  assert.deepEqual(its.balancer.removeSilent(1000, LATE), ["a"]);
  return its;
}

function back(balancer: Balancer): void {
  balancer.register(registered("a"), LATE);
  balancer.report("a", reported(), LATE);
}

function kinds(events: readonly FleetEvent[]): string[] {
  return events.map(({ kind }) => kind);
}

Deno.test("a backend that an operator drains is drained when it has left, and still when it is back", () => {
  const { balancer, events } = withoutA("operator", "agent");
  const [record] = balancer.drains(LATE);
  assert.deepEqual([record?.backendId, record?.by], ["a", ["operator"]]);
  const { by, since, deadlineAt } = record!;
  assert.deepEqual(balancer.drainOf("a", LATE), {
    ...{ state: "drained", by, since, deadlineAt, sessions: 0, inFlight: 0 },
  });
  assert.equal(balancer.undrain("a", "agent", LATE), "still_draining");
  assert.equal(balancer.drain("a", "agent", LATE).kind, "unknown_backend");
  assert.equal(balancer.drain("a", "operator", LATE).kind, "draining");
  back(balancer);
  assert.equal(balancer.backends(LATE)[1]?.drain?.state, "drained");
  assert.equal(placed(balancer, "small", LATE, "bob").backendId, "b");
  assert.deepEqual(kinds(events), ["draining", "drained"]);
  assert.equal(balancer.undrain("a", "operator", LATE), "undrained");
  assert.equal(placed(balancer, "small", LATE, "carol").backendId, "a");
  assert.deepEqual(kinds(events), ["draining", "drained", "undrained"]);
});

Deno.test("an operator ends the drain of a backend that is gone", () => {
  const { balancer, events } = withoutA("operator");
  assert.equal(balancer.undrain("a", "operator", LATE), "undrained");
  assert.equal(balancer.undrain("a", "operator", LATE), "unknown_backend");
  assert.deepEqual(balancer.drains(LATE), []);
  assert.deepEqual(kinds(events), ["draining", "drained", "undrained"]);
  back(balancer);
  assert.equal(placed(balancer, "small", LATE).backendId, "a");
});

Deno.test("an agent's drain goes with its backend", () => {
  const { balancer, events } = withoutA("agent");
  assert.deepEqual(balancer.drains(LATE), []);
  assert.equal(balancer.drainOf("a", LATE), undefined);
  back(balancer);
  assert.equal(placed(balancer, "small", LATE).backendId, "a");
  assert.deepEqual(kinds(events), ["draining"]);
});

Deno.test("after a restart an operator's drain counts whose backend is not there yet", () => {
  const { balancer } = home();
  const record = { since: -5, deadlineAt: undefined };
  const restore = (backendId: string, by: readonly DrainedBy[]) =>
    balancer.restoreDrain({ ...record, backendId, by }, 0);
  assert.equal(restore("off", ["agent"]), false);
  assert.equal(restore("off", ["agent", "operator"]), true);
  assert.equal(restore("off", ["operator"]), false);
  assert.deepEqual(balancer.drains(0), [
    { ...record, backendId: "off", by: ["operator"] },
  ]);
  balancer.register(registered("off"), 0);
  assert.equal(balancer.drainOf("off", 0)?.state, "drained");
});

Deno.test("of the drains whose backends are gone the oldest gives way, and that is told", () => {
  const { balancer, events } = home();
  balancer.drain("b", "operator", 0);
  events.length = 0;
  for (let i = 0; i <= KEPT_DRAINS_MAX; i++) {
    const record = { backendId: `off${i}`, since: i, deadlineAt: undefined };
    balancer.restoreDrain({ ...record, by: ["operator"] }, 0);
  }
  assert.deepEqual(events, [{ kind: "undrained", backendId: "off0" }]);
  const ids = balancer.drains(0).map(({ backendId }) => backendId);
  assert.equal(ids.length, KEPT_DRAINS_MAX + 1);
  assert.deepEqual(ids.slice(0, 2), ["b", "off1"]);
});

Deno.test("an agent that drains its machine to be restarted moves only sessions that ask meanwhile", () => {
  const { balancer, forgotten } = home();
  const leases = ["alice", "bob"].map((id) => placed(balancer, "small", 0, id));
  balancer.drain("a", "agent", 0);
  for (const { hold } of leases) balancer.release(hold.leaseId, 1);
  assert.equal(balancer.drainOf("a", 1)?.state, "drained");
  assert.equal(placed(balancer, "small", 1, "bob").backendId, "b");
  balancer.undrain("a", "agent", 2);
  assert.deepEqual(forgotten, []);
  assert.equal(placed(balancer, "small", 3, "alice").stickiness, "kept");
  assert.equal(placed(balancer, "small", 3, "bob").backendId, "b");
});

Deno.test("an operator's drain frees idle sessions, also when it joins an agent's that is over", () => {
  for (const first of ["operator", "agent"] as const) {
    const { balancer, forgotten } = home();
    const { hold } = placed(balancer, "small", 0, "alice");
    balancer.drain("a", first, 0);
    balancer.release(hold.leaseId, 1);
    balancer.drain("a", "operator", 1);
    assert.deepEqual(forgotten, ["alice a"]);
  }
});

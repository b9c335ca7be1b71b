import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import { OPTIONS } from "./fleets.ts";
import { balancerOver, type Machine, placed, reported } from "./machines.ts";

interface Home {
  readonly balancer: Balancer;
  readonly events: FleetEvent[];
  readonly forgotten: string[];
  readonly options: BalancerOptions;
}

/** So many idle machines, b0 the best one for everybody. */
function homeOf(size: number, changed: Partial<BalancerOptions> = {}): Home {
  const machines: Record<string, Machine> = {};
  for (let i = 0; i < size; i++) machines[`b${i}`] = { cpuPct: i };
  const events: FleetEvent[] = [];
  const forgotten: string[] = [];
  const options: BalancerOptions = {
    ...OPTIONS,
    staleAfterMs: 60_000,
    holdMs: 1000,
    health: { unhealthyAfter: 1, healthyAfter: 1 },
    onEvent: (event) => events.push(event),
    onForgotten: (session, _, id) => forgotten.push(`${session} ${id}`),
    ...changed,
  };
  const balancer = balancerOver(machines, options);
  return { balancer, events, forgotten, options };
}

function probe(balancer: Balancer, ids: readonly string[], ok: boolean) {
  for (const id of ids) {
    balancer.probe(id, ok ? { ok, latencyMs: 0 } : { ok }, 0);
  }
}

Deno.test("health is told when it turns, and not that an unknown backend is healthy", () => {
  const { balancer, events } = homeOf(3);
  probe(balancer, ["b0"], true);
  assert.deepEqual(events, []);
  probe(balancer, ["b0", "b0"], false);
  assert.deepEqual(events, [{ kind: "unhealthy", backendId: "b0" }]);
  probe(balancer, ["b0", "b0"], true);
  assert.deepEqual(events.slice(1), [{ kind: "healthy", backendId: "b0" }]);
});

Deno.test("half of the fleet out is no panic, more than half is, and its end is told", () => {
  const { balancer, events } = homeOf(4);
  probe(balancer, ["b0", "b1"], false);
  assert.equal(balancer.panic(0), undefined);
  assert.equal(placed(balancer, "small").backendId, "b2");
  probe(balancer, ["b2"], false);
  const panic = { out: 3, of: 4, isOpen: true };
  assert.deepEqual(balancer.panic(0), panic);
  assert.deepEqual(events.at(-1), { kind: "panic", ...panic });
  assert.equal(placed(balancer, "small").backendId, "b0");
  assert.equal(balancer.backends(0)[0]?.health, "unhealthy");
  probe(balancer, ["b3"], false);
  assert.equal(balancer.panic(0)?.out, 4);
  probe(balancer, ["b3", "b2"], true);
  assert.deepEqual(events.at(-1), { kind: "calm", out: 2, of: 4 });
  assert.equal(placed(balancer, "small").backendId, "b2");
  const kinds = events.map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === "panic").length, 1);
});

Deno.test("in panic that fails open sessions stay where probes fail, until probes are believed again", () => {
  const { balancer, forgotten } = homeOf(3);
  placed(balancer, "small", 0, "alice");
  probe(balancer, ["b1", "b2", "b0"], false);
  assert.deepEqual(forgotten, []);
  const kept = placed(balancer, "small", 0, "alice");
  assert.deepEqual([kept.backendId, kept.stickiness], ["b0", "kept"]);
  assert.equal(placed(balancer, "small", 5000, "alice").backendId, "b0");
  assert.equal(placed(balancer, "small", 5000, "bob").backendId, "b0");
  probe(balancer, ["b1", "b2"], true);
  assert.deepEqual(forgotten, ["alice b0", "bob b0"]);
  assert.equal(placed(balancer, "small", 5000, "alice").backendId, "b1");
});

Deno.test("the one whose probes bring the panic about keeps its sessions too", () => {
  const { balancer, forgotten } = homeOf(3);
  placed(balancer, "small", 0, "alice");
  probe(balancer, ["b1", "b0"], false);
  assert.deepEqual(forgotten, []);
  assert.equal(placed(balancer, "small", 0, "alice").stickiness, "kept");
});

Deno.test("reports that have turned stale unseen don't count when a backend turns", () => {
  const { balancer, forgotten } = homeOf(3, { holdMs: 1e6 });
  balancer.report("b0", reported(), 50_000);
  placed(balancer, "small", 50_000, "alice");
  balancer.probe("b0", { ok: false }, 70_000);
  assert.deepEqual(forgotten, []);
  assert.equal(placed(balancer, "small", 70_000, "alice").stickiness, "kept");
});

Deno.test("in panic that fails closed nothing changes but that it is told", () => {
  const { balancer, events, forgotten } = homeOf(3, { panic: "fail_closed" });
  placed(balancer, "small", 0, "alice");
  probe(balancer, ["b0", "b1"], false);
  assert.deepEqual(forgotten, ["alice b0"]);
  const panic = { out: 2, of: 3, isOpen: false };
  assert.deepEqual(balancer.panic(0), panic);
  assert.deepEqual(events.at(-1), { kind: "panic", ...panic });
  assert.equal(placed(balancer, "small").backendId, "b2");
  probe(balancer, ["b2"], false);
  const refusal = balancer.place({ tier: "small" }, 0);
  assert.ok(refusal.kind === "refused" && refusal.tally.unhealthy === 3);
});

Deno.test("backends that drain or say nothing count neither as out nor as there", () => {
  const { balancer } = homeOf(4);
  probe(balancer, ["b0"], false);
  balancer.drain("b1", "operator", 0);
  balancer.drain("b2", "operator", 0);
  assert.equal(balancer.panic(0), undefined);
  balancer.drain("b3", "operator", 0);
  assert.deepEqual(balancer.panic(0), { out: 1, of: 1, isOpen: true });
  balancer.undrain("b3", "operator", 0);
  assert.equal(balancer.panic(0), undefined);
  balancer.report("b0", reported(), 50_000);
  assert.deepEqual(balancer.panic(60_001), { out: 1, of: 1, isOpen: true });
  balancer.report("b3", reported(), 60_002);
  assert.equal(balancer.panic(60_002), undefined);
  assert.equal(balancer.panic(120_003), undefined);
  assert.deepEqual(balancer.removeSilent(1, 120_003).length, 4);
});

Deno.test("backends that are ejected count as out, and stay out in panic", () => {
  const { balancer, events } = homeOf(3);
  const ask = { tier: "small", isRequest: true };
  for (let i = 0; i < 5; i++) {
    const decision = balancer.place(ask, 0);
    assert.ok(decision.kind === "placed");
    balancer.finish(decision.lease, { kind: "failed", answerMs: 1 }, 0);
  }
  assert.equal(events.at(-1)?.kind, "ejected");
  probe(balancer, ["b1"], false);
  assert.deepEqual(balancer.panic(0), { out: 2, of: 3, isOpen: true });
  assert.equal(placed(balancer, "small").backendId, "b1");
  assert.equal(balancer.panic(5000), undefined);
  assert.deepEqual(events.slice(-2).map(({ kind }) => kind), [
    "returned",
    "calm",
  ]);
  assert.equal(placed(balancer, "small", 5000).backendId, "b0");
});

Deno.test("who is unhealthy does not count as somebody left to work, unless probes are not believed", () => {
  for (const panic of ["fail_closed", "fail_open"] as const) {
    const { balancer, events } = homeOf(3, { panic });
    probe(balancer, ["b1", "b2"], false);
    for (let i = 0; i < 5; i++) {
      const decision = balancer.place({ tier: "small", isRequest: true }, 0);
      assert.ok(decision.kind === "placed" && decision.backendId === "b0");
      const failed = { kind: "failed", answerMs: 1 } as const;
      balancer.finish(decision.lease, failed, 0);
    }
    const isOut = events.some(({ kind }) => kind === "ejected");
    assert.equal(isOut, panic === "fail_open");
  }
});

Deno.test("another mode counts at once, and is told", () => {
  const { balancer, events, forgotten, options } = homeOf(2);
  probe(balancer, ["b0", "b1"], false);
  placed(balancer, "small", 0, "alice");
  balancer.reconfigure({ ...options, panic: "fail_closed" }, 0);
  const panic = { out: 2, of: 2, isOpen: false };
  assert.deepEqual(events.at(-1), { kind: "panic", ...panic });
  assert.deepEqual(forgotten, ["alice b0"]);
  assert.equal(balancer.place({ tier: "small" }, 0).kind, "refused");
  balancer.reconfigure(options, 0);
  assert.equal(placed(balancer, "small").backendId, "b0");
});

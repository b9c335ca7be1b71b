import assert from "node:assert/strict";
import fc from "fast-check";
import { AdaptiveRule } from "../../src/engine/adaptive.ts";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Fitting } from "../../src/engine/explanation.ts";
import { UsualTimes } from "../../src/engine/usual_times.ts";
import { seedOf } from "../seed.ts";
import { adaptive, settings, type SomeSettings } from "./adaptive_routing.ts";
import { OPTIONS } from "./fleets.ts";
import { balancerOver, type Machine } from "./machines.ts";
import { HERE, standing } from "./place_worlds.ts";

/** The farthest that a machine can be, km. */
const ANTIPODE_KM = Math.PI * 6371;

/** Machines by their distance in km, each with its mean CPU use. */
function world(
  byKm: Readonly<Record<number, number>>,
  changed: SomeSettings = {},
): Balancer {
  const machines: Record<string, Machine> = {};
  for (const [km, cpuPct] of Object.entries(byKm)) {
    machines[km] = { place: standing(Number(km)), cpuPct };
  }
  return balancerOver(machines, { routing: adaptive(changed) });
}

/** How far the machine is that a session goes to. */
function chosenKm(balancer: Balancer, tier = "small"): number {
  const decision = balancer.place({ tier, place: HERE }, 0);
  assert.ok(decision.kind === "placed", decision.kind);
  assert.ok(Math.abs(decision.distanceKm - Number(decision.backendId)) < 1);
  return Number(decision.backendId);
}

function pointsOf(changed: SomeSettings = {}): (km: number) => number {
  return new AdaptiveRule(settings(changed), new UsualTimes()).pointsOfKm;
}

Deno.test("a near machine at 60 % comes before idle ones far away", () => {
  const far = { 900: 0, 3000: 0, 9000: 0, 20_000: 0 };
  assert.equal(chosenKm(world({ 100: 60, ...far })), 100);
});

for (const guard of ["penalty", "prefer", "strict"] as const) {
  Deno.test(`machines nearby that pass their targets are left for the next nearest with room (guard ${guard})`, () => {
    const byKm = { 20: 88, 100: 90, 1100: 91, 1300: 40, 1900: 0, 9000: 0 };
    assert.equal(chosenKm(world(byKm, { headroom: { guard } })), 1300);
  });
}

Deno.test("load spills outward, nearest first", () => {
  const balancer = world({ 50: 0, 700: 0, 1400: 0, 2000: 0 });
  const order: number[] = [];
  for (let i = 0; i < 60; i++) {
    const decision = balancer.place({ tier: "small", place: HERE }, 0);
    if (decision.kind !== "placed") break;
    const km = Number(decision.backendId);
    if (!order.includes(km)) order.push(km);
  }
  assert.deepEqual(order, [50, 700, 1400, 2000]);
});

Deno.test("an ocean is crossed when nothing nearer fits, not before", () => {
  assert.equal(chosenKm(world({ 100: 90, 6000: 0 })), 100);
  assert.equal(chosenKm(world({ 100: 96, 6000: 0, 9000: 0 })), 6000);
});

Deno.test("without a guard nothing pushes load away from a machine nearby that still has room", () => {
  const byKm = { 100: 90, 1500: 0 };
  assert.equal(chosenKm(world(byKm)), 1500);
  assert.equal(chosenKm(world(byKm, { headroom: { guard: "off" } })), 100);
});

Deno.test("a kilometre more is always more points, and never as many as the bound", () => {
  const km = fc.nat(20_015);
  const weight = fc.double({ min: 0.01, max: 1000, noNaN: true });
  const bound = fc.double({ min: 1, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      km,
      km,
      weight,
      bound,
      (a, b, distance, distanceMax) => {
        const points = pointsOf({ weights: { distance, distanceMax } });
        const [near, far] = [Math.min(a, b), Math.max(a, b)];
        assert.ok(points(near) <= distance * near + 1e-6);
        assert.ok(points(far) < distanceMax);
        if (near < far) assert.ok(points(near) < points(far));
      },
    ),
    { seed: seedOf("points of km"), numRuns: 2000 },
  );
});

Deno.test("by default 100 km are 97 points, 1,000 km 750, and the far side of the Earth 2,609", () => {
  const points = pointsOf();
  const rounded = [0, 100, 1000, 6000, ANTIPODE_KM].map((km) =>
    Math.round(points(km))
  );
  assert.deepEqual(rounded, [0, 97, 750, 2000, 2609]);
});

Deno.test("with no bound every kilometre counts alike, and with no weight none does", () => {
  const straight = pointsOf({ weights: { distance: 2, distanceMax: 0 } });
  assert.deepEqual([0, 5, 20_000].map(straight), [0, 10, 40_000]);
  for (const distanceMax of [0, 900]) {
    const none = pointsOf({ weights: { distance: 0, distanceMax } });
    assert.deepEqual([0, 5, 20_000].map(none), [0, 0, 0]);
  }
});

Deno.test("the machine at the antipodes is taken when it is the only one", () => {
  assert.equal(chosenKm(world({ 20_015: 50 })), 20_015);
});

Deno.test("explanations show the points that decided: bent for sessions, straight for single requests", () => {
  const balancer = world({ 1000: 0 });
  const termOf = (isRequest: boolean) => {
    const ask = { tier: "small", place: HERE, isRequest };
    const [one] = balancer.explain(ask, 0)?.candidates ?? [];
    assert.equal(one?.kind, "fits");
    const { score, terms } = one as Fitting;
    const sum = Object.values(terms).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - score) < 1e-9);
    return Math.round(100 * terms.distance) / 100;
  };
  assert.deepEqual([termOf(false), termOf(true)], [750, 20]);
});

Deno.test("another bound is in force as soon as it is configured", () => {
  const balancer = world({ 100: 90, 1500: 0 });
  assert.equal(chosenKm(balancer), 1500);
  const straight = adaptive({ weights: { distanceMax: 0 } });
  balancer.reconfigure({ ...OPTIONS, routing: straight }, 0);
  assert.equal(chosenKm(balancer), 100);
});

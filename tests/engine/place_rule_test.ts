import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { Ask, Decision, Refused } from "../../src/engine/decision.ts";
import { ADAPTIVE, OPTIONS } from "./fleets.ts";
import { balancerOver, type Machine, registered } from "./machines.ts";
import { east, HERE, small, standing } from "./place_worlds.ts";

const TIERS = [
  small("anywhere", {}),
  small("eu", { countries: new Set(["DE", "FR"]) }),
  small("near", { maxDistanceKm: 500 }),
  small("both", { countries: new Set(["FR"]), maxDistanceKm: 500 }),
];

function over(
  machines: Readonly<Record<string, Machine>>,
  options: Partial<BalancerOptions> = {},
): Balancer {
  return balancerOver(machines, {
    tiers: TIERS,
    routing: ADAPTIVE,
    ...options,
  });
}

/** Where the ask goes; `refused` when nowhere. */
function goes(balancer: Balancer, ask: Ask, now = 0): string {
  return nameOf(balancer.place(ask, now));
}

function nameOf(decision: Decision): string {
  return decision.kind === "placed" ? decision.backendId : decision.kind;
}

function refused(balancer: Balancer, ask: Ask, now = 0): Refused {
  const decision = balancer.place(ask, now);
  assert.ok(decision.kind === "refused", decision.kind);
  return decision;
}

for (const routing of [ADAPTIVE, { mode: "classic" } as const]) {
  const { mode } = routing;

  Deno.test(`a tier runs in its countries alone, however a machine names its own (${mode})`, () => {
    const isTaken = (place: Machine["place"]) =>
      goes(over({ a: { place } }, { routing }), { tier: "eu" }) === "a";
    for (const country of ["FR", "fr", "France", " germany "]) {
      assert.equal(isTaken(standing(0, country)), true, country);
    }
    for (const country of ["US", "Belgium", "Atlantis", "F", ""]) {
      assert.equal(isTaken(standing(0, country)), false, country);
    }
    assert.equal(isTaken(undefined), false);
  });

  Deno.test(`whoever is farther away than a tier allows gets nothing of it (${mode})`, () => {
    const machines = {
      far: { place: standing(501) },
      mid: { place: standing(499), cpuPct: 70 },
    };
    const balancer = over(machines, { routing });
    for (const isRequest of [false, true]) {
      const ask = { tier: "near", place: HERE, isRequest };
      assert.equal(goes(balancer, ask), "mid");
      assert.equal(goes(balancer, { ...ask, place: east(900) }), "far");
      assert.equal(goes(balancer, { ...ask, place: east(2000) }), "refused");
    }
  });

  Deno.test(`a distance that is not known is none: neither side needs a place (${mode})`, () => {
    const balancer = over({ a: { place: standing(9000) } }, { routing });
    assert.equal(goes(balancer, { tier: "near" }), "a");
    assert.equal(goes(balancer, { tier: "near", place: HERE }), "refused");
    assert.equal(
      goes(over({ b: {} }, { routing }), { tier: "near", place: HERE }),
      "b",
    );
  });

  Deno.test(`a live lease does not keep a session in a country that is not allowed any more (${mode})`, () => {
    const balancer = over({ a: { place: standing(0, "FR") } }, { routing });
    const ask = { tier: "eu", stickyId: "s" };
    const first = balancer.place(ask, 0);
    assert.equal(nameOf(first), "a");
    const moved = registered("a", { place: standing(0, "US") });
    balancer.register(moved, 10);
    assert.equal(balancer.leaseOfSession("s", "eu", 10), undefined);
    assert.equal(goes(balancer, ask, 10), "refused");
    balancer.register(registered("b", { place: standing(0, "Germany") }), 20);
    balancer.report("b", balancer.backends(20)[0]!.report!, 20);
    const second = balancer.place(ask, 20);
    assert.ok(second.kind === "placed" && second.backendId === "b");
    assert.equal(second.stickiness, "moved");
    // Its room on the first machine is free.
    assert.equal(balancer.leaseCount, 1);
  });
}

Deno.test("a list that a reload changes counts at once, for sessions too", () => {
  const machines = {
    a: { place: standing(0, "FR") },
    b: { place: standing(0, "DE"), cpuPct: 50 },
  };
  const balancer = over(machines);
  const ask = { tier: "eu", stickyId: "s" };
  assert.equal(goes(balancer, ask), "a");
  const tiers = [small("eu", { countries: new Set(["DE"]) })];
  balancer.reconfigure({ ...OPTIONS, routing: ADAPTIVE, tiers }, 5);
  assert.equal(goes(balancer, ask, 5), "b");
  assert.equal(goes(balancer, { tier: "eu" }, 5), "b");
});

Deno.test("a key that was given to a machine elsewhere is given anew", () => {
  const machines = {
    a: { place: standing(0, "FR") },
    b: { place: standing(0, "DE"), cpuPct: 50 },
  };
  const balancer = over(machines);
  const ask = { tier: "eu", idempotencyKey: "k" };
  assert.deepEqual([goes(balancer, ask), goes(balancer, ask)], ["a", "a"]);
  balancer.register(registered("a", { place: standing(0) }), 10);
  assert.deepEqual([goes(balancer, ask, 10), balancer.leaseCount], ["b", 1]);
  assert.equal(goes(balancer, { ...ask, tier: "near" }, 10), "key_reused");
});

Deno.test("affinity does not draw a session to where its tier may not run", () => {
  const machines = {
    us: { place: standing(900, "US") },
    fr: { place: standing(0, "FR"), cpuPct: 60 },
  };
  for (const tier of ["eu", "near"]) {
    const balancer = over(machines);
    const exclude = new Set(["fr"]);
    const first = { tier: "anywhere", stickyId: "s", place: HERE, exclude };
    assert.equal(goes(balancer, first), "us");
    assert.equal(goes(balancer, { tier, stickyId: "s", place: HERE }), "fr");
  }
});

Deno.test("a session stays although its caller moves, for as long as its lease lives", () => {
  const machines = {
    west: { place: standing(0) },
    east: { place: standing(2000), cpuPct: 60 },
  };
  const balancer = over(machines);
  const ask = { tier: "near", stickyId: "s" };
  assert.equal(goes(balancer, { ...ask, place: HERE }), "west");
  const away = { ...ask, place: east(2000) };
  assert.equal(goes(balancer, away, 1000), "west");
  const late = 1000 + OPTIONS.holdMs;
  assert.equal(goes(balancer, { ...ask, place: east(499) }, late), "west");
  assert.equal(goes(balancer, away, late + OPTIONS.holdMs), "east");
});

Deno.test("single requests that find no room among themselves stay in place, too", () => {
  const machines = {
    us: { place: standing(0, "US") },
    fr: { place: standing(0, "FR"), cores: 1 },
  };
  const balancer = over(machines, { routing: { mode: "classic" } });
  const ask = { tier: "eu", isRequest: true };
  for (let i = 0; i < 4; i++) assert.equal(goes(balancer, ask), "fr");
});

Deno.test("refusals count who is out of place before what is lacking, and after who takes no work", () => {
  const balancer = over({
    us: { place: standing(0, "US"), cores: 1, cpuPct: 100 },
    drained: { place: standing(0, "US") },
    far: { place: standing(800, "FR") },
    full: { place: standing(10, "FR"), cpuPct: 100 },
  });
  balancer.drain("drained", "operator", 0);
  const { tally, fleetSize } = refused(balancer, { tier: "both", place: HERE });
  const { place, draining, cores, ...others } = tally;
  assert.deepEqual([place, draining, cores, fleetSize], [2, 1, 1, 4]);
  assert.deepEqual(new Set(Object.values(others)), new Set([0]));
});

Deno.test("explanations say by how many km a machine is too far, and no more of one in another country", () => {
  const balancer = over({
    us: { place: standing(0, "US"), cpuPct: 100 },
    far: { place: standing(800, "FR"), cpuPct: 100 },
  });
  const plan = balancer.explain({ tier: "both", place: HERE }, 0);
  const [us, far] = plan?.candidates ?? [];
  assert.ok(us?.kind === "removed" && far?.kind === "removed");
  assert.deepEqual([us.reason, us.shortages], ["place", []]);
  const [shortage, ...more] = far.shortages;
  assert.deepEqual([far.reason, more.length], ["place", 0]);
  assert.deepEqual(
    { ...shortage, have: Math.round(shortage?.have ?? 0) },
    { reason: "place", have: 800, need: 500, unit: "km" },
  );
});

Deno.test("who is out of place is near only when all others are, and then the nearest is", () => {
  const far = {
    a: { place: standing(900, "FR") },
    b: { place: standing(650, "FR") },
    us: { place: standing(0, "US") },
  };
  const ask = { tier: "both", place: HERE };
  const { nearest } = refused(over(far), ask);
  assert.deepEqual(
    { ...nearest, shortBy: Math.round(nearest?.shortBy ?? 0) },
    { backendId: "b", lacks: "place", shortBy: 150, unit: "km" },
  );
  const tiny = { place: standing(0, "FR"), memoryTotalGb: 0.5 };
  const second = refused(over({ ...far, tiny }), ask).nearest;
  assert.deepEqual([second?.backendId, second?.lacks], ["tiny", "memory"]);
  assert.equal(refused(over({ us: far.us }), ask).nearest, undefined);
});

Deno.test("what one caller is refused with is not what another one hears, and the same one hears the same", () => {
  const balancer = over({
    west: { place: standing(0), cpuPct: 100 },
    east: { place: standing(2000), cpuPct: 100 },
  });
  const nearestTo = (km: number) =>
    refused(balancer, { tier: "near", place: east(km) }).nearest?.backendId;
  const heard = [0, 2000, 0, 2000, 1400].map(nearestTo);
  assert.deepEqual(heard, ["west", "east", "west", "east", "east"]);
  const unknown = refused(balancer, { tier: "near" });
  assert.equal(unknown.tally.place, 0);
});

Deno.test("nobody waits for the end of a lease on a machine that is out of place", () => {
  const machines = {
    us: { place: standing(0, "US"), cores: 1 },
    fr: { place: standing(0, "FR"), cores: 1 },
  };
  const balancer = over(machines, { holdMs: 4000 });
  assert.equal(
    goes(balancer, { tier: "anywhere", exclude: new Set(["fr"]) }),
    "us",
  );
  assert.equal(goes(balancer, { tier: "eu" }, 2000), "fr");
  const { retryAfterMs } = refused(balancer, { tier: "eu" }, 2500);
  assert.equal(retryAfterMs, 3500);
  const onlyUs = over({ us: machines.us }, { holdMs: 4000 });
  assert.equal(refused(onlyUs, { tier: "eu" }).retryAfterMs, 15_000);
});

Deno.test("operators see of a machine that no tier may run in its country", () => {
  const obstacleOf = (country: string, tiers = TIERS) => {
    const machines = { a: { place: standing(0, country) } };
    return over(machines, { tiers }).backends(0)[0]?.obstacle;
  };
  const eu = TIERS.filter(({ countries }) => countries.size > 0);
  assert.equal(obstacleOf("US", eu), "no tier may run in its country");
  assert.equal(obstacleOf("FR", eu), undefined);
  assert.equal(obstacleOf("US"), undefined);
});

import assert from "node:assert/strict";
import { BalancerParts } from "../../src/engine/balancer_parts.ts";
import {
  Refusals,
  RETRY_MS_MAX,
  RETRY_MS_MIN,
} from "../../src/engine/refusal.ts";
import type { Ask, Refused } from "../../src/engine/decision.ts";
import { tier } from "../../src/engine/tier.ts";
import { seedOf } from "../seed.ts";
import {
  ADAPTIVE,
  type Next,
  OPTIONS,
  registration,
  report,
  stream,
  TIERS,
} from "./fleets.ts";
import { fresh } from "./lease_examples.ts";
import {
  balancerOver,
  type Machine,
  placed,
  registered,
  reported,
} from "./machines.ts";

function refused(
  machines: Readonly<Record<string, Machine>>,
  tier: string,
): Refused {
  const decision = balancerOver(machines, { routing: ADAPTIVE })
    .place({ tier }, 0);
  assert.ok(decision.kind === "refused", decision.kind);
  return decision;
}

Deno.test("the nearest miss is the backend that lacks the smallest share of a need", () => {
  const { nearest } = refused({
    far: { cores: 2 },
    near: { memoryFreeGb: 7 },
    none: { cores: 1, memoryFreeGb: 0.1, diskFreeGb: 1 },
  }, "large");
  assert.deepEqual(nearest, {
    backendId: "near",
    lacks: "memory",
    shortBy: 1,
    unit: "GB",
  });
});

Deno.test("to lack one thing in whole is nearer than to lack two in part", () => {
  const { nearest } = refused({
    two: { cores: 3, memoryFreeGb: 7 },
    one: { memoryFreeGb: 0 },
  }, "large");
  assert.deepEqual([nearest?.backendId, nearest?.shortBy], ["one", 8]);
});

Deno.test("GPUs are missed in numbers or in GB of VRAM", () => {
  const large = { cores: 64, memoryTotalGb: 512 };
  const count = refused(
    { a: { ...large, gpus: [[0, 80, 0]] } },
    "gpu-training",
  );
  assert.deepEqual([count.nearest?.shortBy, count.nearest?.unit], [1, "GPUs"]);
  const gpus = [[0, 80, 0], [0, 80, 40]] as const;
  const vram = refused({ a: { ...large, gpus } }, "gpu-training");
  assert.deepEqual([vram.nearest?.shortBy, vram.nearest?.unit], [8, "GB"]);
});

Deno.test("nobody is near of those that take no work at all", () => {
  const balancer = balancerOver({});
  balancer.register(registered("silent"), 0);
  const decision = balancer.place({ tier: "small" }, 0);
  assert.ok(decision.kind === "refused");
  assert.deepEqual([decision.nearest, decision.tally.stale], [undefined, 1]);
});

Deno.test("asks may be made again when the first lease ends where the tier would fit", () => {
  const balancer = balancerOver({ large: {}, small: { cores: 4 } }, {
    routing: ADAPTIVE,
    holdMs: 20_000,
  });
  // The first lease to end is on a machine that is too small.
  balancer.place({ tier: "large", exclude: new Set(["large"]) }, 0);
  for (let i = 0; i < 4; i++) {
    balancer.place({ tier: "large", exclude: new Set(["small"]) }, 3000 + i);
  }
  const decision = balancer.place({ tier: "pro-max" }, 5000);
  assert.ok(decision.kind === "refused");
  assert.equal(decision.retryAfterMs, 18_000);
});

Deno.test("asks may be made again when the next report is due", () => {
  const balancer = balancerOver({ a: { cpuPct: 100 } }, { routing: ADAPTIVE });
  balancer.report("a", reported({ cpuPct: 100 }), 30_000);
  const at = (now: number) => {
    const decision = balancer.place({ tier: "small" }, now);
    return decision.kind === "refused" ? decision.retryAfterMs : undefined;
  };
  assert.equal(at(40_000), 20_000);
  // Nobody is told to come back at once, and a late report may come at any time.
  assert.equal(at(59_900), RETRY_MS_MIN);
  assert.equal(at(61_000), 5000);
  assert.equal(at(63_000), 3000);
});

Deno.test("what no machine is large enough for waits for another machine", () => {
  const { retryAfterMs } = refused({ a: { cores: 4 } }, "gpu-inference");
  assert.equal(retryAfterMs, 15_000);
});

Deno.test("no refusal speaks of the far future", () => {
  const balancer = balancerOver({ a: { cores: 2 } }, {
    routing: ADAPTIVE,
    holdMs: 10_000_000,
    staleAfterMs: Infinity,
  });
  balancer.report("a", fresh({ cores: 2 }), 2_000_000);
  placed(balancer, "medium", 2_000_000);
  const decision = balancer.place({ tier: "medium" }, 2_000_000);
  assert.ok(decision.kind === "refused");
  assert.equal(decision.retryAfterMs, RETRY_MS_MAX);
});

/** Something happens to the fleet; most of it is news, time is not. */
function happen(
  parts: BalancerParts,
  next: Next,
  now: number,
): void {
  const { fleet, book, placing } = parts;
  const slot = fleet.slots[Math.floor(next() * fleet.size)];
  const choice = next();
  if (slot === undefined || choice < 0.1) {
    fleet.add(registration(fleet.size, next), now);
  } else if (choice < 0.3) {
    fleet.report(slot, report(1 + Math.floor(12 * next()), next), now);
  } else if (choice < 0.35) {
    parts.probe(slot, { ok: next() < 0.5, latencyMs: 1 }, now);
  } else if (choice < 0.4 && fleet.size > 3) fleet.remove(new Set([slot]));
  else if (choice < 0.5) {
    const [lease] = book.all();
    if (lease !== undefined) book.close(lease);
  } else if (choice < 0.6) {
    const [lease] = book.all();
    if (lease !== undefined) book.start(lease, now);
  } else if (choice < 0.65) {
    const [lease] = book.all();
    if (lease !== undefined) book.renew(lease, now + 100_000);
  } else {
    const index = Math.floor(next() * TIERS.length);
    placing.place({ tier: TIERS[index]?.name ?? "" }, index, now);
  }
}

const CALLERS = [
  undefined,
  { latitude: 40.7, longitude: -74 },
  { latitude: 51.5, longitude: -0.1 },
];

Deno.test("a refusal that was kept is the one that would be made anew, whatever happened since", () => {
  const seed = seedOf("refusals");
  let kept = 0;
  for (let run = 0; run < 150; run++) {
    const next = stream(seed + run);
    const tiers = TIERS.map((one, index) =>
      index % 3 === 0 ? { ...one, maxDistanceKm: 3000 } : one
    );
    const options = { ...OPTIONS, tiers, routing: ADAPTIVE };
    const parts = new BalancerParts(options);
    const { fleet, book, placing, rule } = parts;
    let now = 0;
    for (let step = 0; step < 150; step++) {
      now += Math.floor(4000 * next());
      book.expire(now);
      fleet.advance(now);
      if (next() < 0.5) happen(parts, next, now);
      const index = Math.floor(next() * TIERS.length);
      const tier = tiers[index];
      if (tier === undefined) continue;
      const isRequest = next() < 0.5;
      const place = CALLERS[Math.floor(next() * CALLERS.length)];
      const ask: Ask = { tier: tier.name, isRequest, place };
      const news = fleet.news;
      const told = placing.refuse(ask, index, now);
      const anew = new Refusals(fleet, book.leases, rule)
        .refuse(tier, isRequest, place, now);
      assert.equal(fleet.news, news);
      const { retryAfterMs, ...answer } = told;
      const { retryAfterMs: latestMs, ...wanted } = anew;
      assert.deepEqual(answer, wanted, `seed ${seed + run}, step ${step}`);
      // A renewal, or a report that stays out, moves only the end of a wait, and only away.
      assert.ok(retryAfterMs <= latestMs && retryAfterMs >= RETRY_MS_MIN);
      kept++;
    }
  }
  assert.ok(kept > 1000);
});

Deno.test("tiers whose names look alike are not refused for each other's reasons", () => {
  const named = (name: string, memoryGb: number) =>
    tier({ ...TIERS[0]!, name, memoryGb });
  const balancer = balancerOver({ a: {} }, {
    tiers: [named("x", 100), named("request x", 200)],
    routing: ADAPTIVE,
  });
  const shortOf = (ask: Ask) => {
    const decision = balancer.place(ask, 0);
    assert.ok(decision.kind === "refused");
    return decision.nearest?.shortBy;
  };
  assert.equal(shortOf({ tier: "x", isRequest: true }), 36);
  assert.equal(shortOf({ tier: "request x" }), 136);
});

Deno.test("what an ask rules out itself is not what others hear, in a large fleet neither", () => {
  const balancer = balancerOver({}, { routing: ADAPTIVE });
  for (let i = 0; i < 1000; i++) {
    balancer.register(registered(`b${i}`), 0);
    balancer.report(`b${i}`, reported({ cores: 1 }), 0);
  }
  const tallyOf = (ask: Ask) => {
    const decision = balancer.place(ask, 0);
    assert.ok(decision.kind === "refused");
    return [decision.tally.unhealthy, decision.tally.cores];
  };
  const large = { tier: "large" };
  const exclude = new Set(["b7", "b8"]);
  assert.deepEqual(tallyOf({ ...large, exclude }), [2, 998]);
  assert.deepEqual(tallyOf(large), [0, 1000]);
  assert.deepEqual(tallyOf({ ...large, exclude }), [2, 998]);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { GpuReading } from "../../src/engine/backend.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import { recordOf } from "../../src/engine/lease_record.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import { seedOf } from "../seed.ts";
import { ADAPTIVE, OPTIONS } from "./fleets.ts";
import { registered, reported } from "./machines.ts";

const SIZE = { cores: 512, memoryTotalGb: 4096 };

const TIERS: readonly Tier[] = ([
  ["small", 1, 6],
  ["half", 1, 12],
  ["large", 1, 20],
  ["pair", 2, 10],
  ["whole", 1, 0],
] as const).map(([name, gpus, gpuMemoryGb]) =>
  tier({ ...{ name, vcpu: 1, memoryGb: 1, storageGb: 0 }, gpus, gpuMemoryGb })
);

/** What can become of a machine's cards, and of its leases. */
type Step =
  | { readonly kind: "ask"; readonly tier: Tier; readonly isConfirmed: boolean }
  | { readonly kind: "end"; readonly which: number }
  | { readonly kind: "report"; readonly cards: readonly CardNow[] }
  | { readonly kind: "mode"; readonly isAdaptive: boolean }
  | { readonly kind: "restart" }
  | { readonly kind: "wait"; readonly ms: number };

/** A card that is there, perhaps another one than before, or cut into slices. */
interface CardNow {
  readonly deviceId: number;
  readonly totalGb: number;
  readonly usedShare: number;
}

const cardNow = fc.record({
  deviceId: fc.nat(3),
  totalGb: fc.constantFrom(24, 24, 24, 16, 10),
  usedShare: fc.constantFrom(0, 0, 0, 0.3),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      tier: fc.constantFrom(...TIERS),
      isConfirmed: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      which: fc.nat(20),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("report" as const),
      cards: fc.uniqueArray(cardNow, {
        selector: ({ deviceId }) => deviceId,
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("mode" as const),
      isAdaptive: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1000, 20_000, 60_000),
    }),
  },
);

Deno.test("whatever becomes of cards, leases, rules and servers, no lease is given VRAM that others have or a card that is gone", () => {
  let placements = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 80, size: "max" }),
      (steps) => {
        const world = new World();
        for (const one of steps) world.take(one);
        placements += world.placements;
      },
    ),
    { seed: seedOf("histories of cards"), numRuns: 600 },
  );
  assert.ok(placements > 3000, `only ${placements} placements`);
});

/** One machine with nothing scarce but its cards; its leases as their answers told them. */
class World {
  placements = 0;
  #now = 0;
  #options: BalancerOptions = { ...OPTIONS, tiers: TIERS, holdMs: 1e9 };
  #balancer = new Balancer(this.#options);
  #cards: readonly CardNow[] = [];
  #live = new Map<
    number,
    { readonly tier: Tier; readonly gpus: readonly number[] }
  >();

  constructor() {
    this.#balancer.register(registered("a", SIZE), 0);
    this.#reportCards([0, 1, 2, 3].map((deviceId) => ({
      deviceId,
      totalGb: 24,
      usedShare: 0,
    })));
  }

  take(step: Step): void {
    switch (step.kind) {
      case "ask":
        return this.#ask(step.tier, step.isConfirmed);
      case "end": {
        const id = [...this.#live.keys()][step.which];
        if (id === undefined) return;
        assert.ok(this.#balancer.release(id, this.#now));
        this.#live.delete(id);
        return;
      }
      case "report":
        return this.#reportCards(step.cards);
      case "mode": {
        const routing = step.isAdaptive
          ? ADAPTIVE
          : { mode: "classic" } as const;
        this.#options = { ...this.#options, routing };
        return this.#balancer.reconfigure(this.#options, this.#now);
      }
      case "restart":
        return this.#restart();
      case "wait":
        this.#now += step.ms;
    }
  }

  #ask(tier: Tier, isConfirmed: boolean): void {
    const decision = this.#balancer.place({ tier: tier.name }, this.#now);
    if (decision.kind === "refused") {
      const { tally, fleetSize } = decision;
      const sum = Object.values(tally).reduce((a, b) => a + b);
      return assert.equal(sum, fleetSize);
    }
    assert.ok(decision.kind === "placed");
    const { gpus, leaseId } = decision.hold;
    assert.equal(new Set(gpus).size, tier.gpus);
    this.#live.set(leaseId, { tier, gpus });
    this.placements++;
    for (const deviceId of gpus) {
      const card = this.#cards.find((one) => one.deviceId === deviceId);
      assert.ok(card !== undefined, `card ${deviceId} is gone`);
      const booked = this.#bookedGb(card);
      assert.ok(booked <= card.totalGb, `${booked} GB of card ${deviceId}`);
    }
    if (isConfirmed) {
      this.#balancer.renew(leaseId, this.#now, { isConfirmed });
    }
  }

  #reportCards(cards: readonly CardNow[]): void {
    this.#cards = cards;
    const report = { ...reported(SIZE), gpus: cards.map(readingOf) };
    this.#balancer.report("a", report, this.#now);
  }

  #restart(): void {
    const records = this.#balancer.leases(this.#now).map(recordOf);
    this.#balancer = new Balancer({ ...this.#options, firstLeaseId: 1 });
    this.#balancer.register(registered("a", SIZE), this.#now);
    this.#reportCards(this.#cards);
    for (const record of records.toReversed()) {
      assert.ok(this.#balancer.restoreLease(record, this.#now));
    }
  }

  #bookedGb({ deviceId, totalGb }: CardNow): number {
    let sum = 0;
    for (const { tier, gpus } of this.#live.values()) {
      if (gpus.includes(deviceId)) sum += tier.gpuMemoryGb || totalGb;
    }
    return sum;
  }
}

function readingOf({ deviceId, totalGb, usedShare }: CardNow): GpuReading {
  return {
    deviceId,
    name: "Card",
    utilizationPct: 0,
    memoryTotalGb: totalGb,
    memoryUsedGb: totalGb * usedShare,
    temperatureC: 40,
    powerDrawW: 100,
  };
}

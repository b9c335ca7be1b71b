import assert from "node:assert/strict";
import fc from "fast-check";
import type { GpuReading } from "../../src/engine/backend.ts";
import type { Balancer } from "../../src/engine/balancer.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import { seedOf } from "../seed.ts";
import { ADAPTIVE, OPTIONS } from "./fleets.ts";
import { balancerOver, reported } from "./machines.ts";

/** What a card is like, and what the test knows of it. */
interface Card {
  readonly deviceId: number;
  readonly name: string;
  readonly vendor: "nvidia" | "amd";
  readonly totalGb: number;
  readonly usedGb: number;
  readonly usePct: number;
  readonly temperatureC: number;
  readonly isThrottled: boolean;
}

const HOT_C = 87;
const BUSY_PCT = 50;

const MODELS = [
  { name: "NVIDIA H100 80GB HBM3", vendor: "nvidia", totalGb: 80 },
  { name: "NVIDIA L4", vendor: "nvidia", totalGb: 24 },
  { name: "AMD Instinct MI210", vendor: "amd", totalGb: 64 },
] as const;

const card = fc.record({
  model: fc.constantFrom(...MODELS),
  usedShare: fc.constantFrom(0, 0, 0, 0.2, 0.9),
  usePct: fc.constantFrom(0, 0, 0, 30, 90),
  temperatureC: fc.constantFrom(40, 60, 84, 86, 89),
  isThrottled: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, {
    weight: 1,
    arbitrary: fc.constant(true),
  }),
});

const TIERS: readonly Tier[] = ([
  ["any-16", 1, 16, "", ""],
  ["any-40", 1, 40, "", ""],
  ["two-20", 2, 20, "", ""],
  ["whole", 1, 0, "", ""],
  ["h100", 1, 60, "*h100*", ""],
  ["l-series", 1, 12, "NVIDIA L?", ""],
  ["amd", 1, 30, "", "amd"],
  ["amd-whole", 2, 0, "*MI2*", "amd"],
] as const).map(([name, gpus, gpuMemoryGb, gpuModel, gpuVendor]) =>
  tier({
    ...{ name, vcpu: 1, memoryGb: 1, storageGb: 0 },
    ...{ gpus, gpuMemoryGb, gpuModel, gpuVendor },
  })
);

/** Which cards a tier names, told without patterns. */
function isNamed({ name, vendor }: Card, { name: tier }: Tier): boolean {
  switch (tier) {
    case "h100":
      return name.includes("H100");
    case "l-series":
      return name === "NVIDIA L4";
    case "amd":
      return vendor === "amd";
    case "amd-whole":
      return name.includes("MI2");
    default:
      return true;
  }
}

for (const mode of ["classic", "adaptive"] as const) {
  Deno.test(`by the ${mode} rule no card's VRAM is booked twice, hot ones rest, and small asks leave large cards whole`, () => {
    let placements = 0;
    fc.assert(
      fc.property(
        fc.array(card, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.record({ tier: fc.constantFrom(...TIERS), ends: fc.nat(9) }),
          { minLength: 5, maxLength: 40, size: "max" },
        ),
        (drawn, steps) => {
          const cards = drawn.map((
            { model, usedShare, ...rest },
            deviceId,
          ) => ({
            ...{ deviceId, ...model, ...rest },
            usedGb: model.totalGb * usedShare,
          }));
          const world = new World(mode, cards);
          for (const { tier, ends } of steps) world.step(tier, ends);
          placements += world.placements;
        },
      ),
      { seed: seedOf(`gpus, ${mode}`), numRuns: 1000 },
    );
    assert.ok(placements > 2000, `only ${placements} placements`);
  });
}

/** One machine with nothing scarce but its cards, and the leases on it as their answers told them. */
class World {
  placements = 0;
  readonly #mode: "classic" | "adaptive";
  readonly #cards: readonly Card[];
  readonly #balancer: Balancer;
  readonly #live = new Map<
    number,
    { readonly tier: Tier; readonly gpus: readonly number[] }
  >();

  constructor(mode: "classic" | "adaptive", cards: readonly Card[]) {
    this.#mode = mode;
    this.#cards = cards;
    const size = { cores: 512, memoryTotalGb: 4096 };
    this.#balancer = balancerOver({ a: size }, {
      ...OPTIONS,
      tiers: TIERS,
      holdMs: 1e9,
      ...(mode === "adaptive" && { routing: ADAPTIVE }),
    });
    const report = { ...reported(size), gpus: cards.map(readingOf) };
    this.#balancer.report("a", report, 0);
  }

  step(tier: Tier, ends: number): void {
    const [first] = this.#live.keys();
    if (ends < 2 && first !== undefined) {
      assert.ok(this.#balancer.release(first, 0));
      this.#live.delete(first);
    }
    const free = this.#cards.filter((card) => this.#fits(card, tier));
    const decision = this.#balancer.place({ tier: tier.name }, 0);
    if (decision.kind === "refused") {
      assert.ok(free.length < tier.gpus, `${tier.name} fits and was refused`);
      return;
    }
    assert.ok(decision.kind === "placed");
    const { gpus, leaseId } = decision.hold;
    assert.equal(new Set(gpus).size, tier.gpus);
    const chosen = free.filter(({ deviceId }) => gpus.includes(deviceId));
    assert.equal(chosen.length, tier.gpus, `${gpus} for ${tier.name}`);
    const largest = Math.max(...chosen.map((card) => this.#roomGb(card)));
    const rest = free.filter((card) => !chosen.includes(card));
    for (const other of rest) assert.ok(this.#roomGb(other) >= largest);
    this.#live.set(leaseId, { tier, gpus });
    this.placements++;
    for (const one of this.#cards) {
      assert.ok(this.#bookedGb(one) <= one.totalGb, `card ${one.deviceId}`);
    }
  }

  #fits(card: Card, tier: Tier): boolean {
    const isIdle = this.#mode === "classic" || card.usePct < BUSY_PCT;
    const isCool = card.temperatureC < HOT_C - 2 && !card.isThrottled;
    const booked = this.#bookedGb(card);
    const needGb = tier.gpuMemoryGb;
    const isShared = this.#mode === "classic" && needGb > 0;
    return isIdle && isCool && isNamed(card, tier) &&
      (isShared || booked === 0) && this.#roomGb(card) >= needGb;
  }

  #roomGb(card: Card): number {
    return card.totalGb - card.usedGb - this.#bookedGb(card);
  }

  #bookedGb({ deviceId, totalGb }: Card): number {
    let sum = 0;
    for (const { tier, gpus } of this.#live.values()) {
      if (gpus.includes(deviceId)) sum += tier.gpuMemoryGb || totalGb;
    }
    return sum;
  }
}

function readingOf(card: Card): GpuReading {
  return {
    deviceId: card.deviceId,
    name: card.name,
    vendor: card.vendor,
    utilizationPct: card.usePct,
    memoryTotalGb: card.totalGb,
    memoryUsedGb: card.usedGb,
    temperatureC: card.temperatureC,
    temperatureLimitC: HOT_C + 3,
    isThrottled: card.isThrottled,
    powerDrawW: 100,
  };
}

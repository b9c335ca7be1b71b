/**
 * The documented rule (`routing.mode: classic`): who fits, and at what score. Leases count in the filter and not in the
 * score; averages count as reported.
 */
import type { Cards } from "./cards.ts";
import type { Lack, Rule, Terms } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** Weight of the mean GPU use in the score of tiers that need GPUs. */
export const GPU_WEIGHT = 1.5;

/** The documented rule. */
export class ClassicRule implements Rule {
  /** Its name in the configuration. */
  readonly name = "classic";
  /** A request is chosen for as a session is. */
  readonly splitsRequests = false;
  /** A kilometre is a point. */
  readonly pointsOfKm: undefined = undefined;
  /** A kilometre is a point. */
  readonly requestKmWeight = 1;

  /** The documented score without the distance. */
  score(slot: Slot, tier: Tier): number {
    const { held } = slot;
    const fits = slot.routable &&
      slot.freeCores - held.vcpu >= tier.vcpu &&
      slot.memoryAvailableGb - held.memoryGb >= tier.memoryGb &&
      slot.diskAvailableGb - held.storageGb >= tier.storageGb &&
      (tier.gpus === 0 || slot.cards.fitting(tier) >= tier.gpus);
    if (!fits) return Infinity;
    return slot.coreUseSums[tier.vcpu]! / tier.vcpu + slot.memoryUsedPct +
      (tier.gpus > 0 ? GPU_WEIGHT * slot.cards.meanUsePct(tier) : 0) +
      (slot.latencyMs ?? 0);
  }

  /** The documented terms. */
  terms(slot: Slot, tier: Tier): Terms {
    const cores = Math.min(tier.vcpu, slot.cores);
    return {
      cpu: cores === 0 ? 100 : (slot.coreUseSums[cores] ?? 0) / cores,
      memory: slot.memoryUsedPct,
      gpu: tier.gpus > 0 ? GPU_WEIGHT * slot.cards.meanUsePct(tier) : 0,
      latency: slot.latencyMs ?? 0,
      knee: 0,
      guard: 0,
    };
  }

  /** What is missing beside all live leases. */
  lacks(slot: Slot, tier: Tier): readonly Lack[] {
    const { vcpu, memoryGb, storageGb } = slot.held;
    return lacking(slot, tier, vcpu, memoryGb, storageGb);
  }

  /** Whether averages alone leave room. */
  fitsByUse(slot: Slot, tier: Tier): boolean {
    return slot.freeCores >= tier.vcpu &&
      slot.memoryAvailableGb >= tier.memoryGb &&
      slot.diskAvailableGb >= tier.storageGb &&
      (tier.gpus === 0 || slot.cards.fittingByUse(tier) >= tier.gpus);
  }

  /** Leases don't count among equals. */
  filled(slot: Slot): number {
    return slot.cores === 0 ? 1 : slot.held.vcpu / slot.cores;
  }

  /** The best alone is taken. */
  band(): number {
    return 0;
  }

  /** Nothing is derived. */
  settle(): void {}

  /** Response times play no part. */
  learn(): void {}

  /** Nothing depends on time. */
  advance(): boolean {
    return false;
  }
}

/** The backend with the fewest single requests per core among those in place with room beside their sessions. */
export function leastBusy(
  slots: readonly Slot[],
  tier: Tier,
  isInPlace: (slot: Slot) => boolean,
): Slot | undefined {
  let best: Slot | undefined;
  let fewest = Infinity;
  for (const slot of slots) {
    const perCore = slot.requests.leases / slot.freeCores;
    const isBetter = perCore < fewest && isInPlace(slot) &&
      fitsBesideSessions(slot, tier);
    if (isBetter) {
      [best, fewest] = [slot, perCore];
    }
  }
  return best;
}

/** Whether the tier, which needs no GPU, could be placed here if no single request held anything. */
function fitsBesideSessions(slot: Slot, tier: Tier): boolean {
  const { held, requests } = slot;
  return slot.routable && lacking(
        slot,
        tier,
        held.vcpu - requests.vcpu,
        held.memoryGb - requests.memoryGb,
        held.storageGb - requests.storageGb,
      ).length === 0;
}

function lacking(
  slot: Slot,
  tier: Tier,
  heldVcpu: number,
  heldMemoryGb: number,
  heldStorageGb: number,
): readonly Lack[] {
  const lacks: Lack[] = [];
  const check = (reason: Lack["reason"], have: number, need: number) => {
    if (have < need) lacks.push({ reason, have, need });
  };
  check("cores", slot.freeCores - heldVcpu, tier.vcpu);
  check("memory", slot.memoryAvailableGb - heldMemoryGb, tier.memoryGb);
  check("storage", slot.diskAvailableGb - heldStorageGb, tier.storageGb);
  if (tier.gpus > 0) lacks.push(...cardLacks(slot.cards, tier));
  return lacks;
}

/** What is missing of GPUs: of the number of such, or of free ones with enough VRAM. */
export function cardLacks(cards: Cards, tier: Tier): readonly Lack[] {
  const matching = cards.matching(tier);
  if (matching < tier.gpus) {
    return [{ reason: "gpu_count", have: matching, need: tier.gpus }];
  }
  const fitting = cards.fitting(tier);
  if (fitting >= tier.gpus) return [];
  return tier.gpuMemoryGb === 0
    ? [{ reason: "gpu_memory", have: fitting, need: tier.gpus }]
    : [{
      reason: "gpu_memory",
      have: cards.freeGb(tier),
      need: tier.gpuMemoryGb,
    }];
}

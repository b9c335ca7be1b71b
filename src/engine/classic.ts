/**
 * The documented rule (`routing.mode: classic`): who fits, and at what score. Lower is better. Holds count in the
 * filter and not in the score.
 */
import type { Cards } from "./cards.ts";
import type { RefusalReason } from "./decision.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** Weight of the mean GPU use in the score of tiers that need GPUs. */
export const GPU_WEIGHT = 1.5;

/** The first reason why the tier can't be placed here, or undefined when it can. */
export function shortfall(slot: Slot, tier: Tier): RefusalReason | undefined {
  if (!slot.fresh) return "stale";
  if (!slot.routable) return "unhealthy";
  return lacking(
    tier,
    slot.freeCores - slot.heldVcpu,
    slot.memoryAvailableGb - slot.heldMemoryGb,
    slot.diskAvailableGb - slot.heldStorageGb,
    slot.cards,
  );
}

/** Whether the tier, which needs no GPU, could be placed here if no single request held anything. */
export function fitsBesideSessions(slot: Slot, tier: Tier): boolean {
  return slot.routable && lacking(
        tier,
        slot.freeCores - (slot.heldVcpu - slot.requestVcpu),
        slot.memoryAvailableGb - (slot.heldMemoryGb - slot.requestMemoryGb),
        slot.diskAvailableGb - (slot.heldStorageGb - slot.requestStorageGb),
        slot.cards,
      ) === undefined;
}

/**
 * Writes a backend's scores without the distance to the caller, one into each tier's column: Infinity where the tier
 * does not fit. Runs twice a decision, so what is the same for every tier is computed once.
 */
export function writeScores(
  slot: Slot,
  tiers: readonly Tier[],
  columns: readonly Float64Array[],
): void {
  const { index, routable, cards, coreUseSums } = slot;
  const cores = slot.freeCores - slot.heldVcpu;
  const memoryGb = slot.memoryAvailableGb - slot.heldMemoryGb;
  const storageGb = slot.diskAvailableGb - slot.heldStorageGb;
  const latencyMs = slot.latencyMs ?? 0;
  for (let t = 0; t < tiers.length; t++) {
    const tier = tiers[t]!;
    const fits = routable &&
      lacking(tier, cores, memoryGb, storageGb, cards) === undefined;
    columns[t]![index] = fits
      ? coreUseSums[tier.vcpu]! / tier.vcpu + slot.memoryUsedPct +
        (tier.gpus > 0 ? GPU_WEIGHT * cards.meanUsePct : 0) + latencyMs
      : Infinity;
  }
}

/** The first dimension in which that much room is too little. */
function lacking(
  tier: Tier,
  cores: number,
  memoryGb: number,
  storageGb: number,
  cards: Cards,
): RefusalReason | undefined {
  if (cores < tier.vcpu) return "cores";
  if (memoryGb < tier.memoryGb) return "memory";
  if (storageGb < tier.storageGb) return "storage";
  if (tier.gpus > 0) {
    if (cards.count < tier.gpus) return "gpu_count";
    if (cards.fitting(tier) < tier.gpus) return "gpu_memory";
  }
  return undefined;
}

/**
 * The documented rule (`routing.mode: classic`): who fits, and at what score. Lower is better. Holds count in the
 * filter and not in the score.
 */
import type { RefusalReason } from "./decision.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** Weight of the mean GPU use in the score of tiers that need GPUs. */
export const GPU_WEIGHT = 1.5;

/** The first reason why the tier can't be placed here, or undefined when it can. */
export function shortfall(slot: Slot, tier: Tier): RefusalReason | undefined {
  if (!slot.fresh) return "stale";
  if (slot.health.kind === "unhealthy") return "unhealthy";
  if (slot.freeCores - slot.heldVcpu < tier.vcpu) return "cores";
  if (slot.memoryAvailableGb - slot.heldMemoryGb < tier.memoryGb) {
    return "memory";
  }
  if (slot.diskAvailableGb - slot.heldStorageGb < tier.storageGb) {
    return "storage";
  }
  if (tier.gpus > 0) {
    if (slot.cards.count < tier.gpus) return "gpu_count";
    if (slot.cards.fitting(tier) < tier.gpus) return "gpu_memory";
  }
  return undefined;
}

/** The score of a backend that fits, without the distance to the caller. */
export function baseScore(slot: Slot, tier: Tier): number {
  const cpuPct = (slot.coreUseSums[tier.vcpu] ?? 0) / tier.vcpu;
  const gpuPct = tier.gpus > 0 ? slot.cards.meanUsePct : 0;
  return cpuPct + slot.memoryUsedPct + GPU_WEIGHT * gpuPct +
    (slot.latencyMs ?? 0);
}

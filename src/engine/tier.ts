/**
 * A tier: what one session needs.
 *
 * Needs in GB are kept as multiples of {@link GB_STEP}, so that sums and differences of holds are exact in floating
 * point and every held total returns to exactly 0.
 */

/** The grain of a tier's needs: 2^-20 GB, which is 1 KiB. */
export const GB_STEP = 2 ** -20;

/** What one session of this tier needs. */
export interface Tier {
  /** The name callers ask for. */
  readonly name: string;
  /** Cores, a whole number from 1. */
  readonly vcpu: number;
  /** Memory in GB. */
  readonly memoryGb: number;
  /** Storage in GB. */
  readonly storageGb: number;
  /** GPUs, 0 for none. */
  readonly gpus: number;
  /** VRAM needed on each of those GPUs, GB; 0 takes a card whole. */
  readonly gpuMemoryGb: number;
  /** Waiting asks of a tier with a higher number go first, 0 to 9. */
  readonly priority: number;
}

/** What a tier is made of; the priority is 0 unless it says otherwise. */
export type TierNeeds = Omit<Tier, "priority"> & {
  readonly priority?: number;
};

/** The tier with its needs rounded up to {@link GB_STEP}. */
export function tier(needs: TierNeeds): Tier {
  return {
    ...needs,
    priority: needs.priority ?? 0,
    memoryGb: roundUp(needs.memoryGb),
    storageGb: roundUp(needs.storageGb),
    gpuMemoryGb: roundUp(needs.gpuMemoryGb),
  };
}

function roundUp(gb: number): number {
  return Math.ceil(gb / GB_STEP) * GB_STEP;
}

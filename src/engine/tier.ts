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
  /** What the model of those GPUs must match, "*" for any characters and "?" for one, in any case; empty for all. */
  readonly gpuModel: string;
  /** Who must have made them, in small letters; empty for anybody. */
  readonly gpuVendor: string;
  /** How far from its caller a session may be, km; Infinity for no limit. A distance that is not known is 0. */
  readonly maxDistanceKm: number;
  /** Codes of the countries that it may run in, capital letters; empty for everywhere. A country that is not known is in none. */
  readonly countries: ReadonlySet<string>;
  /** Waiting asks of a tier with a higher number go first, 0 to 9. */
  readonly priority: number;
}

/** What a tier must say; the others are {@link Wishes}. */
export type TierNeeds = Omit<Tier, keyof Wishes> & Partial<Wishes>;

/** What a tier may say beside its needs. */
export type Wishes = Pick<
  Tier,
  "gpuModel" | "gpuVendor" | "maxDistanceKm" | "countries" | "priority"
>;

/** What holds for a tier that does not say. */
const NO_WISHES: Wishes = {
  gpuModel: "",
  gpuVendor: "",
  maxDistanceKm: Infinity,
  countries: new Set(),
  priority: 0,
};

/** The tier with its needs rounded up to {@link GB_STEP}. */
export function tier(needs: TierNeeds): Tier {
  return {
    ...NO_WISHES,
    ...needs,
    memoryGb: roundUp(needs.memoryGb),
    storageGb: roundUp(needs.storageGb),
    gpuMemoryGb: roundUp(needs.gpuMemoryGb),
  };
}

function roundUp(gb: number): number {
  return Math.ceil(gb / GB_STEP) * GB_STEP;
}

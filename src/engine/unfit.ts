/** Why a backend can't take a tier for a caller: the reason it is counted under, and everything it has too little of. */
import type { NearMiss, RefusalReason } from "./decision.ts";
import { mayRunIn } from "./place_rule.ts";
import type { Lack, Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** What removes a backend. */
export interface Unfit {
  /** The first reason that applies. */
  readonly reason: RefusalReason;
  /** What it has too little of, or how far it is; none when it takes no work at all, or is in another country. */
  readonly lacks: readonly Lack[];
}

const NO_LACKS: readonly Lack[] = [];

/** What removes the backend for a caller so many km away; undefined when nothing does. */
export function unfitOf(
  slot: Slot,
  rule: Rule,
  tier: Tier,
  isRequest: boolean,
  km: number,
): Unfit | undefined {
  const { obstacle } = slot;
  // Its room may be kept for another ask: that is about cores, which come after the place.
  const isOut = obstacle !== undefined && obstacle !== "cores";
  if (isOut) return { reason: obstacle, lacks: NO_LACKS };
  if (!mayRunIn(slot, tier)) return { reason: "place", lacks: NO_LACKS };
  const { maxDistanceKm } = tier;
  if (km > maxDistanceKm) {
    const lack = { reason: "place" as const, have: km, need: maxDistanceKm };
    return { reason: "place", lacks: [lack] };
  }
  if (obstacle !== undefined) return { reason: obstacle, lacks: NO_LACKS };
  const lacks = rule.lacks(slot, tier, isRequest);
  const [first] = lacks;
  return first && { reason: first.reason, lacks };
}

/** By how much: what is missing, or how many km are too many. */
export function shortBy({ reason, have, need }: Lack): number {
  return reason === "place" ? have - need : need - have;
}

/** What a lack is counted in. */
export function unitOf(
  { reason }: Lack,
  { gpuMemoryGb }: Tier,
): NearMiss["unit"] {
  if (reason === "place") return "km";
  if (reason === "cores") return "cores";
  const isCards = reason === "gpu_count" ||
    (reason === "gpu_memory" && gpuMemoryGb === 0);
  return isCards ? "GPUs" : "GB";
}

/** Picks from a column of scores: the lowest sum with the distance, or one of those near it. */
import type { Distances } from "./distance.ts";
import type { Rule } from "./rule.ts";
import type { Tier } from "./tier.ts";

/** How far each backend is from a caller, and what that counts. */
export interface Far {
  /** What is added to the scores, times the weight. */
  readonly points: Float64Array;
  /** What each of these points counts. */
  readonly weight: number;
  /** Kilometres. */
  readonly km: Float64Array;
  /** Those that are farther are left out. */
  readonly kmMax: number;
}

/** What distances count for one ask of the tier. */
export function farOf(
  { km, points }: Distances,
  { requestKmWeight }: Rule,
  { maxDistanceKm: kmMax }: Tier,
  isRequest: boolean,
): Far {
  return isRequest
    ? { points: km, weight: requestKmWeight, km, kmMax }
    : { points, weight: 1, km, kmMax };
}

/** Index of the lowest sum of score and distance; the first wins a tie; -1 when none is below Infinity. */
export function lowest(
  scores: Float64Array,
  far: Far | undefined,
  size: number,
): number {
  if (far === undefined) return lowestScore(scores, size);
  return far.kmMax < Infinity
    ? lowestWithReach(scores, far, size)
    : lowestSum(scores, far, size);
}

/** The sum of one backend. */
export function sumAt(
  index: number,
  scores: Float64Array,
  far: Far | undefined,
): number {
  return far === undefined
    ? scores[index]!
    : far.weight * far.points[index]! + scores[index]!;
}

/** Writes the indices whose sums are at most `limit` into `found`; returns how many there are. */
export function within(
  limit: number,
  scores: Float64Array,
  far: Far | undefined,
  size: number,
  found: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < size; i++) {
    const isNear = sumAt(i, scores, far) <= limit &&
      (far === undefined || far.km[i]! <= far.kmMax);
    if (isNear) found[count++] = i;
  }
  return count;
}

function lowestScore(scores: Float64Array, size: number): number {
  let best = Infinity;
  let pick = -1;
  for (let i = 0; i < size; i++) {
    const score = scores[i]!;
    if (score < best) {
      best = score;
      pick = i;
    }
  }
  return pick;
}

function lowestSum(
  scores: Float64Array,
  { points, weight }: Far,
  size: number,
): number {
  let best = Infinity;
  let pick = -1;
  for (let i = 0; i < size; i++) {
    const score = weight * points[i]! + scores[i]!;
    if (score < best) {
      best = score;
      pick = i;
    }
  }
  return pick;
}

/** Apart, because the same loop with one more question takes a tenth longer, which tiers without a limit need not pay. */
function lowestWithReach(
  scores: Float64Array,
  { points, weight, km, kmMax }: Far,
  size: number,
): number {
  let best = Infinity;
  let pick = -1;
  for (let i = 0; i < size; i++) {
    const score = weight * points[i]! + scores[i]!;
    if (score < best && km[i]! <= kmMax) {
      best = score;
      pick = i;
    }
  }
  return pick;
}

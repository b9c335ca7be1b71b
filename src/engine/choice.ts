/** Picks from a column of scores: the lowest sum with the distance, or one of those near it. */

/** Index of the lowest score; the first wins a tie; -1 when none is below Infinity. */
export function lowest(scores: Float64Array, size: number): number {
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

/** Index of the lowest sum of score and weighted distance; the first wins a tie; -1 when none is below Infinity. */
export function lowestSum(
  scores: Float64Array,
  km: Float64Array,
  kmWeight: number,
  size: number,
): number {
  let best = Infinity;
  let pick = -1;
  for (let i = 0; i < size; i++) {
    const score = kmWeight * km[i]! + scores[i]!;
    if (score < best) {
      best = score;
      pick = i;
    }
  }
  return pick;
}

/** Writes the indices whose sums are at most `limit` into `found`; returns how many there are. */
export function within(
  limit: number,
  scores: Float64Array,
  km: Float64Array | undefined,
  kmWeight: number,
  size: number,
  found: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < size; i++) {
    const far = km === undefined ? 0 : kmWeight * km[i]!;
    if (far + scores[i]! <= limit) found[count++] = i;
  }
  return count;
}

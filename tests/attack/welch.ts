/**
 * Welch's t of two lists of times (B. L. Welch, 1947): how many standard errors their means are apart. Of both the part
 * beyond a common bound is left out, so that what else a machine does meanwhile hides nothing. Pure.
 */
export function welchT(
  one: Float64Array,
  other: Float64Array,
  keptShare: number,
): number {
  const all = new Float64Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  all.sort();
  const bound = all[Math.floor((all.length - 1) * keptShare)]!;
  const a = momentsOf(one.filter((time) => time <= bound));
  const b = momentsOf(other.filter((time) => time <= bound));
  const error = Math.sqrt(a.variance / a.count + b.variance / b.count);
  return error === 0 ? 0 : (a.mean - b.mean) / error;
}

function momentsOf(times: Float64Array) {
  const count = times.length;
  const mean = times.reduce((sum, time) => sum + time, 0) / count;
  const squares = times.reduce((sum, time) => sum + (time - mean) ** 2, 0);
  return { count, mean, variance: squares / (count - 1) };
}

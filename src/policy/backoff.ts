/**
 * How long to wait before the next attempt. Owns no state: the caller counts its attempts, and there is no last one,
 * because a machine that gives up on its balancer would have to be found and restarted by hand.
 */

/** Growth of the wait: `firstMs`, then twice as long each time, up to `capMs`. */
export interface BackoffPolicy {
  /** Longest wait after the first failed attempt, milliseconds. */
  readonly firstMs: number;
  /** Longest wait of all, milliseconds. */
  readonly capMs: number;
}

/**
 * Milliseconds to wait after the given failed attempt (1 is the first), anywhere from 0 to the ceiling of that attempt:
 * "full jitter", which spreads a fleet that lost its server in the same instant over the whole wait
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). `random` is from 0 (included) to 1 (excluded).
 */
export function backoffMs(
  attempt: number,
  policy: BackoffPolicy,
  random: number,
): number {
  const ceilingMs = Math.min(
    policy.capMs,
    policy.firstMs * 2 ** (Math.max(1, attempt) - 1),
  );
  return ceilingMs * random;
}

/** A wait between two ends. */
export interface WaitRange {
  /** Shortest wait, milliseconds. */
  readonly minMs: number;
  /** Longest wait, milliseconds. */
  readonly maxMs: number;
}

/**
 * Milliseconds to wait, anywhere in the range. A range that stays the same is for a fleet that may have begun in one
 * instant: where waits grow, most return in a moment and the rest long after it. `random` is from 0 (included) to 1
 * (excluded).
 */
export function waitMs({ minMs, maxMs }: WaitRange, random: number): number {
  return minMs + (maxMs - minMs) * random;
}

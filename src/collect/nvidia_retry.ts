/** When to try again what has failed. Owns a count and an instant; there is no last try. */
import { backoffMs, type BackoffPolicy } from "../policy/backoff.ts";
import type { Random } from "../ports.ts";

/** A card that was reset or a driver that is being loaded comes within seconds; one that broke is asked for ever. */
export const RETRY: BackoffPolicy = { firstMs: 5000, capMs: 300_000 };

/** Counts failures; forgets them when it has gone well for as long as the longest wait. */
export class Retry {
  readonly #random: Random;
  #failures = 0;
  #failedMs = -Infinity;
  #dueMs = -Infinity;

  /** Due at once. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** The instant of the next try, monotonic milliseconds. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Takes note of a failure. */
  failed(now: number): void {
    const isForgotten = now - Math.max(this.#failedMs, this.#dueMs) >
      RETRY.capMs;
    this.#failures = isForgotten ? 1 : this.#failures + 1;
    this.#failedMs = now;
    this.#dueMs = now + backoffMs(this.#failures, RETRY, this.#random.next());
  }
}

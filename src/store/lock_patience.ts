/**
 * Waits out the locks of another process, which commits in milliseconds as a rule, without holding up the event loop.
 * Owner: the store. Bound: {@link LOCK_TRIES_MAX} tries, then it is an outage.
 */
import type { Failure } from "./failure.ts";

/** Pause before a write is tried again that found another process writing, milliseconds: about as long as a commit. */
export const LOCK_RETRY_MS = 5;

/** Tries until a lock is called an outage, a quarter of a second; whoever waits for a write waits as long at most. */
export const LOCK_TRIES_MAX = 50;

/** Counts the tries that found a lock. */
export class LockPatience {
  #tries = 0;

  /** Whether the last try found a lock and another one is due. */
  get isWaiting(): boolean {
    return this.#tries > 0;
  }

  /** A try failed. Returns whether it is worth another one soon. */
  outlasts(failure: Failure): boolean {
    if (failure.isLock && ++this.#tries < LOCK_TRIES_MAX) return true;
    this.#tries = 0;
    return false;
  }

  /** A try succeeded. */
  reset(): void {
    this.#tries = 0;
  }
}

/**
 * What is usual in the fleet: response times that half of the backends stay below, and a quarter of them. Two numbers,
 * brought up to date now and then.
 */
import type { Slot } from "./slot.ts";

/** How often what is expected of response times is brought up to date, milliseconds. */
const LOOK_MS = 500;

/** The usual response times of a fleet. */
export class UsualTimes {
  /** What half of the backends that answered lately stay below, milliseconds; 0 before anything is known. */
  medianMs = 0;
  /** What a quarter of them stay below. */
  goodMs = 0;
  /** When that was last looked at, monotonic milliseconds. */
  at = 0;
  #nextAt = -Infinity;
  #isKnown = false;

  /** There is something to look at from now on. */
  note(): void {
    this.#isKnown = true;
  }

  /** Looks again when it is time to; true when it did. */
  advance(slots: readonly Slot[], tauMs: number, now: number): boolean {
    if (!this.#isKnown || now < this.#nextAt) return false;
    this.#nextAt = now + LOOK_MS;
    this.at = now;
    const means: number[] = [];
    for (const { response } of slots) {
      if (response.isRecent(tauMs, now)) means.push(response.meanMs);
    }
    // Of those that are asked at present: one that was slow and is not asked any more must not stand for all.
    means.sort((a, b) => a - b);
    const last = means.length - 1;
    this.medianMs = means[last >> 1] ?? this.medianMs;
    this.goodMs = means[last >> 2] ?? this.goodMs;
    return true;
  }
}

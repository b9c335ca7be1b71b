/** Chance that repeats itself: the same seed gives the same numbers. */
import type { Random } from "../../src/ports.ts";

/** Mulberry32, a generator of 32 bits of state; enough for tests, for nothing else. */
export class SeededRandom implements Random {
  #state: number;

  /** The state is the seed, taken modulo 2^32. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 (included) to 1 (excluded). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Chance that always says the same: the ends of a range, or its middle. */
export class FixedRandom implements Random {
  readonly #value: number;

  /** Every call gives this value, from 0 (included) to 1 (excluded). */
  constructor(value: number) {
    this.#value = value;
  }

  /** The value. */
  next(): number {
    return this.#value;
  }
}

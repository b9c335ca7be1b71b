/**
 * The last samples of one quantity. Owner: whoever samples; bounded by `length`, 8 bytes a sample, allocated once.
 *
 * Means are summed when asked for. A running sum would be cheaper by microseconds an hour and would drift, since
 * subtracting what was added does not give back what was there before.
 */

/** A sample that is not there. */
const ABSENT = NaN;

/** A mean, and how many samples it is of. */
export interface WindowMean {
  /** Undefined when there is no sample. */
  readonly mean: number | undefined;
  /** How many of the samples asked for are present. */
  readonly filled: number;
}

/** Keeps the newest samples. */
export class Window {
  readonly #samples: Float64Array;
  #next = 0;

  /** A window over the last `length` samples, a whole number from 1; all of them absent at first. */
  constructor(length: number) {
    if (!Number.isInteger(length) || length < 1) {
      throw new RangeError(
        `Cannot make a window of ${length} samples: the length must be a whole number from 1`,
      );
    }
    this.#samples = new Float64Array(length).fill(ABSENT);
  }

  /** How many samples it can hold. */
  get length(): number {
    return this.#samples.length;
  }

  /** Takes a sample in place of the oldest one; undefined (or NaN) is an absent reading. */
  push(sample: number | undefined): void {
    this.#samples[this.#next] = sample ?? ABSENT;
    this.#next = (this.#next + 1) % this.#samples.length;
  }

  /** Takes `count` absent readings, for the instants at which nobody sampled. */
  skip(count: number): void {
    if (count >= this.length) this.#samples.fill(ABSENT);
    else for (let i = 0; i < count; i++) this.push(undefined);
  }

  /** The mean of those of the last `last` samples that are present; of all when there are fewer. */
  mean(last: number = this.length): WindowMean {
    const samples = this.#samples;
    let sum = 0;
    let filled = 0;
    let index = this.#next;
    for (let i = Math.min(last, samples.length); i > 0; i--) {
      index = (index === 0 ? samples.length : index) - 1;
      const sample = samples[index] ?? ABSENT;
      if (Number.isNaN(sample)) continue;
      sum += sample;
      filled++;
    }
    return { mean: filled === 0 ? undefined : sum / filled, filled };
  }
}

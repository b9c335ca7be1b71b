/**
 * The last samples of one quantity. Owner: whoever samples; bounded by `length`, 8 bytes a sample, allocated once.
 *
 * Means are summed when asked for. A running sum would be cheaper by microseconds an hour and would drift, since
 * subtracting what was added does not give back what was there before.
 */
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
    for (let i = Math.min(count, this.length); i > 0; i--) this.push(undefined);
  }

  /** How many of the last `last` samples are present. */
  filled(last: number = this.length): number {
    let present = 0;
    for (const sample of this.#latest(last)) {
      if (!Number.isNaN(sample)) present++;
    }
    return present;
  }

  /** The mean of those of the last `last` samples that are present; undefined when none is. */
  mean(last: number = this.length): number | undefined {
    let sum = 0;
    let present = 0;
    for (const sample of this.#latest(last)) {
      if (Number.isNaN(sample)) continue;
      sum += sample;
      present++;
    }
    return present === 0 ? undefined : sum / present;
  }

  *#latest(last: number): Generator<number> {
    const { length } = this.#samples;
    const first = this.#next - Math.min(Math.max(0, last), length) + length;
    for (let i = first; i < this.#next + length; i++) {
      yield this.#samples[i % length] ?? ABSENT;
    }
  }
}

const ABSENT = NaN;

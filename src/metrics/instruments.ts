/**
 * What is counted while requests pass. Whoever counts keeps the instrument and calls it: no name and no label is looked at
 * then, so that a count costs some nanoseconds.
 */

/** A number that grows. */
export class Counter {
  /** How much it has grown since the start. */
  value = 0;

  /** Grows by so much. */
  add(amount: number): void {
    this.value += amount;
  }

  /** Grows by one. */
  increment(): void {
    this.value++;
  }
}

/** How much all of them have grown. */
export function sumOf(counters: readonly Counter[]): number {
  return counters.reduce((sum, { value }) => sum + value, 0);
}

/** How often values were at most so large. */
export class Histogram {
  /** Upper ends of the buckets, ascending, the last one (all that there is) aside. */
  readonly bounds: readonly number[];
  /** Values of each bucket alone; one more than there are bounds. */
  readonly counts: Float64Array;
  /** Sum of all values. */
  sum = 0;

  /** Buckets that end at these values. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Takes a value. */
  observe(value: number): void {
    const { bounds } = this;
    let index = 0;
    // Buckets are few, and most values are in the first of them.
    while (index < bounds.length && value > bounds[index]!) index++;
    this.counts[index]!++;
    this.sum += value;
  }
}

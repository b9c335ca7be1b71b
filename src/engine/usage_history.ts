/**
 * Fresh means from averages over a long window. A client that reports the mean of its last 15 minutes every minute says
 * almost nothing of the last minute; but two successive averages and what has left the window between them do. Bounded
 * by {@link HISTORY_MAX} entries.
 */

/** Entries kept: a window of 15 minutes reported every 4 seconds. With fewer, the averages are taken as they are. */
export const HISTORY_MAX = 256;

/**
 * Windows of more intervals than this are taken as they are: what an average hides of its last instants is lost in its
 * rounding. It is 15 seconds of a window of 15 minutes.
 */
const INTERVALS_MAX = 60;

/** A window at most so many intervals long is fresh enough as it is. */
const FRESH_INTERVALS = 1.5;

/** What one report said, and the means that were recovered from it. */
interface Entry {
  readonly atSeconds: number;
  /** Time since the report before it; for the first one, all that its averages cover. */
  readonly spanSeconds: number;
  readonly averages: readonly number[];
  readonly windowSeconds: number;
  readonly means: readonly number[];
}

/** Means since the last report, and how they were found. */
export interface Recovered {
  /** Whether they are newer than the averages they came from. */
  readonly isRecovered: boolean;
  /** One mean for each average. */
  readonly means: readonly number[];
}

/** The averages that one backend has reported within its window. */
export class UsageHistory {
  readonly #entries: Entry[] = [];

  /** When the averages began to fill, as far as is known here; undefined before the first report. Seconds. */
  get sinceSeconds(): number | undefined {
    const first = this.#entries[0];
    return first === undefined
      ? undefined
      : first.atSeconds - first.spanSeconds;
  }

  /**
   * Takes the averages that were reported at an instant and cover the `windowSeconds` before it. `capacity` bounds each
   * mean. Averages of another number than before (a GPU came or went) begin anew.
   */
  take(
    atSeconds: number,
    averages: readonly number[],
    windowSeconds: number,
    capacity: readonly number[],
  ): Recovered {
    const last = this.#entries.at(-1);
    if (last !== undefined && last.averages.length !== averages.length) {
      this.#entries.length = 0;
      return this.take(atSeconds, averages, windowSeconds, capacity);
    }
    const spanSeconds = last === undefined
      ? windowSeconds
      : atSeconds - last.atSeconds;
    const isFresh = last === undefined ||
      windowSeconds <= FRESH_INTERVALS * spanSeconds ||
      windowSeconds > INTERVALS_MAX * spanSeconds;
    const means = isFresh
      ? averages
      : this.#recover(last, atSeconds, averages, windowSeconds, capacity);
    this.#entries.push({
      atSeconds,
      spanSeconds,
      averages,
      windowSeconds,
      means,
    });
    this.#forget(atSeconds - windowSeconds);
    return { isRecovered: !isFresh, means };
  }

  #recover(
    last: Entry,
    atSeconds: number,
    averages: readonly number[],
    windowSeconds: number,
    capacity: readonly number[],
  ): readonly number[] {
    const spanSeconds = atSeconds - last.atSeconds;
    const slidOut = this.#sumBetween(
      last.atSeconds - last.windowSeconds,
      last.windowSeconds + spanSeconds - windowSeconds,
      averages.length,
    );
    return averages.map((average, k) => {
      const before = (last.averages[k] ?? 0) * last.windowSeconds;
      const grown = average * windowSeconds - before + (slidOut[k] ?? 0);
      const mean = grown / spanSeconds;
      return Math.min(Math.max(0, mean), capacity[k] ?? Infinity);
    });
  }

  /** The integral of every mean over `lengthSeconds` from an instant on; what is not known was as the oldest mean. */
  #sumBetween(
    fromSeconds: number,
    lengthSeconds: number,
    count: number,
  ): number[] {
    const sums = new Array<number>(count).fill(0);
    let left = lengthSeconds;
    let edge = fromSeconds;
    for (const { atSeconds, means } of this.#entries) {
      if (left <= 0) break;
      const share = Math.min(left, atSeconds - edge);
      if (share <= 0) continue;
      for (let k = 0; k < count; k++) {
        sums[k] = (sums[k] ?? 0) + share * (means[k] ?? 0);
      }
      left -= share;
      edge += share;
    }
    return sums;
  }

  /** Entries that end before the window are of no more use, but the newest of them. */
  #forget(windowStart: number): void {
    let gone = 0;
    while (
      this.#entries.length - gone > 2 &&
      (this.#entries[gone + 1]?.atSeconds ?? Infinity) < windowStart
    ) gone++;
    gone = Math.max(gone, this.#entries.length - HISTORY_MAX);
    if (gone > 0) this.#entries.splice(0, gone);
  }
}

/**
 * Fresh means from averages over a long window. A client that reports the mean of its last 15 minutes every minute says
 * almost nothing of the last minute; but two successive averages and what has left the window between them do. Bounded
 * by {@link HISTORY_MAX} entries.
 *
 * What left the window is known only if the client was heard from its start on. Otherwise the first window is a guess,
 * and its errors would come back with every further window for ever. So in the n-th window after a guess, what left is
 * taken to be 1/n the average itself: the errors shrink as those of a mean of n values do.
 */
import type { Recovery } from "./backend.ts";

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
  /** When the history began with a window of which only the average is known; undefined when it is known in full. */
  #guessedAt: number | undefined;

  /** What a later run needs to go on from the newest report. */
  recovery(windowSeconds: number): Recovery | undefined {
    const newest = this.#entries.at(-1);
    return newest && {
      means: newest.means,
      windowsSinceGuess: this.#windowsSinceGuess(
        newest.atSeconds,
        windowSeconds,
      ),
    };
  }

  /** When the averages began to fill, as far as is known here; undefined before the first report. Seconds. */
  get sinceSeconds(): number | undefined {
    const first = this.#entries[0];
    return first === undefined
      ? undefined
      : first.atSeconds - first.spanSeconds;
  }

  /**
   * Takes the averages that were reported at an instant and cover the `windowSeconds` before it. `capacity` bounds each
   * mean. Averages of another number than before (a GPU came or went) begin anew; `isWhole` tells whether a history that
   * begins with them begins with the client.
   */
  take(
    atSeconds: number,
    averages: readonly number[],
    windowSeconds: number,
    capacity: readonly number[],
    isWhole = false,
  ): Recovered {
    this.#beginAnew(averages.length);
    const last = this.#entries.at(-1);
    if (last === undefined) this.#guessedAt = isWhole ? undefined : atSeconds;
    const spanSeconds = last === undefined
      ? windowSeconds
      : atSeconds - last.atSeconds;
    const isFresh = last === undefined ||
      windowSeconds <= FRESH_INTERVALS * spanSeconds ||
      windowSeconds > INTERVALS_MAX * spanSeconds;
    const means = isFresh
      ? averages
      : this.#recover(last, atSeconds, averages, windowSeconds, capacity);
    this.#push(atSeconds, spanSeconds, averages, windowSeconds, means);
    return { isRecovered: !isFresh, means };
  }

  /** Takes averages of which an earlier run recovered the means. */
  resume(
    atSeconds: number,
    averages: readonly number[],
    windowSeconds: number,
    { means, windowsSinceGuess }: Recovery,
  ): void {
    this.#beginAnew(averages.length);
    const last = this.#entries.at(-1);
    const spanSeconds = last === undefined
      ? windowSeconds
      : atSeconds - last.atSeconds;
    this.#guessedAt = windowsSinceGuess === undefined
      ? undefined
      : atSeconds - windowsSinceGuess * windowSeconds;
    this.#push(atSeconds, spanSeconds, averages, windowSeconds, means);
  }

  #beginAnew(count: number): void {
    if (this.#entries[0]?.averages.length !== count) this.#entries.length = 0;
  }

  #push(
    atSeconds: number,
    spanSeconds: number,
    averages: readonly number[],
    windowSeconds: number,
    means: readonly number[],
  ): void {
    this.#entries.push({
      atSeconds,
      spanSeconds,
      averages,
      windowSeconds,
      means,
    });
    this.#forget(atSeconds - windowSeconds);
  }

  #windowsSinceGuess(
    atSeconds: number,
    windowSeconds: number,
  ): number | undefined {
    return this.#guessedAt === undefined
      ? undefined
      : (atSeconds - this.#guessedAt) / windowSeconds;
  }

  #recover(
    last: Entry,
    atSeconds: number,
    averages: readonly number[],
    windowSeconds: number,
    capacity: readonly number[],
  ): readonly number[] {
    const spanSeconds = atSeconds - last.atSeconds;
    const slidSeconds = last.windowSeconds + spanSeconds - windowSeconds;
    const slidOut = this.#sumBetween(
      last.atSeconds - last.windowSeconds,
      slidSeconds,
      averages.length,
    );
    const windows = this.#windowsSinceGuess(atSeconds, windowSeconds) ?? 0;
    const doubt = windows < 1 ? 0 : 1 / (1 + Math.floor(windows));
    return averages.map((average, k) => {
      const lastAverage = last.averages[k] ?? 0;
      const before = lastAverage * last.windowSeconds;
      const known = slidOut[k] ?? 0;
      const slid = known + doubt * (lastAverage * slidSeconds - known);
      const grown = average * windowSeconds - before + slid;
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

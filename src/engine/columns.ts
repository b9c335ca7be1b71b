/**
 * Scores of every backend for each tier, without the distance: Infinity where the tier does not fit. News of a backend
 * is only noted; the column of a tier catches up when the tier is asked for, so that tiers nobody asks for cost nothing.
 * Bounded by the number of backends and by {@link NEWS_MAX}.
 */
import type { Slot } from "./slot.ts";

/** Columns start with room for this many backends and double. */
const FIRST_CAPACITY = 64;

/** News that is remembered, a power of two; a column that missed more than this is made anew. */
const NEWS_MAX = 4096;

/** Computes one score of one column. */
export type ScoreOf = (slot: Slot, column: number) => number;

/** One column. */
interface Column {
  scores: Float64Array;
  /** How much of the news it has seen. */
  seen: number;
}

/** All columns. */
export class Columns {
  readonly #columns: Column[];
  readonly #scoreOf: ScoreOf;
  readonly #news = new Int32Array(NEWS_MAX);
  #noted = 0;

  /** So many columns, nothing in them. */
  constructor(count: number, scoreOf: ScoreOf) {
    this.#scoreOf = scoreOf;
    this.#columns = Array.from({ length: count }, () => ({
      scores: new Float64Array(FIRST_CAPACITY),
      seen: 0,
    }));
  }

  /** There is news of the backend at this place. */
  note(index: number): void {
    this.#news[this.#noted++ & (NEWS_MAX - 1)] = index;
  }

  /** Everything may have changed in these columns, or in all. */
  noteAll(isAffected: (column: number) => boolean = () => true): void {
    for (const [index, column] of this.#columns.entries()) {
      if (isAffected(index)) column.seen = -Infinity;
    }
  }

  /** A column brought up to date, valid until the next news. */
  scores(index: number, slots: readonly Slot[]): Float64Array {
    const column = this.#columns[index]!;
    const missed = this.#noted - column.seen;
    if (missed === 0) return column.scores;
    const isShort = column.scores.length < slots.length;
    if (isShort || missed > NEWS_MAX || missed > slots.length) {
      this.#makeAnew(column, index, slots);
    } else {
      for (let at = column.seen; at < this.#noted; at++) {
        const slot = slots[this.#news[at & (NEWS_MAX - 1)]!];
        if (slot !== undefined) {
          column.scores[slot.index] = this.#scoreOf(slot, index);
        }
      }
    }
    column.seen = this.#noted;
    return column.scores;
  }

  #makeAnew(column: Column, index: number, slots: readonly Slot[]): void {
    if (column.scores.length < slots.length) {
      const capacity = Math.max(slots.length, 2 * column.scores.length);
      column.scores = new Float64Array(capacity);
    }
    for (const slot of slots) {
      column.scores[slot.index] = this.#scoreOf(slot, index);
    }
  }
}

/**
 * Deletes leases that have ended by walking through the table, round after round, a piece at a time. There is no index
 * to find them by: with one, each new lease changes a second tree (measured: 1.2 µs of 3.7). Mostly the oldest end
 * first, so a piece goes whole or stays whole. Owner: the deletions.
 *
 * Bounds: {@link WALKED_ROWS_MAX} rows a step, and a step for {@link LEASES_PER_STEP} that were written. Two are looked
 * at for each that comes, so a round is over before half as many have come as there are, and no more have ended unseen.
 */
import { WALKED_ROWS_MAX } from "./lease_walk.ts";
import type { Statements } from "./statements.ts";

/** Leases that are written before one more piece is looked at. */
export const LEASES_PER_STEP = 128;

/** Beyond every row id, also of rows that someone typed. */
const ID_MAX = 2n ** 63n - 1n;

/** Walks as leases come, or once through all. */
export class EndedLeases {
  #afterId = 0;
  #endedByMs = 0;
  #written = 0;
  /** Whether it goes on to the end of the table, however few leases come. */
  #isWholeRound = false;

  /** Whether nothing is left to look at for now. */
  get isDone(): boolean {
    return !this.#isWholeRound && this.#written < LEASES_PER_STEP;
  }

  /** Looks through the whole table for leases that end by then; a round under way goes on with the new limit. */
  deleteAll(endedByMs: number): void {
    this.#endedByMs = endedByMs;
    if (this.#isWholeRound) return;
    this.#isWholeRound = true;
    this.#afterId = 0;
  }

  /** So many leases were written; looks for as many that end by then as keeps the table about as large as what lives. */
  follow(written: number, endedByMs: number): void {
    this.#written += Math.max(0, written);
    this.#endedByMs = endedByMs;
  }

  /** Stops where it is. */
  giveUp(): void {
    this.#isWholeRound = false;
    this.#written = 0;
  }

  /** Deletes in the next piece of the table. Throws when the database can't take it; then the piece is next again. */
  step(statements: Statements): void {
    if (this.isDone) return;
    const last = statements.lastLeaseOfPiece.get(
      this.#afterId,
      WALKED_ROWS_MAX - 1,
    )?.id;
    const isEnd = typeof last !== "number";
    statements.deleteEndedLeases.run(
      this.#afterId,
      isEnd ? ID_MAX : last,
      this.#endedByMs,
    );
    this.#afterId = isEnd ? 0 : last;
    this.#written = Math.max(0, this.#written - LEASES_PER_STEP);
    if (isEnd) this.#isWholeRound = false;
  }
}

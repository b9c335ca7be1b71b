/**
 * Deletes the leases of forgotten backends by walking through the table, a piece at a time. There is no index to find
 * them by: with one, each group of new leases changes a page per backend, and leases are stored at a third of the speed
 * (measured: 30,000 instead of 100,000 a second). Backends are rarely forgotten, leases come by the thousand.
 *
 * Bounds: {@link WALKED_ROWS_MAX} rows a step, {@link BACKENDS_PER_WALK} backends a walk; the others wait for the next.
 */
import type { Statements } from "./statements.ts";

/** Rows that one step looks at: a tenth of a millisecond, and one or two if all of them go. */
export const WALKED_ROWS_MAX = 256;

/** Backends whose leases one walk deletes: each step reads their ids again. */
export const BACKENDS_PER_WALK = 256;

/** Walks as long as there are backends to forget. */
export class LeaseWalk {
  readonly #waiting = new Set<string>();
  #walk: Walk | undefined;

  /** Whether nothing is left to delete. */
  get isDone(): boolean {
    return this.#walk === undefined && this.#waiting.size === 0;
  }

  /** Deletes the leases of one more backend. */
  forget(backendId: string): void {
    this.#waiting.add(backendId);
  }

  /** Whether leases of this backend are being deleted. */
  isOn(backendId: string): boolean {
    return this.#waiting.has(backendId) ||
      this.#walk?.backendIds.has(backendId) === true;
  }

  /** Deletes in the next piece of the table. Throws when the database can't take it; then the piece is next again. */
  step(statements: Statements): void {
    const walk = this.#walk ??= this.#begin();
    const last = statements.lastLeaseOfPiece.get(
      walk.afterId,
      WALKED_ROWS_MAX - 1,
    )?.id;
    const isEnd = typeof last !== "number";
    const untilId = isEnd ? Number.MAX_SAFE_INTEGER : last;
    statements.deleteLeasesBetween.run(
      walk.afterId,
      untilId,
      JSON.stringify([...walk.backendIds]),
    );
    this.#walk = isEnd ? undefined : { ...walk, afterId: untilId };
  }

  #begin(): Walk {
    const backendIds = new Set([...this.#waiting].slice(0, BACKENDS_PER_WALK));
    for (const id of backendIds) this.#waiting.delete(id);
    return { backendIds, afterId: 0 };
  }
}

interface Walk {
  readonly backendIds: ReadonlySet<string>;
  readonly afterId: number;
}

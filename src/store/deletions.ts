/**
 * Rows that are deleted in small batches between other writes: what a forgotten backend left behind, and reports past
 * their retention. Owner: the writer.
 *
 * Bounds: {@link DELETED_ROWS_MAX} rows and {@link VISITED_MAX} backends a step, {@link FORGOTTEN_MAX} backends that
 * wait. A backend beyond that leaves orphans, which nothing reads: its reports go with their retention, its sticky
 * assignments when the database is next opened.
 */
import type { Database } from "./database.ts";
import type { Statements } from "./statements.ts";

/** About one millisecond of deleting, indexes included. */
export const DELETED_ROWS_MAX = 64;

/** Backends that one step of the retention looks at, most of which have nothing old. */
export const VISITED_MAX = 64;

/** Forgotten backends that wait for their rows to be deleted: two purges of the largest fleet. */
export const FORGOTTEN_MAX = 20_000;

/** Deletes behind everyone's back. */
export class Deletions {
  readonly #stickyOf = new Set<string>();
  readonly #reportsOf = new Map<string, number>();
  #retention: Retention | undefined;

  /** Whether nothing is left to delete. */
  get isDone(): boolean {
    return this.#stickyOf.size === 0 && this.#reportsOf.size === 0 &&
      this.#retention === undefined;
  }

  /** Deletes what a backend left: its sticky assignments, and its reports up to that id. */
  forgetBackend(backendId: string, lastReportId: number): void {
    if (this.#reportsOf.size >= FORGOTTEN_MAX) return;
    this.#stickyOf.add(backendId);
    this.#reportsOf.set(backendId, lastReportId);
  }

  /** Whether sticky assignments of this backend are being deleted, so that a new one has to wait. */
  holdsSticky(backendId: string): boolean {
    return this.#stickyOf.has(backendId);
  }

  /** Deletes reports whose timestamp sorts before that text; one under way goes on with the new limit. */
  pruneReports(before: string): void {
    this.#retention = { backendId: null, ...this.#retention, before };
  }

  /**
   * Gives up what can take minutes: old reports are found again by the next retention, orphaned ones in their time.
   * Sticky assignments stay, because they would come back to life with their backend.
   */
  giveUpReports(): void {
    this.#reportsOf.clear();
    this.#retention = undefined;
  }

  /** Deletes one batch. Throws when the database can't take it; then the same batch is next again. */
  step(database: Database): void {
    const { statements } = database;
    const [stickyOf] = this.#stickyOf;
    if (stickyOf !== undefined) {
      const { changes } = statements.deleteStickyOf.run(
        stickyOf,
        DELETED_ROWS_MAX,
      );
      if (changes < DELETED_ROWS_MAX) this.#stickyOf.delete(stickyOf);
      return;
    }
    const [reportsOf] = this.#reportsOf;
    if (reportsOf !== undefined) {
      const { changes } = statements.deleteReportsOf.run(
        ...reportsOf,
        DELETED_ROWS_MAX,
      );
      if (changes < DELETED_ROWS_MAX) this.#reportsOf.delete(reportsOf[0]);
      return;
    }
    const retention = this.#retention;
    if (retention === undefined) return;
    this.#retention = database.transaction(() => prune(statements, retention));
  }
}

/** How far the retention is: backends are visited in the order of their ids, first those rows that name none. */
interface Retention {
  readonly before: string;
  readonly backendId: string | null;
}

/**
 * Deletes one batch and returns where to go on, or undefined at the end. It goes from backend to backend by
 * `idx_stats_client_time`, because searching all reports for old ones would read the whole table.
 */
function prune(
  statements: Statements,
  { before, backendId }: Retention,
): Retention | undefined {
  let current = backendId;
  let room = DELETED_ROWS_MAX;
  for (let visits = 0; visits < VISITED_MAX; visits++) {
    room -= Number(
      statements.deleteOldReportsOf.run(current, before, room).changes,
    );
    if (room === 0) break;
    const next = current === null
      ? ""
      : statements.nextReporter.get(current)?.id;
    if (typeof next !== "string") return undefined;
    current = next;
  }
  return { before, backendId: current };
}

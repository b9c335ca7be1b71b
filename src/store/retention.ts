/**
 * Deletes old reports, backend by backend. It goes by `idx_stats_client_time`, because searching all reports for old
 * ones would read the whole table. Bound: {@link VISITED_MAX} backends a step.
 */
import type { Database } from "./database.ts";

/** Backends that one step looks at, most of which have nothing old. */
export const VISITED_MAX = 64;

/** How far the retention is: backends are visited in the order of their ids, first those rows that name none. */
export interface Retention {
  /** Reports whose timestamp sorts before this text are old. */
  readonly before: string;
  /** Where it goes on; null is the rows without a backend. */
  readonly backendId: string | null;
}

/** Deletes at most so many rows in one transaction and returns where to go on, or undefined at the end. */
export function stepRetention(
  database: Database,
  { before, backendId }: Retention,
  rowsMax: number,
): Retention | undefined {
  const { statements } = database;
  return database.transaction(() => {
    let current = backendId;
    let room = rowsMax;
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
  });
}

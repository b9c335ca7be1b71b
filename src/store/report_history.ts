/**
 * Reads for each backend the reports of its last averaging window, which is what recovering its real use from averages
 * needs. Bound: {@link REPORT_HISTORY_MAX} reports of a backend.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { StoredReport } from "../ports.ts";
import { READ_NEWEST_REPORTS, reportOf } from "./report_row.ts";
import { instantText } from "./timestamps.ts";

/** Reports of one backend: a window of 900 s reported every 4 s. Denser ones are cut to the newest. */
export const REPORT_HISTORY_MAX = 256;

/** The averaging window of a client that does not say its own: the documented one. */
export const WINDOW_SECONDS_DEFAULT = 900;

/** How far before the window the history begins, so that a late report or two still leave one at its edge. */
export const HISTORY_SLACK_SECONDS = 120;

/** Reports that are tried for a backend, newest first, before it is left without one. */
const REPORTS_TRIED_MAX = 8;

/** Rows that are read at once: a little more than a window of reports that come each minute. */
const ROWS_PER_READ = 24;

/** Clocks differ; a report further in the future than this was stamped by a wrong one. */
const FUTURE_MS_MAX = 5 * 60_000;

/** What was read, and how many rows were not. */
export interface ReportsReading {
  /** Backend after backend, oldest first within one. */
  readonly reports: readonly StoredReport[];
  /** Rows that can't be understood. */
  readonly unreadable: number;
}

/** Reads the histories of these backends at that wall-clock time; what is a little in its future counts as now. */
export function readReports(
  connection: DatabaseSync,
  backendIds: readonly string[],
  nowMs: number,
): ReportsReading {
  const select = connection.prepare(READ_NEWEST_REPORTS);
  const until = instantText(nowMs + FUTURE_MS_MAX);
  const reports: StoredReport[] = [];
  let unreadable = 0;
  for (const id of backendIds) {
    const newestFirst: StoredReport[] = [];
    let fromMs = -Infinity;
    let tried = 0;
    for (const row of newestRows(select, id, until)) {
      const stored = reportOf(id, row);
      if (stored === undefined) {
        unreadable++;
        tried++;
      } else {
        if (newestFirst.length === 0) fromMs = historyStartMs(stored);
        if (stored.atMs < fromMs) break;
        newestFirst.push({ ...stored, atMs: Math.min(stored.atMs, nowMs) });
      }
      const isFull = newestFirst.length === REPORT_HISTORY_MAX;
      const isGivenUp = newestFirst.length === 0 && tried === REPORTS_TRIED_MAX;
      if (isFull || isGivenUp) break;
    }
    reports.push(...newestFirst.reverse());
  }
  return { reports, unreadable };
}

/** Not by iteration, which Deno 2.9.6 ends in silence where SQLite fails. */
function* newestRows(
  select: StatementSync,
  backendId: string,
  until: string,
): Generator<Row> {
  for (
    let offset = 0;
    offset < REPORTS_TRIED_MAX + REPORT_HISTORY_MAX;
    offset += ROWS_PER_READ
  ) {
    const rows = select.all(backendId, until, ROWS_PER_READ, offset);
    yield* rows;
    if (rows.length < ROWS_PER_READ) return;
  }
}

type Row = Record<string, SQLOutputValue>;

/** Where the history of a backend begins whose newest report is this one. */
function historyStartMs({ atMs, report }: StoredReport): number {
  const windowSeconds = report.windowSeconds ?? WINDOW_SECONDS_DEFAULT;
  return atMs - (windowSeconds + HISTORY_SLACK_SECONDS) * 1000;
}

/** Reads everything back. What can't be read is left out and counted; what belongs to no backend is left out. */
import type { DatabaseSync } from "node:sqlite";
import type {
  Snapshot,
  StoredBackend,
  StoredReport,
  StoredSticky,
} from "../ports.ts";
import { backendOf, READ_BACKENDS } from "./registration_row.ts";
import { READ_NEWEST_REPORTS, reportOf } from "./report_row.ts";
import { textOf } from "./stored_json.ts";
import { instantText, parseTimestamp } from "./timestamps.ts";

/** Reports that are tried for a backend, newest first, before it is left without one. */
const REPORTS_TRIED_MAX = 8;

/** Clocks differ; a report further in the future than this was stamped by a wrong one. */
const FUTURE_MS_MAX = 5 * 60_000;

/** No rows at all. */
export const EMPTY_SNAPSHOT: Snapshot = {
  backends: [],
  reports: [],
  sticky: [],
};

/** What was read, and how many rows were not. */
export interface SnapshotReading {
  readonly snapshot: Snapshot;
  /** Rows that can't be understood. */
  readonly unreadable: number;
}

/**
 * Reads the database at that wall-clock time; times in its future count as now. Of the sticky assignments the
 * `stickyMax` that were used last. Throws what SQLite throws.
 */
export function readSnapshot(
  connection: DatabaseSync,
  nowMs: number,
  stickyMax: number,
): SnapshotReading {
  const rows = connection.prepare(READ_BACKENDS).all();
  const registered = rows.map(backendOf).filter((backend) =>
    backend !== undefined
  );
  const newest = newestReports(connection, registered, nowMs);
  const sticky = readSticky(connection, nowMs, stickyMax);
  const reportAt = new Map(
    newest.reports.map(({ backendId, atMs }) => [backendId, atMs]),
  );
  const backends = registered.map((backend) => {
    const reportedMs = reportAt.get(backend.registration.id) ?? 0;
    const lastSeenMs = Math.max(backend.lastSeenMs, reportedMs);
    return { ...backend, lastSeenMs: Math.min(lastSeenMs, nowMs) };
  });
  return {
    snapshot: { backends, reports: newest.reports, sticky },
    unreadable: rows.length - registered.length + newest.unreadable,
  };
}

function newestReports(
  connection: DatabaseSync,
  backends: readonly StoredBackend[],
  nowMs: number,
): { readonly reports: readonly StoredReport[]; readonly unreadable: number } {
  const select = connection.prepare(READ_NEWEST_REPORTS);
  const until = instantText(nowMs + FUTURE_MS_MAX);
  const reports: StoredReport[] = [];
  let unreadable = 0;
  for (const { registration: { id } } of backends) {
    for (const row of select.iterate(id, until, REPORTS_TRIED_MAX)) {
      const stored = reportOf(id, row);
      if (stored !== undefined) {
        reports.push({ ...stored, atMs: Math.min(stored.atMs, nowMs) });
        break;
      }
      unreadable++;
    }
  }
  return { reports, unreadable };
}

function readSticky(
  connection: DatabaseSync,
  nowMs: number,
  stickyMax: number,
): readonly StoredSticky[] {
  return connection.prepare(READ_STICKY).all(stickyMax).map((row) => ({
    stickyId: textOf(row.stickyId) ?? "",
    tier: textOf(row.tier) ?? "",
    backendId: textOf(row.backendId) ?? "",
    lastUsedMs: Math.min(parseTimestamp(row.lastUsed) ?? 0, nowMs),
  })).reverse();
}

const READ_STICKY = `
  SELECT CAST(sticky_id AS TEXT) AS stickyId, CAST(tier AS TEXT) AS tier, CAST(client_id AS TEXT) AS backendId,
    CAST(last_used AS TEXT) AS lastUsed
  FROM sticky_assignments JOIN clients USING (client_id)
  ORDER BY last_used DESC, sticky_assignments.rowid DESC LIMIT ?`;

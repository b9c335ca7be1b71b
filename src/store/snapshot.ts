/** Reads everything back. What can't be read is left out and counted; what belongs to no backend is left out. */
import type { DatabaseSync } from "node:sqlite";
import type { Snapshot, StoredSticky } from "../ports.ts";
import { type LeasesReading, readLeases } from "./lease_reading.ts";
import { backendOf, READ_BACKENDS } from "./registration_row.ts";
import { readReports } from "./report_history.ts";
import { textOf } from "./stored_json.ts";
import { parseTimestamp } from "./timestamps.ts";

/** No rows at all. */
export const EMPTY_SNAPSHOT: Snapshot = {
  backends: [],
  reports: [],
  sticky: [],
  leases: [],
  drains: [],
};

/** What was read, and how many rows were not. */
export interface SnapshotReading {
  readonly snapshot: Snapshot;
  /** The leases, and which of their rows have to be put right. */
  readonly leases: LeasesReading;
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
  const ids = registered.map(({ registration: { id } }) => id);
  const { reports, unreadable } = readReports(connection, ids, nowMs);
  // Oldest first, so that the newest of each backend stays.
  const reportAt = new Map(
    reports.map(({ backendId, atMs }) => [backendId, atMs]),
  );
  const backends = registered.map((backend) => {
    const reportedMs = reportAt.get(backend.registration.id) ?? 0;
    const lastSeenMs = Math.max(backend.lastSeenMs, reportedMs);
    return { ...backend, lastSeenMs: Math.min(lastSeenMs, nowMs) };
  });
  const sticky = readSticky(connection, nowMs, stickyMax);
  const leases = readLeases(connection, new Set(ids), nowMs);
  return {
    snapshot: {
      backends,
      reports,
      sticky,
      leases: leases.leases,
      drains: [],
    },
    leases,
    unreadable: rows.length - registered.length + unreadable +
      leases.unreadable,
  };
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

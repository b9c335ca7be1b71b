/** Reads everything back. What can't be read is left out and counted; what belongs to no backend is left out. */
import type { DatabaseSync } from "node:sqlite";
import type { Snapshot, StoredDrain, StoredSticky } from "../ports.ts";
import { drainOf, outlivesBackend, READ_DRAINS } from "./drain_row.ts";
import { type LeasesReading, readLeases } from "./lease_reading.ts";
import { backendOf, READ_BACKENDS } from "./registration_row.ts";
import { readReports } from "./report_history.ts";
import { READ_STICKY, stickyOf } from "./sticky_row.ts";

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
  const known = new Set(ids);
  const leases = readLeases(connection, known, nowMs);
  const drains = readDrains(connection, nowMs);
  return {
    snapshot: {
      backends,
      reports,
      sticky,
      leases: leases.leases,
      drains: drains.drains.filter((drain) =>
        known.has(drain.backendId) || outlivesBackend(drain)
      ),
    },
    leases,
    unreadable: rows.length - registered.length + unreadable +
      leases.unreadable + drains.unreadable,
  };
}

/** Drainings, first begun first, and how many rows can't be understood. */
export function readDrains(
  connection: DatabaseSync,
  nowMs: number,
): { readonly drains: readonly StoredDrain[]; readonly unreadable: number } {
  const rows = connection.prepare(READ_DRAINS).all();
  const drains = rows.map(drainOf).filter((drain) => drain !== undefined)
    .map((drain) => ({ ...drain, sinceMs: Math.min(drain.sinceMs, nowMs) }))
    .sort((a, b) =>
      a.sinceMs - b.sinceMs || (a.backendId < b.backendId ? -1 : 1)
    );
  return { drains, unreadable: rows.length - drains.length };
}

function readSticky(
  connection: DatabaseSync,
  nowMs: number,
  stickyMax: number,
): readonly StoredSticky[] {
  return connection.prepare(READ_STICKY).all(stickyMax)
    .map((row) => stickyOf(row, nowMs)).reverse();
}

/** Reads leases back as the clock has them now. Bound: {@link LEASES_READ_MAX}. */
import type { DatabaseSync } from "node:sqlite";
import type { StoredLease } from "../ports.ts";
import { leaseOf, type LeaseWrite, READ_LEASES } from "./lease_row.ts";

/**
 * Leases that are read back: two seconds of starting. Of more, those that end last are read, because the others are
 * over soonest.
 */
export const LEASES_READ_MAX = 200_000;

/** What was read, and what has to be put right. */
export interface LeasesReading {
  /** Living leases of registered backends, oldest first. */
  readonly leases: readonly StoredLease[];
  /** Those of them whose rows are in the future, and have to be written anew. */
  readonly moved: readonly StoredLease[];
  /** Living leases without a backend: they would come back to life with it, and have to be removed. */
  readonly orphaned: readonly StoredLease[];
  /** Rows that can't be understood. */
  readonly unreadable: number;
}

/**
 * Reads the leases that live at that wall-clock time. Throws what SQLite throws.
 *
 * Deno 2.9.6 ends an iteration in silence where SQLite fails, so rows are counted by a statement that throws.
 */
export function readLeases(
  connection: DatabaseSync,
  backendIds: ReadonlySet<string>,
  nowMs: number,
): LeasesReading {
  const leases: StoredLease[] = [];
  const moved: StoredLease[] = [];
  const orphaned: StoredLease[] = [];
  let unreadable = 0;
  const living = Number(
    connection.prepare(COUNT_LEASES).get(nowMs)?.leases,
  );
  let read = 0;
  const rows = connection.prepare(READ_LEASES)
    .iterate(nowMs, LEASES_READ_MAX);
  for (const row of rows) {
    read++;
    const found = leaseOf(row);
    if (found === undefined) {
      unreadable++;
      continue;
    }
    const lease = leaseAt(found, nowMs);
    if (!backendIds.has(lease.backendId)) {
      orphaned.push(lease);
    } else if (lease.expiresMs > nowMs) {
      leases.push(lease);
      if (found.savedMs > nowMs) moved.push(lease);
    }
  }
  if (read < Math.min(living, LEASES_READ_MAX)) {
    // Throws, unless another process has removed some meanwhile.
    connection.prepare(READ_LEASES).all(nowMs, LEASES_READ_MAX);
  }
  leases.sort((a, b) => a.placedMs - b.placedMs || a.id - b.id);
  return { leases, moved, orphaned, unreadable };
}

const COUNT_LEASES =
  "SELECT count(*) AS leases FROM leases WHERE expires_ms > ?";

/**
 * A lease as the clock has it now. One that was written in the future, by a clock since set back, was written just
 * now: what was left of its life then is left, and no more.
 */
export function leaseAt(
  { lease, savedMs }: LeaseWrite,
  nowMs: number,
): StoredLease {
  const aheadMs = Math.max(0, savedMs - nowMs);
  const pastMs = (ms: number) => Math.min(ms - aheadMs, nowMs);
  return {
    ...lease,
    placedMs: pastMs(lease.placedMs),
    startedMs: lease.startedMs === undefined
      ? undefined
      : pastMs(lease.startedMs),
    expiresMs: lease.expiresMs - aheadMs,
  };
}

/**
 * Reads what can still be read of a damaged database: each table by itself, row after row, and past the pages that
 * can't be read. Decisions are not among it. Bounds: {@link ROWS_PER_READ}, {@link FAILURES_MAX}.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Snapshot, StoredReport } from "../ports.ts";
import { DRAIN_COLUMNS, drainOf, outlivesBackend } from "./drain_row.ts";
import { leaseAt } from "./lease_reading.ts";
import { LEASE_COLUMNS, leaseOf } from "./lease_row.ts";
import { BACKEND_COLUMNS, backendOf } from "./registration_row.ts";
import { openToRead } from "./read_only.ts";
import { readReports } from "./report_history.ts";
import { EMPTY_SNAPSHOT } from "./snapshot.ts";
import { STICKY_COLUMNS, stickyOf } from "./sticky_row.ts";

/** Rows that are read at once, and in halves where that fails. */
const ROWS_PER_READ = 256;

/** Failures that one table may have: a hole between two ids takes 8, and one more for each doubling of its width. */
const FAILURES_MAX = 5000;

const ID_MAX = 2n ** 63n - 1n;

/** What is left at that wall-clock time, of registered backends only, with the last `stickyMax` assignments. */
export function salvage(
  path: string,
  nowMs: number,
  stickyMax: number,
): Snapshot {
  using connection = opened(path);
  if (connection === undefined) return EMPTY_SNAPSHOT;
  const rowsOf = (table: string, columns: string) =>
    readableRows(connection, table, columns);
  const backends = newestOf(
    rowsOf("clients", BACKEND_COLUMNS).map(backendOf)
      .filter((backend) => backend !== undefined),
    ({ registration: { id } }) => id,
  ).map((backend) => ({
    ...backend,
    lastSeenMs: Math.min(backend.lastSeenMs, nowMs),
  }));
  const ids = new Set(backends.map(({ registration: { id } }) => id));
  const isKnown = ({ backendId }: { readonly backendId: string }) =>
    ids.has(backendId);
  return {
    backends,
    reports: [...ids].flatMap((id) => readableReports(connection, id, nowMs)),
    sticky: newestOf(
      rowsOf("sticky_assignments", STICKY_COLUMNS)
        .map((row) => stickyOf(row, nowMs)).filter(isKnown),
      ({ stickyId, tier }) => JSON.stringify([stickyId, tier]),
    ).sort((a, b) => a.lastUsedMs - b.lastUsedMs).slice(-stickyMax),
    leases: rowsOf("leases", LEASE_COLUMNS).map(leaseOf)
      .filter((write) => write !== undefined)
      .map((write) => leaseAt(write, nowMs))
      .filter((lease) => isKnown(lease) && lease.expiresMs > nowMs)
      .sort((a, b) => a.placedMs - b.placedMs || a.id - b.id),
    drains: newestOf(
      rowsOf("drains", DRAIN_COLUMNS).map(drainOf)
        .filter((drain) => drain !== undefined)
        .filter((drain) => isKnown(drain) || outlivesBackend(drain)),
      ({ backendId }) => backendId,
    ),
  };
}

/** Undefined when nothing can be read. */
function opened(path: string): DatabaseSync | undefined {
  // SQLite would remove the log of an empty file.
  if (Deno.statSync(path).size === 0) return undefined;
  try {
    return openToRead(path);
  } catch {
    return undefined;
  }
}

type Row = Record<string, SQLOutputValue>;

/** The rows of a table but those on pages that can't be read, in the order of their ids. */
function readableRows(
  connection: DatabaseSync,
  table: string,
  columns: string,
): readonly Row[] {
  const rows: Row[] = [];
  const sql =
    `SELECT CAST(rowid AS TEXT) AS place, ${columns} FROM ${table} NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ?`;
  // Numbers beyond 2^53, which somebody may have typed, stay as they are.
  let after = 0n;
  let count = ROWS_PER_READ;
  let step = 1n;
  for (let failures = 0; failures < FAILURES_MAX && after < ID_MAX;) {
    try {
      const read = connection.prepare(sql).all(after, count);
      rows.push(...read);
      if (read.length < count) return rows;
      after = BigInt(String(read.at(-1)?.place));
      count = Math.min(2 * count, ROWS_PER_READ);
      step = 1n;
    } catch {
      failures++;
      if (count > 1) count = Math.floor(count / 2);
      else {
        after += step;
        step *= 2n;
      }
    }
  }
  return rows;
}

function readableReports(
  connection: DatabaseSync,
  backendId: string,
  nowMs: number,
): readonly StoredReport[] {
  try {
    return readReports(connection, [backendId], nowMs).reports;
  } catch {
    return [];
  }
}

/** One for each key, which a damaged table may hold twice: the last. */
function newestOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

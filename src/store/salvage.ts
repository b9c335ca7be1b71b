/**
 * Reads what can still be read of a damaged database: each table by itself, row after row, and past the pages that
 * can't be read. Decisions are not among it.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Snapshot, StoredReport } from "../ports.ts";
import type { AuditEntry, StoredTrust } from "../trust_ports.ts";
import { AUDIT_COLUMNS, auditOf } from "./audit_row.ts";
import { DRAIN_COLUMNS, drainOf, outlivesBackend } from "./drain_row.ts";
import { KEY_COLUMNS, keyOf } from "./key_row.ts";
import { leaseAt } from "./lease_reading.ts";
import { LEASE_COLUMNS, leaseOf } from "./lease_row.ts";
import { BACKEND_COLUMNS, backendOf } from "./registration_row.ts";
import { openDamaged, readableRows } from "./readable_rows.ts";
import { readReports } from "./report_history.ts";
import { EMPTY_SNAPSHOT } from "./snapshot.ts";
import { STICKY_COLUMNS, stickyOf } from "./sticky_row.ts";
import { TOKEN_COLUMNS, tokenOf } from "./token_row.ts";
import { inOrder, NO_TRUST } from "./trust_reading.ts";

/** What is left at that wall-clock time, of registered backends only, with the last `stickyMax` assignments. */
export function salvage(
  path: string,
  nowMs: number,
  stickyMax: number,
): Snapshot {
  using connection = openDamaged(path);
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

/** What is left of keys and tokens. */
export function salvageTrust(path: string): StoredTrust {
  using connection = openDamaged(path);
  if (connection === undefined) return NO_TRUST;
  return inOrder({
    keys: newestOf(
      readableRows(connection, "api_keys", KEY_COLUMNS).map(keyOf)
        .filter((key) => key !== undefined),
      ({ name }) => name,
    ),
    tokens: newestOf(
      readableRows(connection, "enrol_tokens", TOKEN_COLUMNS).map(tokenOf)
        .filter((token) => token !== undefined),
      ({ id }) => id,
    ),
  });
}

/** What is left of the newest lines of the audit trail, so many at most; oldest first. */
export function salvageAudit(
  path: string,
  linesMax: number,
): readonly AuditEntry[] {
  using connection = openDamaged(path);
  if (connection === undefined) return [];
  const from = lastAuditId(connection) - linesMax;
  return readableRows(connection, "audit", AUDIT_COLUMNS, BigInt(from))
    .map(auditOf).filter((entry) => entry !== undefined).slice(-linesMax);
}

/** The highest id given out so far, as far as that can be read; 0 otherwise. */
function lastAuditId(connection: DatabaseSync): number {
  try {
    const [row] = connection.prepare(
      "SELECT seq FROM sqlite_sequence WHERE name = 'audit'",
    ).all();
    return Number(row?.seq ?? 0);
  } catch {
    return 0;
  }
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

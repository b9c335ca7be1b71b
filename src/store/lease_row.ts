/**
 * A lease as a row of `leases`, both ways. Beside what the port asks for, a row says when it was written: only with
 * that is it known, after the clock was set back, how much of its life a lease had left.
 */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { StoredLease } from "../ports.ts";
import { keyText } from "./key_text.ts";
import {
  amountOf,
  arrayOf,
  numberOf,
  parseStored,
  textOf,
} from "./stored_json.ts";

/** Takes the values of {@link leaseValues} in their order. A lease that is there gets a new life. */
export const SAVE_LEASE = `
  INSERT OR REPLACE INTO leases
    (id, client_id, tier, gpus, sticky_id, idempotency_key, placed_ms, started_ms, expires_ms, saved_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * What {@link leaseOf} reads. The casts let a row that someone typed be read as far as it makes sense, and a number
 * beyond 2^53 be seen without an exception.
 */
export const LEASE_COLUMNS = `
  CAST(id AS REAL) AS id, CAST(client_id AS TEXT) AS backendId, CAST(tier AS TEXT) AS tier,
    CAST(gpus AS TEXT) AS gpus, CAST(sticky_id AS TEXT) AS stickyId, CAST(idempotency_key AS TEXT) AS idempotencyKey,
    ${instantOr("placed_ms")} AS placedMs, ${
  instantOr("started_ms")
} AS startedMs,
    ${instantOr("expires_ms")} AS expiresMs, ${
  instantOr("saved_ms")
} AS savedMs`;

/** Leases that end after an instant, the last to end first; takes the instant and the number of rows. */
export const READ_LEASES =
  `SELECT ${LEASE_COLUMNS} FROM leases WHERE expires_ms > ? ORDER BY expires_ms DESC LIMIT ?`;

/** A lease and when that was said of it, wall clock. */
export interface LeaseWrite {
  readonly lease: StoredLease;
  readonly savedMs: number;
}

/** The row of a lease. */
export function leaseValues({ lease, savedMs }: LeaseWrite): SQLInputValue[] {
  const { stickyId, idempotencyKey, startedMs } = lease;
  return [
    leaseNumber(lease.id),
    keyText("client id", lease.backendId),
    keyText("tier", lease.tier),
    lease.gpus.length === 0 ? "[]" : JSON.stringify(lease.gpus),
    stickyId === undefined ? null : keyText("sticky id", stickyId),
    idempotencyKey === undefined
      ? null
      : keyText("idempotency key", idempotencyKey),
    instantOf(lease.placedMs),
    startedMs === undefined ? null : instantOf(startedMs),
    instantOf(lease.expiresMs),
    instantOf(savedMs),
  ];
}

/** The number of a lease as a key. Throws RangeError when it would come back as another one. */
export function leaseNumber(id: number): number {
  if (isLeaseNumber(id)) return id;
  throw new RangeError(
    `Cannot store lease ${id}: wanted a safe integer from 1`,
  );
}

/** The lease of a row of {@link LEASE_COLUMNS} as it was written, or undefined when it can't be booked again. */
export function leaseOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): LeaseWrite | undefined {
  const backendId = textOf(row.backendId);
  const tier = textOf(row.tier);
  const gpus = arrayOf(parseStored(row.gpus), deviceOf);
  const placedMs = numberOf(row.placedMs);
  const startedMs = numberOf(row.startedMs);
  const expiresMs = numberOf(row.expiresMs);
  const savedMs = numberOf(row.savedMs);
  if (
    !isLeaseNumber(row.id) || backendId === undefined || tier === undefined ||
    gpus === undefined || placedMs === undefined || expiresMs === undefined ||
    savedMs === undefined || (row.startedMs !== null && startedMs === undefined)
  ) return undefined;
  const lease: StoredLease = {
    id: row.id,
    backendId,
    tier,
    gpus,
    stickyId: textOf(row.stickyId),
    idempotencyKey: textOf(row.idempotencyKey),
    placedMs,
    startedMs,
    expiresMs,
  };
  return { lease, savedMs };
}

/** Whole milliseconds of an instant as a column holds them. Throws RangeError when they are no date. */
export function instantOf(wallMs: number): number {
  if (Math.abs(wallMs) <= DATE_MS_MAX) return Math.trunc(wallMs);
  throw new RangeError(`Cannot store the instant ${wallMs}: wanted a date`);
}

/** Furthest from 1970 that a Date can be (ECMA-262, section 21.4.1.1). */
const DATE_MS_MAX = 8.64e15;

/** SQL: an instant as a number, NULL where there is none, and text for whatever else someone typed. */
export function instantOr(column: string): string {
  return `CASE WHEN typeof(${column}) IN ('integer', 'null') THEN CAST(${column} AS REAL) ELSE '' END`;
}

function isLeaseNumber(id: unknown): id is number {
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 1;
}

function deviceOf(value: unknown): number | undefined {
  const device = amountOf(value);
  return Number.isSafeInteger(device) ? device : undefined;
}

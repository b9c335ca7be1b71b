/** A lease as it outlives the process: names instead of objects. */
import type { Lease } from "./lease.ts";

/** What a lease is made of; instants are monotonic milliseconds of the process that holds the record. */
export interface LeaseRecord {
  /** Its number. */
  readonly id: number;
  /** The backend's id. */
  readonly backendId: string;
  /** Name of the tier. */
  readonly tier: string;
  /** Device ids of the booked cards. */
  readonly gpus: readonly number[];
  /** Id of the session it belongs to, if any. */
  readonly stickyId: string | undefined;
  /** What the caller named the ask, if it did. */
  readonly idempotencyKey: string | undefined;
  /** When the room was booked. */
  readonly placedAt: number;
  /** When the session is known to have begun, if it is. */
  readonly startedAt: number | undefined;
  /** When it ends by itself. */
  readonly expiresAt: number;
}

/** The record of a lease. */
export function recordOf(lease: Lease): LeaseRecord {
  const { id, gpus, stickyId, idempotencyKey, placedAt, startedAt } = lease;
  return {
    id,
    backendId: lease.slot.registration.id,
    tier: lease.tier.name,
    gpus,
    stickyId,
    idempotencyKey,
    placedAt,
    startedAt,
    expiresAt: lease.expiresAt,
  };
}

/** A lease with its instants on the wall clock, in milliseconds since 1970-01-01 UTC, as a database keeps it. */
export interface WallClockLease
  extends Omit<LeaseRecord, "placedAt" | "startedAt" | "expiresAt"> {
  /** When the room was booked. */
  readonly placedMs: number;
  /** When the session is known to have begun, if it is. */
  readonly startedMs: number | undefined;
  /** When it ends by itself. */
  readonly expiresMs: number;
}

/** The record of a session's lease for a database; `wallMs` says when on the wall clock a monotonic instant is. */
export function wallClockLeaseOf(
  lease: Lease,
  wallMs: (monotonicMs: number) => number,
): WallClockLease {
  // Name by name: a rest or spread here costs a kilobyte for each lease that is stored.
  const { id, gpus, stickyId, idempotencyKey, placedAt, startedAt } = lease;
  return {
    id,
    backendId: lease.slot.registration.id,
    tier: lease.tier.name,
    gpus,
    stickyId,
    idempotencyKey,
    placedMs: wallMs(placedAt),
    startedMs: startedAt === undefined ? undefined : wallMs(startedAt),
    expiresMs: wallMs(lease.expiresAt),
  };
}

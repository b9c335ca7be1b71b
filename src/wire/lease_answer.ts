/** Leases as callers and operators see them: one, a page of them, and what ending one answers. */
import * as z from "zod";
import type { WallClockLease } from "../engine/lease_record.ts";
import { leaseIdOf } from "./lease_id.ts";

/** One lease; instants are RFC 3339 in UTC. */
export const leaseAnswer = z.object({
  /** What renews and releases it. */
  lease_id: z.string(),
  /** The machine that keeps the room. */
  client_id: z.string(),
  /** The tier that says how much room. */
  tier: z.string(),
  /** Device ids of the booked GPUs; empty for tiers without. */
  gpus: z.array(z.number()),
  /** The session it belongs to; absent when none was named. */
  sticky_id: z.string().optional(),
  /** What the caller named the ask; absent when it did not. */
  idempotency_key: z.string().optional(),
  /** A hold is promised room; a confirmed lease is known to be used. */
  state: z.enum(["hold", "confirmed"]),
  /** When the room was booked. */
  placed_at: z.string(),
  /** When the session is known to have begun; absent for a hold. */
  started_at: z.string().optional(),
  /** When it ends by itself unless it is renewed. */
  expires_at: z.string(),
  /** False when the database did not take a change, so that a restart forgets it. */
  durable: z.literal(false).optional(),
});

/** The JSON of one lease. */
export type LeaseAnswer = z.output<typeof leaseAnswer>;

/** The answer of `GET /_opsen/leases`: a page, oldest first. */
export const leasesAnswer = z.object({
  /** Oldest first. */
  leases: z.array(leaseAnswer),
  /** How many there are on all pages. */
  total: z.number(),
  /** What `after` takes for the next page; absent on the last. */
  next: z.string().optional(),
});

/** The JSON of a page. */
export type LeasesAnswer = z.output<typeof leasesAnswer>;

/** The answer of `DELETE /_opsen/leases/{id}`. */
export const releaseAnswer = z.object({
  /** Its room is free. */
  status: z.literal("released"),
  /** The lease that has ended. */
  lease_id: z.string(),
  /** False when the database did not take it, so that a restart may bring the lease back until it expires. */
  durable: z.literal(false).optional(),
});

/** The JSON of that answer. */
export type ReleaseAnswer = z.output<typeof releaseAnswer>;

/** The lease under its JSON names. */
export function leaseAnswerOf(
  lease: WallClockLease,
  isDurable = true,
): LeaseAnswer {
  const { stickyId, idempotencyKey, startedMs } = lease;
  return {
    lease_id: leaseIdOf(lease.id),
    client_id: lease.backendId,
    tier: lease.tier,
    gpus: [...lease.gpus],
    ...(stickyId !== undefined && { sticky_id: stickyId }),
    ...(idempotencyKey !== undefined && { idempotency_key: idempotencyKey }),
    state: startedMs === undefined ? "hold" : "confirmed",
    placed_at: instant(lease.placedMs),
    ...(startedMs !== undefined && { started_at: instant(startedMs) }),
    expires_at: instant(lease.expiresMs),
    ...(!isDurable && { durable: false as const }),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** One reservation with a life: hold, perhaps confirmed, renewed, then released or expired. */
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** One live reservation. */
export interface Lease {
  /** Unique in this server's database. */
  readonly id: number;
  /** The backend that holds the room. */
  readonly slot: Slot;
  /** What is held. */
  readonly tier: Tier;
  /** Device ids of the booked cards. */
  readonly gpus: readonly number[];
  /** Whether it is held by a single request. */
  readonly isRequest: boolean;
  /** Id of the session it belongs to, if any. */
  readonly stickyId: string | undefined;
  /** What the caller named the ask, if it did. */
  readonly idempotencyKey: string | undefined;
  /** When the room was booked, monotonic milliseconds. */
  readonly placedAt: number;
  /** When the session is known to have begun; a hold that nobody confirmed has not. Monotonic milliseconds. */
  startedAt: number | undefined;
  /** When it ends by itself, monotonic milliseconds; Infinity for a single request, whose end is seen. */
  expiresAt: number;
  /** Whether reports can't show yet what it does to its cards. */
  hidesCards: boolean;
  /** Requests of its session that are on their way: while there are any it does not expire. */
  inFlight: number;
  /** Where the lease stands in the heap of expiries. */
  heapIndex: number;
}

/** What tells a new lease from its slot and tier. */
export interface LeaseNames {
  /** Id of the session it belongs to, if any. */
  readonly stickyId: string | undefined;
  /** What the caller named the ask, if it did. */
  readonly idempotencyKey: string | undefined;
  /** Whether it is held by a single request. */
  readonly isRequest: boolean;
}

/** The key of a session's lease of a tier: one live lease each. */
export function sessionKey(stickyId: string, tierName: string): string {
  return `${stickyId}\0${tierName}`;
}

/** Leases on their way to the store and to callers: from the monotonic clock of decisions to the wall clock. */
import type { Lease } from "../engine/lease.ts";
import {
  type WallClockLease,
  wallClockLeaseOf,
} from "../engine/lease_record.ts";
import type { Clock, Durability } from "../ports.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";

/** Stores a lease as it is now; settles with how safe that is. */
export function saveLease(deps: ApiDeps, lease: Lease): Promise<Durability> {
  return acknowledgement(
    deps.store.saveLease(wallClockLease(lease, deps.clock)),
    deps.logger,
  );
}

/** Forgets leases that have ended; settles with how safe that is. */
export async function removeLeases(
  { store, logger }: ApiDeps,
  leaseNumbers: readonly number[],
): Promise<Durability> {
  const writes = leaseNumbers.map((id) => store.removeLease(id));
  return await acknowledgement(
    Promise.all(writes).then((all) => leastOf(...all)),
    logger,
  );
}

/** How safe several writes are together. */
export function leastOf(...all: readonly Durability[]): Durability {
  return all.includes("memory") ? "memory" : "durable";
}

/** The lease with its instants on the wall clock, to the millisecond. */
export function wallClockLease(lease: Lease, clock: Clock): WallClockLease {
  const startedMs = clock.wallMs() - clock.monotonicMs();
  return wallClockLeaseOf(lease, (at) => Math.round(startedMs + at));
}

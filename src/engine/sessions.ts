/** Sessions that come back after a restart, and those that an operator ends. Owns no state. */
import type { BalancerParts } from "./balancer_parts.ts";
import type { Lease } from "./lease.ts";
import type { Assignment } from "./sticky.ts";

/** What a session had. */
export interface SessionEnd {
  /** Where it went, by tier. */
  readonly assignments: readonly Assignment[];
  /** The live leases that it held; they have ended. */
  readonly leases: readonly Lease[];
}

/**
 * Forgets a session, or its part for one tier. Its leases end too: as long as they lived it would stay where it is. Its
 * requests that are on their way go on to their end.
 */
export function endSession(
  { book, sticky }: BalancerParts,
  stickyId: string,
  tier: string | undefined,
): SessionEnd {
  const assignments = sticky.forget(stickyId, tier);
  const leases = book.all().filter((lease) =>
    lease.stickyId === stickyId && (tier ?? lease.tier.name) === lease.tier.name
  );
  for (const lease of leases) book.close(lease);
  return { assignments, leases };
}

/** An assignment of an earlier run counts again, if its backend is registered. */
export function restoreSession(
  { fleet, sticky }: BalancerParts,
  { stickyId, tier, backendId }: Assignment,
): void {
  const slot = fleet.get(backendId);
  if (slot !== undefined) sticky.assign(stickyId, tier, slot);
}

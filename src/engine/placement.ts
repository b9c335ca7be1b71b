/** The answer when room was booked. */
import type { Placed, Stickiness } from "./decision.ts";
import type { Lease } from "./lease.ts";

/** What a caller is told of its booking. */
export function placementOf(
  lease: Lease,
  distanceKm: number,
  stickiness: Stickiness,
): Placed {
  const { registration } = lease.slot;
  const { id, endpoint, hostname } = registration;
  return {
    kind: "placed",
    backendId: id,
    endpoint,
    hostname,
    registration,
    distanceKm,
    hold: { leaseId: lease.id, expiresAt: lease.expiresAt, gpus: lease.gpus },
    lease,
    stickiness,
  };
}

/** What outlives the server's process, between the balancer's terms (monotonic instants) and the store's (wall clock). */
import type { Balancer } from "./engine/balancer.ts";
import { wallClockLeaseOf } from "./engine/lease_record.ts";
import type { Clock, Snapshot } from "./ports.ts";

/** Gives the balancer what an earlier run knew. What was stored in the future, by a clock since set back, is new. */
export function restore(
  balancer: Balancer,
  snapshot: Snapshot,
  clock: Clock,
): void {
  const nowMs = clock.monotonicMs();
  const wallMs = clock.wallMs();
  const instant = (storedMs: number) => nowMs - Math.max(0, wallMs - storedMs);
  for (const { registration, lastSeenMs } of snapshot.backends) {
    balancer.register(registration, instant(lastSeenMs));
  }
  for (const { backendId, report, atMs } of snapshot.reports) {
    balancer.report(backendId, report, instant(atMs));
  }
  for (const assignment of snapshot.sticky) balancer.restore(assignment);
  // Newest first: of a session that moved, the lease it left may be stored still.
  for (
    const { placedMs, startedMs, expiresMs, ...lease } of snapshot.leases
      .toReversed()
  ) {
    const lived = {
      placedAt: instant(placedMs),
      startedAt: startedMs === undefined ? undefined : instant(startedMs),
      expiresAt: nowMs + Math.max(0, expiresMs - wallMs),
    };
    balancer.restoreLease({ ...lease, ...lived }, nowMs);
  }
}

/** Everything the balancer knows, in the store's terms. */
export function snapshotOf(balancer: Balancer, clock: Clock): Snapshot {
  const nowMs = clock.monotonicMs();
  const wallMs = clock.wallMs();
  const views = balancer.backends(nowMs).map((view) => ({
    ...view,
    atMs: wallMs - (nowMs - view.lastSeenAt),
  }));
  return {
    backends: views.map(({ registration, atMs }) => ({
      registration,
      lastSeenMs: atMs,
    })),
    reports: views.flatMap(({ registration, report, atMs }) =>
      report === undefined ? [] : [{ backendId: registration.id, report, atMs }]
    ),
    sticky: balancer.assignments().map((assignment) => ({
      ...assignment,
      lastUsedMs: wallMs,
    })),
    leases: balancer.leases(nowMs).map((lease) =>
      wallClockLeaseOf(lease, (at) => wallMs + (at - nowMs))
    ),
    drains: [],
  };
}

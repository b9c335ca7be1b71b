/** What outlives the server's process, between the balancer's terms (monotonic instants) and the store's (wall clock). */
import type { Balancer } from "../engine/balancer.ts";
import { wallClockLeaseOf } from "../engine/lease_record.ts";
import type { Clock, Snapshot } from "../ports.ts";

/** Gives the balancer what an earlier run knew. What was stored in the future, by a clock since set back, is new. */
export function restore(
  balancer: Balancer,
  snapshot: Snapshot,
  clock: Clock,
): void {
  const nowMs = clock.monotonicMs();
  const wallMs = clock.wallMs();
  const instant = (storedMs: number) => nowMs - Math.max(0, wallMs - storedMs);
  const ahead = (storedMs: number) => nowMs + Math.max(0, storedMs - wallMs);
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
      expiresAt: ahead(expiresMs),
    };
    balancer.restoreLease({ ...lease, ...lived }, nowMs);
  }
  // Last, because a drain is over when there is no lease.
  for (const { backendId, by, sinceMs, deadlineMs } of snapshot.drains) {
    const since = instant(sinceMs);
    const deadlineAt = deadlineMs === undefined ? undefined : ahead(deadlineMs);
    balancer.restoreDrain({ backendId, by, since, deadlineAt }, nowMs);
  }
}

/** Everything the balancer knows, in the store's terms. */
export function snapshotOf(balancer: Balancer, clock: Clock): Snapshot {
  const nowMs = clock.monotonicMs();
  const wallMs = clock.wallMs();
  const stored = (at: number) => wallMs + (at - nowMs);
  const views = balancer.backends(nowMs).map((view) => ({
    ...view,
    atMs: stored(view.lastSeenAt),
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
      wallClockLeaseOf(lease, stored)
    ),
    drains: balancer.drains(nowMs).map((
      { backendId, by, since, deadlineAt },
    ) => ({
      backendId,
      by,
      sinceMs: stored(since),
      deadlineMs: deadlineAt === undefined ? undefined : stored(deadlineAt),
    })),
  };
}

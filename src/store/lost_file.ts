/**
 * What a database holds beside what is on its way to it: when its file was lost and has to be written again, and when
 * it could not be read at start and can be now. What was said since counts.
 */
import type { Snapshot, StoredLease, StoredReport } from "../ports.ts";
import { outlivesBackend } from "./drain_row.ts";
import type { LeasesReading } from "./lease_reading.ts";
import type { PendingWrites } from "./pending_writes.ts";

/**
 * Writes again what a lost file held, except what was changed since, and as far as there is room beside that. Where
 * there is none, the oldest reports and assignments stay out, and the leases that end first.
 */
export function saveLost(
  pending: PendingWrites,
  held: Snapshot,
  nowMs: number,
): void {
  const { backends, reports, sticky, leases, drains } = withoutChanged(
    pending,
    held,
  );
  for (
    const { registration, lastSeenMs } of backends.slice(
      0,
      pending.registrations.room,
    )
  ) {
    pending.saveRegistration(registration, lastSeenMs);
  }
  for (const drain of lastOf(drains, pending.drains.room)) {
    pending.saveDrain(drain);
  }
  for (const report of newestOfEach(reports, pending.reports.room)) {
    pending.saveReport(report);
  }
  for (const assignment of lastOf(sticky, pending.sticky.room)) {
    pending.saveSticky(assignment);
  }
  for (const lease of longestOf(leases, pending.leases.room)) {
    pending.saveLease(lease, nowMs);
  }
}

/** Puts rows of leases right that can't stay as they are, unless something newer is said of them. */
export function correctLeases(
  pending: PendingWrites,
  { moved, orphaned }: LeasesReading,
  nowMs: number,
): void {
  const isHere = (lease: StoredLease) => isHeld(pending, lease);
  const { room } = pending.removedLeases;
  for (const { id } of lastOf(orphaned.filter(isHere), room)) {
    pending.removeLease(id);
  }
  for (const lease of longestOf(moved.filter(isHere), pending.leases.room)) {
    pending.saveLease(lease, nowMs);
  }
}

/**
 * The part of what a database holds that no write on its way says otherwise. Of a backend that has reported since, its
 * history stays out: its newest report must stay the last that anyone hears of.
 */
export function withoutChanged(
  pending: PendingWrites,
  held: Snapshot,
): Snapshot {
  const isRemoved = (id: string) => pending.removedBackends.has(id);
  const reporters = new Set<string>();
  for (const [, { backendId }] of pending.reports.entries()) {
    reporters.add(backendId);
  }
  return {
    backends: held.backends.filter(({ registration: { id } }) =>
      !isRemoved(id) && !pending.registrations.has(id)
    ),
    reports: held.reports.filter(({ backendId }) =>
      !isRemoved(backendId) && !reporters.has(backendId)
    ),
    sticky: held.sticky.filter((assignment) =>
      !isRemoved(assignment.backendId) && !pending.changesSticky(assignment)
    ),
    leases: held.leases.filter((lease) => isHeld(pending, lease)),
    drains: held.drains.filter((drain) =>
      (!isRemoved(drain.backendId) || outlivesBackend(drain)) &&
      !pending.changesDrain(drain.backendId)
    ),
  };
}

function isHeld(pending: PendingWrites, { id, backendId }: StoredLease) {
  return !pending.removedBackends.has(backendId) && !pending.changesLease(id);
}

/** The newest report of each backend, then the one before it, and so on, as many as there is room for. */
function newestOfEach(
  reports: readonly StoredReport[],
  room: number,
): readonly StoredReport[] {
  if (reports.length <= room) return reports;
  const counts = new Map<string, number>();
  const ages = new Map<StoredReport, number>();
  for (const report of reports.toReversed()) {
    const age = counts.get(report.backendId) ?? 0;
    counts.set(report.backendId, age + 1);
    ages.set(report, age);
  }
  const ageOf = (report: StoredReport) => ages.get(report) ?? 0;
  const kept = new Set(
    reports.toSorted((a, b) => ageOf(a) - ageOf(b)).slice(0, room),
  );
  return reports.filter((report) => kept.has(report));
}

function longestOf(
  leases: readonly StoredLease[],
  room: number,
): readonly StoredLease[] {
  if (leases.length <= room) return leases;
  return lastOf(leases.toSorted((a, b) => a.expiresMs - b.expiresMs), room);
}

function lastOf<Item>(items: readonly Item[], room: number): readonly Item[] {
  return items.slice(Math.max(0, items.length - room));
}

/**
 * Everything on its way to the database. Owner: the writer. The kinds are written in the order of the fields below,
 * which with one write per key gives the same tables as writing every call in the order in which it was made.
 *
 * Bounds: registrations and sticky assignments by their owners' bounds, removals likewise, reports by
 * {@link REPORTS_MAX}. Only reports give way in practice: a removal that gives way leaves a row that is removed again
 * after the next start, when its backend is silent or its session the one that was used least recently.
 */
import type { Registration } from "../engine/backend.ts";
import type {
  Durability,
  Snapshot,
  StoredReport,
  StoredSticky,
} from "../ports.ts";
import { PendingMap, type Settle } from "./pending_map.ts";

/** Reports that wait: one of each backend of the largest fleet. A report of 24 cores is about 1 KB. */
export const REPORTS_MAX = 10_000;

/** A registration and when it arrived, wall clock. */
export interface RegistrationWrite {
  readonly registration: Registration;
  readonly atMs: number;
}

/** What names a sticky assignment. */
export interface StickyKey {
  readonly stickyId: string;
  readonly tier: string;
}

/** How much may wait. */
export interface PendingBounds {
  /** Most backends there can be. */
  readonly backendsMax: number;
  /** Most sticky assignments there can be. */
  readonly stickyMax: number;
}

/** The writes, each kind in a map of its own. */
export class PendingWrites {
  /** Backends to forget, by id. */
  readonly removedBackends: PendingMap<string>;
  /** Registrations, by backend id. */
  readonly registrations: PendingMap<RegistrationWrite>;
  /** Sticky assignments to forget. */
  readonly removedSticky: PendingMap<StickyKey>;
  /** Sticky assignments. */
  readonly sticky: PendingMap<StoredSticky>;
  /** Reports, by a running number: each is a row of its own. */
  readonly reports: PendingMap<StoredReport>;
  #reportNumber = 0;
  #reportsDropped = 0;

  /** Nothing is on its way yet. */
  constructor({ backendsMax, stickyMax }: PendingBounds) {
    this.removedBackends = new PendingMap(backendsMax);
    this.registrations = new PendingMap(backendsMax);
    this.removedSticky = new PendingMap(stickyMax);
    this.sticky = new PendingMap(stickyMax);
    this.reports = new PendingMap(REPORTS_MAX);
  }

  /** Number of writes. */
  get size(): number {
    return this.#maps().reduce((sum, { size }) => sum + size, 0);
  }

  /** Number of reports that gave way since the last call. */
  takeReportsDropped(): number {
    const dropped = this.#reportsDropped;
    this.#reportsDropped = 0;
    return dropped;
  }

  /** A removal of the same backend goes first. */
  saveRegistration(
    registration: Registration,
    atMs: number,
    waiting: readonly Settle[] = [],
  ): void {
    this.registrations.put(registration.id, { registration, atMs }, waiting);
  }

  /** The oldest report gives way when there are too many. */
  saveReport(report: StoredReport): void {
    const key = String(this.#reportNumber++);
    if (this.reports.put(key, report)) this.#reportsDropped++;
  }

  /** Takes the place of a removal. */
  saveSticky(
    assignment: StoredSticky,
    waiting: readonly Settle[] = [],
  ): void {
    const key = stickyKey(assignment);
    const before = this.removedSticky.take(key);
    this.sticky.put(key, assignment, [...before, ...waiting]);
  }

  /** Takes the place of an assignment. */
  removeSticky({ stickyId, tier }: StickyKey): void {
    const key = stickyKey({ stickyId, tier });
    this.removedSticky.put(key, { stickyId, tier }, this.sticky.take(key));
  }

  /** Takes the place of all that is on its way for these backends. Answers when the last of them is removed. */
  removeBackends(
    ids: ReadonlySet<string>,
    waiting: readonly Settle[] = [],
  ): void {
    const waitingForAll = waiting.map((settle) => afterAll(ids.size, settle));
    for (const id of ids) {
      const before = this.registrations.take(id);
      this.removedBackends.put(id, id, [...before, ...waitingForAll]);
    }
    for (const [, assignment] of this.sticky.entries()) {
      if (ids.has(assignment.backendId)) this.removeSticky(assignment);
    }
    for (const [key, { backendId }] of this.reports.entries()) {
      if (ids.has(backendId)) this.reports.take(key);
    }
  }

  /** Writes again what a lost file held, except what was changed since, and as far as there is room beside that. */
  saveLost(held: Snapshot): void {
    const { backends, reports, sticky } = this.withoutChanged(held);
    for (
      const { registration, lastSeenMs } of backends.slice(
        0,
        this.registrations.room,
      )
    ) {
      this.saveRegistration(registration, lastSeenMs);
    }
    for (const report of reports.slice(0, this.reports.room)) {
      this.saveReport(report);
    }
    const surplus = Math.max(0, sticky.length - this.sticky.room);
    for (const assignment of sticky.slice(surplus)) {
      this.saveSticky(assignment);
    }
  }

  /** The part of what a database holds that no write on its way says otherwise. */
  withoutChanged(held: Snapshot): Snapshot {
    const isRemoved = (id: string) => this.removedBackends.has(id);
    const reporters = new Set<string>();
    for (const [, { backendId }] of this.reports.entries()) {
      reporters.add(backendId);
    }
    return {
      backends: held.backends.filter(({ registration: { id } }) =>
        !isRemoved(id) && !this.registrations.has(id)
      ),
      reports: held.reports.filter(({ backendId }) =>
        !isRemoved(backendId) && !reporters.has(backendId)
      ),
      sticky: held.sticky.filter((assignment) => {
        const key = stickyKey(assignment);
        return !isRemoved(assignment.backendId) && !this.sticky.has(key) &&
          !this.removedSticky.has(key);
      }),
    };
  }

  /** Answers everyone who waits that only memory has it; the writes stay. */
  settleFromMemory(): void {
    for (const map of this.#maps()) map.settleWaiting("memory");
  }

  #maps(): readonly PendingMap<unknown>[] {
    return [
      this.removedBackends,
      this.registrations,
      this.removedSticky,
      this.sticky,
      this.reports,
    ];
  }
}

/** The length keeps `a` + `bc` and `ab` + `c` apart. */
function stickyKey({ stickyId, tier }: StickyKey): string {
  return `${stickyId.length}:${stickyId}${tier}`;
}

/** Answers once, when `count` answers came: "durable" if all were. */
function afterAll(count: number, settle: Settle): Settle {
  let missing = count;
  let all: Durability = "durable";
  return (durability) => {
    if (durability === "memory") all = "memory";
    if (--missing === 0) settle(all);
  };
}

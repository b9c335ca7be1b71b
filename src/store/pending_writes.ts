/**
 * Everything on its way to the database. Owner: the writer. The kinds are written in the order of the fields below,
 * which with one write per key gives the same tables as writing every call in the order in which it was made.
 *
 * Bounds: registrations, drains and sticky assignments by their owners' bounds, removals likewise, reports by
 * {@link REPORTS_MAX}, leases and their removals by {@link LEASES_PENDING_MAX}, decisions by
 * {@link DECISIONS_PENDING_MAX}; keys, tokens and the audit trail have their own. In practice only reports, leases and decisions give way, and only in a long outage: a
 * removal that gives way leaves a row that is removed again after the next start, when its backend is silent or its
 * session the one that was used least recently, or that ends by itself.
 */
import type { Registration } from "../engine/backend.ts";
import type {
  Durability,
  StoredDecision,
  StoredDrain,
  StoredLease,
  StoredReport,
  StoredSticky,
} from "../ports.ts";
import { outlivesBackend } from "./drain_row.ts";
import type { LeaseWrite } from "./lease_row.ts";
import { PendingMap, type Settle } from "./pending_map.ts";
import {
  type DroppedTrust,
  NO_TRUST_DROPPED,
  TrustWrites,
} from "./trust_writes.ts";

/** Reports that wait: one of each backend of the largest fleet. A report of 24 cores is about 1 KB. */
export const REPORTS_MAX = 10_000;

/**
 * Leases that wait, and as many removals: one of each session that can have an assignment. A lease is about 300 bytes.
 * Beyond that the one that began to wait first gives way: it is the nearest to its end, and if its session lives on, its
 * next renewal writes it again.
 */
export const LEASES_PENDING_MAX = 100_000;

/** Decisions that wait: a quarter of a second of them, sampled. One is some KB, and nobody's session depends on it. */
export const DECISIONS_PENDING_MAX = 1000;

/** Writes that gave way, by kind. */
export interface Dropped extends DroppedTrust {
  readonly reports: number;
  readonly leases: number;
  readonly decisions: number;
}

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
  /** Keys, tokens and the audit trail. */
  readonly trust = new TrustWrites();
  /** Backends to forget, by id. */
  readonly removedBackends: PendingMap<string>;
  /** Registrations, by backend id. */
  readonly registrations: PendingMap<RegistrationWrite>;
  /** Sticky assignments to forget. */
  readonly removedSticky: PendingMap<StickyKey>;
  /** Sticky assignments. */
  readonly sticky: PendingMap<StoredSticky>;
  /** Leases to forget, by their number. */
  readonly removedLeases: PendingMap<number, number>;
  /** Leases, by their number. */
  readonly leases: PendingMap<LeaseWrite, number>;
  /** Backends that are no longer being drained, by id. */
  readonly removedDrains: PendingMap<string>;
  /** Backends that are being drained, by id. */
  readonly drains: PendingMap<StoredDrain>;
  /** Reports, by a running number: each is a row of its own. */
  readonly reports: PendingMap<StoredReport>;
  /** Decisions, by a running number. */
  readonly decisions: PendingMap<StoredDecision>;
  #rowNumber = 0;
  #dropped: Dropped = NONE_DROPPED;

  /** Nothing is on its way yet. */
  constructor({ backendsMax, stickyMax }: PendingBounds) {
    this.removedBackends = new PendingMap(backendsMax);
    this.registrations = new PendingMap(backendsMax);
    this.removedSticky = new PendingMap(stickyMax);
    this.sticky = new PendingMap(stickyMax);
    this.removedLeases = new PendingMap(LEASES_PENDING_MAX);
    this.leases = new PendingMap(LEASES_PENDING_MAX);
    this.removedDrains = new PendingMap(backendsMax);
    this.drains = new PendingMap(backendsMax);
    this.reports = new PendingMap(REPORTS_MAX);
    this.decisions = new PendingMap(DECISIONS_PENDING_MAX);
  }

  /** Number of writes. */
  get size(): number {
    return this.#maps().reduce((sum, { size }) => sum + size, 0);
  }

  /** What gave way since the last call. */
  takeDropped(): Dropped {
    const dropped = this.#dropped;
    this.#dropped = NONE_DROPPED;
    return { ...dropped, ...this.trust.takeDropped() };
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
    if (this.reports.put(this.#nextKey(), report)) this.#drop("reports");
  }

  /** The oldest decision gives way when there are too many. */
  saveDecision(decision: StoredDecision): void {
    if (this.decisions.put(this.#nextKey(), decision)) this.#drop("decisions");
  }

  /** The newest decision about a request that is still on its way. */
  findDecision(requestId: string): StoredDecision | undefined {
    let newest: StoredDecision | undefined;
    for (const [, decision] of this.decisions.entries()) {
      if (decision.requestId === requestId) newest = decision;
    }
    return newest;
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
  removeSticky(sticky: StickyKey, waiting: readonly Settle[] = []): void {
    const { stickyId, tier } = sticky;
    const key = stickyKey(sticky);
    const before = this.sticky.take(key);
    this.removedSticky.put(key, { stickyId, tier }, [...before, ...waiting]);
  }

  /** Takes the place of a removal, and of an earlier life. */
  saveLease(
    lease: StoredLease,
    savedMs: number,
    waiting: readonly Settle[] = [],
  ): void {
    const before = this.removedLeases.take(lease.id);
    const write = { lease, savedMs };
    // Most leases are new, and nobody waits for their removal.
    const all = before.length === 0 ? waiting : [...before, ...waiting];
    if (this.leases.put(lease.id, write, all)) this.#drop("leases");
  }

  /** Takes the place of a lease that is on its way. */
  removeLease(id: number, waiting: readonly Settle[] = []): void {
    const before = this.leases.take(id);
    this.removedLeases.put(id, id, [...before, ...waiting]);
  }

  /** Takes the place of its end, and of what was said of it before. */
  saveDrain(drain: StoredDrain, waiting: readonly Settle[] = []): void {
    const before = this.removedDrains.take(drain.backendId);
    this.drains.put(drain.backendId, drain, [...before, ...waiting]);
  }

  /** Takes the place of a draining that is on its way. */
  removeDrain(backendId: string, waiting: readonly Settle[] = []): void {
    const before = this.drains.take(backendId);
    this.removedDrains.put(backendId, backendId, [...before, ...waiting]);
  }

  /** Whether a backend's draining is about to be stored or forgotten. */
  changesDrain(backendId: string): boolean {
    return this.drains.has(backendId) || this.removedDrains.has(backendId);
  }

  /** Whether a lease is about to be stored or forgotten. */
  changesLease(id: number): boolean {
    return this.leases.has(id) || this.removedLeases.has(id);
  }

  /** Whether a sticky assignment is about to be stored or forgotten. */
  changesSticky(assignment: StickyKey): boolean {
    const key = stickyKey(assignment);
    return this.sticky.has(key) || this.removedSticky.has(key);
  }

  /**
   * Takes the place of all that is on its way for these backends but an operator's draining. Answers when the last of
   * them is removed.
   */
  removeBackends(
    ids: ReadonlySet<string>,
    waiting: readonly Settle[] = [],
  ): void {
    const waitingForAll = waiting.map((settle) => afterAll(ids.size, settle));
    for (const id of ids) {
      const before = this.registrations.take(id);
      this.removedBackends.put(id, id, [...before, ...waitingForAll]);
      const drain = this.drains.valueOf(id);
      if (drain !== undefined && !outlivesBackend(drain)) this.removeDrain(id);
    }
    for (const [, assignment] of this.sticky.entries()) {
      if (ids.has(assignment.backendId)) this.removeSticky(assignment);
    }
    for (const [, { lease }] of this.leases.entries()) {
      if (ids.has(lease.backendId)) this.removeLease(lease.id);
    }
    for (const [key, { backendId }] of this.reports.entries()) {
      if (ids.has(backendId)) this.reports.take(key);
    }
  }

  /** Answers everyone who waits that only memory has it; the writes stay. */
  settleFromMemory(): void {
    for (const map of this.#maps()) map.settleWaiting("memory");
  }

  #maps(): readonly (PendingMap<unknown> | PendingMap<unknown, number>)[] {
    return [
      ...this.trust.maps,
      this.removedBackends,
      this.registrations,
      this.removedSticky,
      this.sticky,
      this.removedLeases,
      this.leases,
      this.removedDrains,
      this.drains,
      this.reports,
      this.decisions,
    ];
  }

  #nextKey(): string {
    return String(this.#rowNumber++);
  }

  #drop(kind: "reports" | "leases" | "decisions"): void {
    this.#dropped = { ...this.#dropped, [kind]: this.#dropped[kind] + 1 };
  }
}

const NONE_DROPPED: Dropped = {
  reports: 0,
  leases: 0,
  decisions: 0,
  ...NO_TRUST_DROPPED,
};

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

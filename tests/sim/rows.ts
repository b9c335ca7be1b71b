/**
 * What a database would have kept: rows that were committed, and writes of the last step, of which a killed server
 * leaves the first few. The callers of a step hear of it when its writes are committed.
 */
import type { Registration, Report } from "../../src/engine/backend.ts";
import type { DrainRecord } from "../../src/engine/drain.ts";
import type { Assignment } from "../../src/engine/sticky.ts";
import type { LeaseRecord } from "../../src/engine/lease_record.ts";

/** Reports are kept as long as the longest averaging window, milliseconds. */
const REPORTS_MS = 900_000;

/** A registration and when its machine was last heard of. */
export interface BackendRow {
  readonly registration: Registration;
  readonly machine: number;
  readonly lastSeenAt: number;
  readonly reports: readonly { readonly at: number; readonly report: Report }[];
}

/** The rows. Instants are milliseconds since the world began. */
export class Rows {
  readonly backends = new Map<string, BackendRow>();
  readonly leases = new Map<number, LeaseRecord>();
  readonly sticky = new Map<string, Assignment>();
  readonly drains = new Map<string, DrainRecord>();
  #pending: (() => void)[] = [];

  /** Number of writes on their way. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** All writes arrive. */
  commit(): void {
    for (const write of this.#pending) write();
    this.#pending.length = 0;
  }

  /** The first writes arrive and the others never will. */
  crash(arrive: number): void {
    this.#pending.length = Math.min(arrive, this.#pending.length);
    this.commit();
  }

  /** A registration. */
  saveRegistration(
    registration: Registration,
    machine: number,
    at: number,
  ): void {
    this.#pending.push(() => {
      const reports = this.backends.get(registration.id)?.reports ?? [];
      const row = { registration, machine, lastSeenAt: at, reports };
      this.backends.set(registration.id, row);
    });
  }

  /** A report. */
  saveReport(id: string, report: Report, at: number): void {
    this.#pending.push(() => {
      const row = this.backends.get(id);
      if (row === undefined) return;
      const recent = row.reports.filter((one) => one.at > at - REPORTS_MS);
      const reports = [...recent, { at, report }];
      this.backends.set(id, { ...row, lastSeenAt: at, reports });
    });
  }

  /** Backends with all that is theirs are forgotten, but not that an operator drains them. */
  removeBackends(ids: readonly string[]): void {
    this.#pending.push(() => {
      for (const id of ids) this.backends.delete(id);
      for (const [id, { backendId }] of this.leases) {
        if (ids.includes(backendId)) this.leases.delete(id);
      }
      for (const [key, { backendId }] of this.sticky) {
        if (ids.includes(backendId)) this.sticky.delete(key);
      }
    });
  }

  /** A lease or its new life; its session and key have no other. */
  saveLease(record: LeaseRecord): void {
    this.#pending.push(() => {
      for (const [id, other] of this.leases) {
        const isSession = record.stickyId !== undefined &&
          record.stickyId === other.stickyId && record.tier === other.tier;
        const isKey = record.idempotencyKey !== undefined &&
          record.idempotencyKey === other.idempotencyKey;
        if (isSession || isKey) this.leases.delete(id);
      }
      this.leases.set(record.id, record);
    });
  }

  /** A lease has ended. */
  removeLease(id: number): void {
    this.#pending.push(() => this.leases.delete(id));
  }

  /** Backends that are drained, all of them. */
  saveDrains(drains: readonly DrainRecord[]): void {
    this.#pending.push(() => {
      this.drains.clear();
      for (const drain of drains) this.drains.set(drain.backendId, drain);
    });
  }

  /** A session's backend. */
  saveSticky(assignment: Assignment): void {
    const key = `${assignment.stickyId} ${assignment.tier}`;
    this.#pending.push(() => {
      this.sticky.delete(key);
      this.sticky.set(key, assignment);
    });
  }

  /** A session has no backend any more. */
  removeSticky(stickyId: string, tier: string): void {
    this.#pending.push(() => this.sticky.delete(`${stickyId} ${tier}`));
  }
}

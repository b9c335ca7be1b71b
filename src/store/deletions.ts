/**
 * Rows that are deleted in small batches between other writes: what a forgotten backend left behind, leases that have
 * ended, reports, decisions and lines of the audit trail past their retention. Owner: the writer.
 *
 * Bounds: {@link DELETED_ROWS_MAX} rows and what a retention visits a step, and a piece of the leases beside that;
 * {@link FORGOTTEN_MAX} backends that wait. A backend beyond that leaves orphans, which nothing reads: its
 * reports go with their retention, its leases with their end, its sticky assignments when the database is next opened.
 */
import type { Database } from "./database.ts";
import { EndedLeases } from "./ended_leases.ts";
import { LeaseWalk } from "./lease_walk.ts";
import { type Retention, stepRetention } from "./retention.ts";
import type { Statements } from "./statements.ts";

/** About one millisecond of deleting, indexes included. */
export const DELETED_ROWS_MAX = 64;

/** Forgotten backends that wait for their rows to be deleted: two purges of the largest fleet. */
export const FORGOTTEN_MAX = 20_000;

/** Deletes behind everyone's back. */
export class Deletions {
  readonly #stickyOf = new Set<string>();
  readonly #leasesOf = new LeaseWalk();
  readonly #reportsOf = new Map<string, number>();
  readonly #endedLeases = new EndedLeases();
  #retention: Retention | undefined;
  #decisionsBefore: string | undefined;
  #auditBeforeMs: number | undefined;

  /** Whether nothing is left to delete. */
  get isDone(): boolean {
    return this.#stickyOf.size === 0 && this.#leasesOf.isDone &&
      this.#reportsOf.size === 0 && this.#endedLeases.isDone &&
      this.#retention === undefined && this.#decisionsBefore === undefined &&
      this.#auditBeforeMs === undefined;
  }

  /** Deletes what a backend left: its sticky assignments, its leases, and its reports up to that id. */
  forgetBackend(backendId: string, lastReportId: number): void {
    if (this.#reportsOf.size >= FORGOTTEN_MAX) return;
    this.#stickyOf.add(backendId);
    this.#leasesOf.forget(backendId);
    this.#reportsOf.set(backendId, lastReportId);
  }

  /** Whether sticky assignments of this backend are being deleted, so that a new one has to wait. */
  holdsSticky(backendId: string): boolean {
    return this.#stickyOf.has(backendId);
  }

  /** Whether leases of this backend are being deleted, so that a new one has to wait. */
  holdsLeases(backendId: string): boolean {
    return this.#leasesOf.isOn(backendId);
  }

  /** Deletes all leases that end by then, wall-clock milliseconds. */
  pruneLeases(endedByMs: number): void {
    this.#endedLeases.deleteAll(endedByMs);
  }

  /** So many leases were written: deletes some that have ended by then. */
  followLeases(written: number, endedByMs: number): void {
    this.#endedLeases.follow(written, endedByMs);
  }

  /** Deletes reports whose timestamp sorts before that text; one under way goes on with the new limit. */
  pruneReports(before: string): void {
    this.#retention = { backendId: null, ...this.#retention, before };
  }

  /** Deletes decisions whose timestamp sorts before that text. */
  pruneDecisions(before: string): void {
    this.#decisionsBefore = before;
  }

  /** Deletes lines of the audit trail that are older than the instant. */
  pruneAudit(beforeMs: number): void {
    this.#auditBeforeMs = beforeMs;
  }

  /**
   * Gives up what can take minutes: what is old is found again by the next retention, orphaned reports in their time.
   * Sticky assignments and leases of forgotten backends stay, because they would come back to life with their backend.
   */
  giveUpOld(): void {
    this.#reportsOf.clear();
    this.#endedLeases.giveUp();
    this.#retention = undefined;
    this.#decisionsBefore = undefined;
    this.#auditBeforeMs = undefined;
  }

  /** Deletes one batch. Throws when the database can't take it; then the same batch is next again. */
  step(database: Database): void {
    // Beside the rest, because leases come and end by the thousand a second, and a retention can take minutes.
    this.#endedLeases.step(database.statements);
    if (this.#stepForgotten(database.statements)) return;
    if (this.#retention !== undefined) {
      this.#retention = stepRetention(
        database,
        this.#retention,
        DELETED_ROWS_MAX,
      );
    } else if (this.#decisionsBefore !== undefined) {
      this.#stepDecisions(database.statements, this.#decisionsBefore);
    } else this.#stepAudit(database.statements);
  }

  /** Deletes one batch of what forgotten backends left. Returns whether there was something. */
  #stepForgotten(statements: Statements): boolean {
    const [stickyOf] = this.#stickyOf;
    if (stickyOf !== undefined) {
      const { changes } = statements.deleteStickyOf.run(
        stickyOf,
        DELETED_ROWS_MAX,
      );
      if (changes < DELETED_ROWS_MAX) this.#stickyOf.delete(stickyOf);
      return true;
    }
    if (!this.#leasesOf.isDone) {
      this.#leasesOf.step(statements);
      return true;
    }
    const [reportsOf] = this.#reportsOf;
    if (reportsOf === undefined) return false;
    const { changes } = statements.deleteReportsOf.run(
      ...reportsOf,
      DELETED_ROWS_MAX,
    );
    if (changes < DELETED_ROWS_MAX) this.#reportsOf.delete(reportsOf[0]);
    return true;
  }

  #stepDecisions(statements: Statements, before: string): void {
    const { changes } = statements.deleteOldDecisions.run(
      before,
      DELETED_ROWS_MAX,
    );
    if (changes < DELETED_ROWS_MAX) this.#decisionsBefore = undefined;
  }

  #stepAudit(statements: Statements): void {
    if (this.#auditBeforeMs === undefined) return;
    const { changes } = statements.deleteOldAudit.run(
      this.#auditBeforeMs,
      DELETED_ROWS_MAX,
    );
    if (changes < DELETED_ROWS_MAX) this.#auditBeforeMs = undefined;
  }
}

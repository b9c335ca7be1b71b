/**
 * One bounded transaction of pending writes. A row that can never be stored is left out and counted, so that it does
 * not hold up the others; any other failure leaves the database and the pending writes as they were.
 */
import type { Database } from "./database.ts";
import type { Deletions } from "./deletions.ts";
import { rowFault } from "./failure.ts";
import { auditValues } from "./audit_row.ts";
import { decisionValues } from "./decision_row.ts";
import { drainValues } from "./drain_row.ts";
import { keyValues } from "./key_row.ts";
import { keyText } from "./key_text.ts";
import { leaseNumber, leaseValues } from "./lease_row.ts";
import type { PendingMap } from "./pending_map.ts";
import type { PendingWrites } from "./pending_writes.ts";
import { registrationValues } from "./registration_row.ts";
import { reportValues } from "./report_row.ts";
import type { Statements } from "./statements.ts";
import { stickyValues } from "./sticky_row.ts";
import { secondsText } from "./timestamps.ts";
import { tokenValues } from "./token_row.ts";
import type { TrustWrites } from "./trust_writes.ts";

/** Rows of one transaction: 2 to 4 ms, during which the event loop stands still. */
export const BATCH_ROWS_MAX = 128;

/** What became of a batch. */
export interface BatchResult {
  /** Rows in the database now. */
  readonly written: number;
  /** Rows that can never be stored, and why. */
  readonly refused: readonly string[];
}

/** Writes the next batch and answers who waited for it. Throws when the database can't take it. */
export function writeBatch(
  database: Database,
  pending: PendingWrites,
  deletions: Deletions,
): BatchResult {
  const batch = new Batch(database);
  const removed: string[] = [];
  const lastReportId = database.transaction(() => {
    const { statements } = database;
    writeTrust(batch, statements, pending.trust);
    batch.write(pending.removedBackends, (id) => {
      statements.removeBackend.run(keyText("client id", id));
      statements.removeAgentDrain.run(id);
      removed.push(id);
    });
    // Before the reports of this batch: they belong to backends that are here now.
    const lastReportId = Number(statements.lastReportId.get()?.id ?? 0);
    batch.write(pending.registrations, ({ registration, atMs }) => {
      statements.saveRegistration.run(
        ...registrationValues(registration, atMs),
      );
    });
    batch.write(pending.removedSticky, ({ stickyId, tier }) => {
      statements.removeSticky.run(
        keyText("sticky id", stickyId),
        keyText("tier", tier),
      );
    });
    batch.write(
      pending.sticky,
      (assignment) => {
        statements.saveSticky.run(...stickyValues(assignment));
      },
      ({ backendId }) =>
        deletions.holdsSticky(backendId) ||
        pending.removedBackends.has(backendId),
    );
    batch.write(pending.removedLeases, (id) => {
      statements.removeLease.run(leaseNumber(id));
    });
    batch.write(
      pending.leases,
      (write) => {
        statements.saveLease.run(...leaseValues(write));
      },
      ({ lease: { backendId } }) =>
        deletions.holdsLeases(backendId) ||
        pending.removedBackends.has(backendId),
    );
    batch.write(pending.removedDrains, (backendId) => {
      statements.removeDrain.run(keyText("client id", backendId));
    });
    batch.write(pending.drains, (drain) => {
      statements.saveDrain.run(...drainValues(drain));
    });
    batch.write(pending.reports, (report) => {
      statements.saveReport.run(...reportValues(report));
      statements.touchBackend.run(secondsText(report.atMs), report.backendId);
    });
    batch.write(pending.decisions, (decision) => {
      statements.saveDecision.run(...decisionValues(decision));
    });
    return lastReportId;
  });
  for (const id of removed) deletions.forgetBackend(id, lastReportId);
  return batch.finish();
}

/** Before the rest: what the caller of a control action waits for is little. */
function writeTrust(
  batch: Batch,
  statements: Statements,
  trust: TrustWrites,
): void {
  batch.write(trust.removedTokens, (id) => {
    statements.removeToken.run(keyText("token", id));
  });
  batch.write(trust.tokens, (token) => {
    statements.saveToken.run(...tokenValues(token));
  });
  batch.write(trust.removedKeys, (name) => {
    statements.removeKey.run(keyText("key", name));
  });
  batch.write(trust.keys, (key) => {
    statements.saveKey.run(...keyValues(key));
  });
  batch.write(trust.audit, (entry) => {
    statements.saveAudit.run(...auditValues(entry));
  });
}

/** The rows of one transaction; nothing leaves the pending writes before it is committed. */
class Batch {
  readonly #database: Database;
  readonly #done: (() => void)[] = [];
  readonly #refused: string[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes as many of a kind as there is room for, except those that have to wait. */
  write<Value, Key extends string | number>(
    writes: PendingMap<Value, Key>,
    writeRow: (value: Value) => void,
    mustWait: (value: Value) => boolean = () => false,
  ): void {
    for (const [key, value] of writes.entries()) {
      if (this.#done.length === BATCH_ROWS_MAX) return;
      if (mustWait(value)) continue;
      const fault = this.#faultOf(writeRow, value);
      if (fault !== undefined) this.#refused.push(fault);
      const durability = fault === undefined ? "durable" : "memory";
      this.#done.push(() => writes.settle(key, durability));
    }
  }

  /** Answers who waited, after the commit. */
  finish(): BatchResult {
    for (const settle of this.#done) settle();
    return {
      written: this.#done.length - this.#refused.length,
      refused: this.#refused,
    };
  }

  #faultOf<Value>(
    writeRow: (value: Value) => void,
    value: Value,
  ): string | undefined {
    try {
      writeRow(value);
      return undefined;
    } catch (error) {
      const fault = rowFault(error);
      // A row whose error ended the transaction took the other rows with it.
      if (fault === undefined || !this.#database.connection.isTransaction) {
        throw error;
      }
      return fault;
    }
  }
}

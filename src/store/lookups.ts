/**
 * Reads of a running store for whoever asks: what is on its way counts as stored. A database that can't be read now says
 * nothing, and its damage is told. Owner: the writer.
 */
import type { Logger, StoredDecision } from "../ports.ts";
import type { AuditEntry, AuditQuery } from "../trust_ports.ts";
import { isAsked, readAudit } from "./audit_row.ts";
import type { Database } from "./database.ts";
import { decisionOf } from "./decision_row.ts";
import { type Failure, failureOf, messageOf } from "./failure.ts";
import type { PendingWrites } from "./pending_writes.ts";

/** What {@link Lookups} are made of. */
export interface LookupParts {
  /** The database; undefined while none is open. */
  readonly database: () => Database | undefined;
  readonly pending: PendingWrites;
  readonly logger: Logger;
  /** Told when a read says that the file is damaged. */
  readonly onDamage: (failure: Failure) => void;
}

/** Looks things up. */
export class Lookups {
  readonly #parts: LookupParts;

  /** Reads nothing yet. */
  constructor(parts: LookupParts) {
    this.#parts = parts;
  }

  /** The newest decision about a request. */
  findDecision(requestId: string): StoredDecision | undefined {
    const pending = this.#parts.pending.findDecision(requestId);
    if (pending !== undefined) return pending;
    return this.ask("a decision", ({ statements }) => {
      const row = statements.findDecision.get(requestId);
      return row === undefined ? undefined : decisionOf(requestId, row);
    });
  }

  /** Lines of the audit trail, newest first. */
  audit(query: AuditQuery): readonly AuditEntry[] {
    const stored = this.ask(
      "the audit trail",
      ({ connection }) => readAudit(connection, query),
    );
    if (stored === undefined) return [];
    const pending = [...this.#parts.pending.trust.audit.entries()]
      .map(([, entry]) => entry).filter((entry) => isAsked(query, entry));
    return [...pending.reverse(), ...stored]
      .sort((a, b) => b.atMs - a.atMs).slice(0, query.limit);
  }

  /** What a read says; undefined when the database can't be read now. */
  ask<Result>(
    what: string,
    read: (database: Database) => Result,
  ): Result | undefined {
    const { database: current, logger, onDamage } = this.#parts;
    const database = current();
    if (database === undefined) return undefined;
    try {
      return read(database);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.isDamage) onDamage(failure);
      logger.debug(`Cannot look for ${what}`, { cause: messageOf(error) });
      return undefined;
    }
  }
}

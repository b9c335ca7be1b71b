/** The statements of a running server, prepared once per connection. What is read at start only is prepared there. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { SAVE_AUDIT } from "./audit_row.ts";
import { FIND_DECISION, SAVE_DECISION } from "./decision_row.ts";
import { IS_OPERATORS, SAVE_DRAIN } from "./drain_row.ts";
import { SAVE_KEY } from "./key_row.ts";
import { SAVE_LEASE } from "./lease_row.ts";
import { SAVE_REGISTRATION } from "./registration_row.ts";
import { SAVE_REPORT } from "./report_row.ts";
import { SAVE_STICKY } from "./sticky_row.ts";
import { SAVE_TOKEN } from "./token_row.ts";

/** What can be written and looked up, and what each statement takes. */
export interface Statements {
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  readonly rollback: StatementSync;
  /** The values of a registration. */
  readonly saveRegistration: StatementSync;
  /** Client id. */
  readonly removeBackend: StatementSync;
  /** The values of a report. */
  readonly saveReport: StatementSync;
  /** Time, client id: a backend that reports was heard of. */
  readonly touchBackend: StatementSync;
  /** The values of an assignment. */
  readonly saveSticky: StatementSync;
  /** Sticky id, tier. */
  readonly removeSticky: StatementSync;
  /** The values of a lease. */
  readonly saveLease: StatementSync;
  /** Lease id. */
  readonly removeLease: StatementSync;
  /** The values of a draining. */
  readonly saveDrain: StatementSync;
  /** Client id. */
  readonly removeDrain: StatementSync;
  /** Client id; one that an operator asked for stays. */
  readonly removeAgentDrain: StatementSync;
  /** The values of a decision. */
  readonly saveDecision: StatementSync;
  /** Request id; answers the newest decision about it. */
  readonly findDecision: StatementSync;
  /** The values of a key. */
  readonly saveKey: StatementSync;
  /** Name of a key. */
  readonly removeKey: StatementSync;
  /** The values of an enrolment token. */
  readonly saveToken: StatementSync;
  /** Id of a token. */
  readonly removeToken: StatementSync;
  /** The values of a line of the audit trail. */
  readonly saveAudit: StatementSync;
  /** Answers the highest report id given out so far. */
  readonly lastReportId: StatementSync;
  /** Client id, highest report id, number of rows. */
  readonly deleteReportsOf: StatementSync;
  /** Client id, number of rows. */
  readonly deleteStickyOf: StatementSync;
  /** Lease id, number of rows; answers the id of the row so many behind the next one, if there is one. */
  readonly lastLeaseOfPiece: StatementSync;
  /** Lease id before the first, last lease id, JSON list of client ids. */
  readonly deleteLeasesBetween: StatementSync;
  /** Lease id before the first, last lease id, milliseconds since 1970. */
  readonly deleteEndedLeases: StatementSync;
  /** Time, number of rows. */
  readonly deleteOldDecisions: StatementSync;
  /** Milliseconds since 1970, number of rows. */
  readonly deleteOldAudit: StatementSync;
  /** Client id or NULL, time, number of rows. */
  readonly deleteOldReportsOf: StatementSync;
  /** Client id; answers the next one that has reports, by the index instead of all rows. */
  readonly nextReporter: StatementSync;
}

/** Prepares them. Throws when a table or column is missing. */
export function prepareStatements(connection: DatabaseSync): Statements {
  const prepare = (sql: string) => connection.prepare(sql);
  return {
    // Asks for the write lock at once, so that a lock held elsewhere shows before the first row.
    begin: prepare("BEGIN IMMEDIATE"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),
    saveRegistration: prepare(SAVE_REGISTRATION),
    removeBackend: prepare("DELETE FROM clients WHERE client_id = ?"),
    saveReport: prepare(SAVE_REPORT),
    touchBackend: prepare(
      `UPDATE clients SET last_seen = ?1
        WHERE client_id = ?2 AND (last_seen IS NULL OR last_seen < ?1)`,
    ),
    saveSticky: prepare(SAVE_STICKY),
    removeSticky: prepare(
      "DELETE FROM sticky_assignments WHERE sticky_id = ? AND tier = ?",
    ),
    saveLease: prepare(SAVE_LEASE),
    removeLease: prepare("DELETE FROM leases WHERE id = ?"),
    saveDrain: prepare(SAVE_DRAIN),
    removeDrain: prepare("DELETE FROM drains WHERE client_id = ?"),
    removeAgentDrain: prepare(
      `DELETE FROM drains WHERE client_id = ? AND NOT ${IS_OPERATORS}`,
    ),
    saveDecision: prepare(SAVE_DECISION),
    findDecision: prepare(FIND_DECISION),
    saveKey: prepare(SAVE_KEY),
    removeKey: prepare("DELETE FROM api_keys WHERE name = ?"),
    saveToken: prepare(SAVE_TOKEN),
    removeToken: prepare("DELETE FROM enrol_tokens WHERE token_id = ?"),
    saveAudit: prepare(SAVE_AUDIT),
    lastReportId: prepare("SELECT max(id) AS id FROM stats"),
    deleteReportsOf: prepare(
      `DELETE FROM stats WHERE id IN
        (SELECT id FROM stats WHERE client_id = ? AND id <= ? LIMIT ?)`,
    ),
    deleteStickyOf: prepare(
      `DELETE FROM sticky_assignments WHERE rowid IN
        (SELECT rowid FROM sticky_assignments WHERE client_id = ? LIMIT ?)`,
    ),
    // The limit of ids keeps out one that someone typed, which JavaScript could not hold.
    lastLeaseOfPiece: prepare(
      `SELECT id FROM leases WHERE id > ? AND id <= ${Number.MAX_SAFE_INTEGER} ORDER BY id LIMIT 1 OFFSET ?`,
    ),
    deleteLeasesBetween: prepare(
      `DELETE FROM leases WHERE id > ? AND id <= ?
        AND client_id IN (SELECT value FROM json_each(?))`,
    ),
    deleteEndedLeases: prepare(
      "DELETE FROM leases WHERE id > ? AND id <= ? AND expires_ms <= ?",
    ),
    deleteOldDecisions: prepare(
      `DELETE FROM decisions WHERE id IN
        (SELECT id FROM decisions WHERE at < ? LIMIT ?)`,
    ),
    deleteOldAudit: prepare(
      `DELETE FROM audit WHERE id IN
        (SELECT id FROM audit WHERE at_ms < ? LIMIT ?)`,
    ),
    deleteOldReportsOf: prepare(
      `DELETE FROM stats WHERE id IN
        (SELECT id FROM stats WHERE client_id IS ? AND timestamp < ? LIMIT ?)`,
    ),
    nextReporter: prepare(
      "SELECT min(client_id) AS id FROM stats WHERE client_id > ?",
    ),
  };
}

/** The statements that write, prepared once per connection. Reads happen at start only and are prepared there. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { SAVE_REGISTRATION } from "./registration_row.ts";
import { SAVE_REPORT } from "./report_row.ts";

/** What can be written, and what each statement takes. */
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
  /** Sticky id, tier, client id, time. */
  readonly saveSticky: StatementSync;
  /** Sticky id, tier. */
  readonly removeSticky: StatementSync;
  /** Answers the highest report id given out so far. */
  readonly lastReportId: StatementSync;
  /** Client id, highest report id, number of rows. */
  readonly deleteReportsOf: StatementSync;
  /** Client id, number of rows. */
  readonly deleteStickyOf: StatementSync;
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
    saveSticky: prepare(
      `INSERT INTO sticky_assignments (sticky_id, tier, client_id, created_at, last_used) VALUES (?, ?, ?, ?4, ?4)
        ON CONFLICT (sticky_id, tier) DO UPDATE SET client_id = excluded.client_id, last_used = excluded.last_used`,
    ),
    removeSticky: prepare(
      "DELETE FROM sticky_assignments WHERE sticky_id = ? AND tier = ?",
    ),
    lastReportId: prepare("SELECT max(id) AS id FROM stats"),
    deleteReportsOf: prepare(
      `DELETE FROM stats WHERE id IN
        (SELECT id FROM stats WHERE client_id = ? AND id <= ? LIMIT ?)`,
    ),
    deleteStickyOf: prepare(
      `DELETE FROM sticky_assignments WHERE rowid IN
        (SELECT rowid FROM sticky_assignments WHERE client_id = ? LIMIT ?)`,
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

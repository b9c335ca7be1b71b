/**
 * Brings a database forward, one numbered step after the other. `PRAGMA user_version` says how far it is; the Go
 * server left it at 0. The steps that are missing run in one transaction with the new number, and a step does nothing to
 * what is there already.
 */
import type { DatabaseSync } from "node:sqlite";
import {
  DRAIN_TABLES,
  GO_TABLES,
  OWN_COLUMNS,
  OWN_TABLES,
  TRUST_TABLES,
} from "./schema.ts";

/** Runs the steps that are missing. Throws when the database is of a newer version than this program knows. */
export function migrate(connection: DatabaseSync): void {
  if (versionOf(connection) === SCHEMA_VERSION) return;
  connection.prepare("BEGIN IMMEDIATE").run();
  try {
    runMissingSteps(connection);
    connection.prepare("COMMIT").run();
  } catch (error) {
    if (connection.isTransaction) connection.prepare("ROLLBACK").run();
    throw error;
  }
}

const STEPS: readonly ((connection: DatabaseSync) => void)[] = [
  (connection) => create(connection, GO_TABLES),
  addOwnColumns,
  (connection) => create(connection, OWN_TABLES),
  // Adds the columns that are newer than the second step.
  addOwnColumns,
  (connection) => create(connection, DRAIN_TABLES),
  (connection) => {
    // Adds the columns that are newer than the fourth step.
    addOwnColumns(connection);
    create(connection, TRUST_TABLES);
  },
];

/** Number of the newest step, which is the version of a database that is up to date. */
export const SCHEMA_VERSION = STEPS.length;

/** Reads the version again, because another process may have come first before the lock was taken. */
function runMissingSteps(connection: DatabaseSync): void {
  const version = versionOf(connection);
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `Its schema has version ${version}, wanted ${SCHEMA_VERSION} or less: a newer Opsen wrote it`,
    );
  }
  for (const step of STEPS.slice(Math.max(0, version))) step(connection);
  connection.prepare(`PRAGMA user_version = ${SCHEMA_VERSION}`).run();
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare("PRAGMA user_version").get()?.user_version);
}

function create(connection: DatabaseSync, statements: readonly string[]): void {
  for (const statement of statements) connection.prepare(statement).run();
}

function addOwnColumns(connection: DatabaseSync): void {
  for (const { table, name, type } of OWN_COLUMNS) {
    const isThere = connection
      .prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?")
      .get(table, name) !== undefined;
    if (isThere) continue;
    connection.prepare(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`).run();
  }
}

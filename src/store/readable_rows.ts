/**
 * The rows of a table of a damaged database, row after row, and past the pages that can't be read. Bounds:
 * {@link ROWS_PER_READ}, {@link FAILURES_MAX}.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { openToRead } from "./read_only.ts";
import { OWN_COLUMNS } from "./schema.ts";

/** Rows that are read at once, and in halves where that fails. */
const ROWS_PER_READ = 256;

/** Failures that one table may have: a hole between two ids takes 8, and one more for each doubling of its width. */
const FAILURES_MAX = 5000;

const ID_MAX = 2n ** 63n - 1n;

type Row = Record<string, SQLOutputValue>;

/** Opens a damaged database to read; undefined when nothing can be read. */
export function openDamaged(path: string): DatabaseSync | undefined {
  // SQLite would remove the log of an empty file.
  if (Deno.statSync(path).size === 0) return undefined;
  try {
    return openToRead(path);
  } catch {
    return undefined;
  }
}

/** The rows of a table behind an id but those on pages that can't be read, in the order of their ids. */
export function readableRows(
  connection: DatabaseSync,
  table: string,
  columns: string,
  behind = 0n,
): readonly Row[] {
  const rows: Row[] = [];
  const sql = `SELECT CAST(rowid AS TEXT) AS place, ${
    columnsThere(connection, table, columns)
  } FROM ${table} NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ?`;
  // Numbers beyond 2^53, which somebody may have typed, stay as they are.
  let after = behind;
  let count = ROWS_PER_READ;
  let step = 1n;
  for (let failures = 0; failures < FAILURES_MAX && after < ID_MAX;) {
    try {
      const read = connection.prepare(sql).all(after, count);
      rows.push(...read);
      if (read.length < count) return rows;
      after = BigInt(String(read.at(-1)?.place));
      count = Math.min(2 * count, ROWS_PER_READ);
      step = 1n;
    } catch {
      failures++;
      if (count > 1) count = Math.floor(count / 2);
      else {
        after += step;
        step *= 2n;
      }
    }
  }
  return rows;
}

/** A file that was damaged before it could be migrated lacks our newer columns: what they would hold is absent. */
function columnsThere(
  connection: DatabaseSync,
  table: string,
  columns: string,
): string {
  const names = columnNames(connection, table);
  if (names.length === 0) return columns;
  return OWN_COLUMNS
    .filter((own) => own.table === table && !names.includes(own.name))
    .reduce((sql, { name }) => sql.replaceAll(`(${name} `, "(NULL "), columns);
}

/** Empty when they can't be read. */
function columnNames(
  connection: DatabaseSync,
  table: string,
): readonly unknown[] {
  try {
    return connection.prepare("SELECT name FROM pragma_table_info(?)")
      .all(table).map(({ name }) => name);
  } catch {
    return [];
  }
}

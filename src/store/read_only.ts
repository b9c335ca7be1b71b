/** Opens a database to look at it, whoever else uses it, and leaves it and its folder as they are. */
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { hasLog } from "./damage.ts";
import { GO_TABLES } from "./schema.ts";

/** Opens it to read. Throws what SQLite throws, and Deno's error when there is no such file. */
export function openToRead(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  if (isWithoutLog(path)) url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

/**
 * Whether a database belongs to another program, as far as its tables can be read: it has some, and one of ours is missing
 * or is another one of the same name.
 */
export function isOfOthers(path: string): boolean {
  try {
    using connection = openToRead(path);
    // Whoever opens it for good waits for locks, once.
    connection.prepare("PRAGMA busy_timeout = 0").get();
    const names = connection
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
      .map(({ name }) => String(name));
    if (names.length === 0) return false;
    return !names.includes("clients") || hasOtherColumns(connection, names);
  } catch {
    return false;
  }
}

/** Whether a table that the Go server would have made lacks one of its columns. */
function hasOtherColumns(
  connection: DatabaseSync,
  names: readonly string[],
): boolean {
  using model = new DatabaseSync(":memory:");
  for (const statement of GO_TABLES) model.prepare(statement).run();
  return names.some((name) => {
    const columns = columnsOf(connection, name);
    return columnsOf(model, name).some((column) => !columns.includes(column));
  });
}

function columnsOf(connection: DatabaseSync, table: string): readonly string[] {
  return connection.prepare("SELECT name FROM pragma_table_info(?)")
    .all(table).map(({ name }) => String(name));
}

/**
 * Whether nobody has it open and all of it is in one file. SQLite would make a log and shared memory beside such a file
 * and leave them there; with a rollback journal there is no telling whether somebody has it open.
 */
function isWithoutLog(path: string): boolean {
  if (hasLog(path)) return false;
  using file = Deno.openSync(path);
  const header = new Uint8Array(WRITE_VERSION_AT + 1);
  file.readSync(header);
  return header[WRITE_VERSION_AT] === WAL_VERSION;
}

/** Byte of the header that says how it is written, and its value for a write-ahead log (fileformat.html, section 1.3.3). */
const WRITE_VERSION_AT = 18;
const WAL_VERSION = 2;

/** Opens a database to look at it, whoever else uses it, and leaves it and its folder as they are. */
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { hasLog } from "./damage.ts";

/** Opens it to read. Throws what SQLite throws, and Deno's error when there is no such file. */
export function openToRead(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  if (isWithoutLog(path)) url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

/** Whether a database belongs to another program, as far as its tables can be read: it has some, and ours is missing. */
export function isOfOthers(path: string): boolean {
  try {
    using connection = openToRead(path);
    const names = connection
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
      .map(({ name }) => name);
    return names.length > 0 && !names.includes("clients");
  } catch {
    return false;
  }
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

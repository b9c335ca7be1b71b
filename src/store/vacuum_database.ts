/** Gives the room that deleted rows left in a database back to the disk. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileKind } from "./damage.ts";
import { DatabaseUnusableError, failureOf, messageOf } from "./failure.ts";
import { isOfOthers } from "./read_only.ts";

/** How long another process may hold its lock, milliseconds. */
export const VACUUM_LOCK_WAIT_MS = 10_000;

/** SQLite writes the new file beside the old one and then into the log (https://www.sqlite.org/lang_vacuum.html). */
const COPIES = 2;

/** Sizes of the file and its log together, bytes. */
export interface Vacuumed {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** Bytes that are free for this user where the file lies. */
export type FreeBytes = (folder: string) => number;

/**
 * Vacuums the file; a server that uses it stores nothing meanwhile. Throws DatabaseUnusableError when the disk has no
 * room for that, when another process holds its lock too long, and when the file is no database of ours.
 */
export function vacuumDatabase(
  path: string,
  freeBytes: FreeBytes = systemFreeBytes,
  lockWaitMs: number = VACUUM_LOCK_WAIT_MS,
): Vacuumed {
  if (fileKind(path) !== "database" || isOfOthers(path)) {
    throw new DatabaseUnusableError(
      `Cannot vacuum "${path}": found no database of Opsen there`,
    );
  }
  const bytesBefore = bytesOf(path);
  const needed = COPIES * bytesBefore;
  const free = freeBytes(dirname(path));
  if (free < needed) {
    throw new DatabaseUnusableError(
      `Cannot vacuum "${path}": found ${free} bytes free on its disk, wanted ${needed}`,
    );
  }
  try {
    using connection = new DatabaseSync(path, { timeout: lockWaitMs });
    // What exec throws has no result code.
    connection.prepare("VACUUM").run();
    connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    return { bytesBefore, bytesAfter: bytesOf(path) };
  } catch (error) {
    throw new DatabaseUnusableError(
      failureOf(error).isLock
        ? `Cannot vacuum "${path}": another process holds its lock for more than ${
          lockWaitMs / 1000
        } s`
        : `Cannot vacuum "${path}": ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function bytesOf(path: string): number {
  return [path, `${path}-wal`].reduce((sum, name) => {
    try {
      return sum + Deno.statSync(name).size;
    } catch {
      return sum;
    }
  }, 0);
}

function systemFreeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

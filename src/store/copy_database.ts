/** Copies a database while others use it: one consistent state, checked, and under its name only when it is whole. */
import { backup } from "node:sqlite";
import { COMPANIONS } from "./damage.ts";
import { faultsOf } from "./check_database.ts";
import { DatabaseUnusableError, messageOf } from "./failure.ts";
import { openToRead } from "./read_only.ts";

/** Pages that are copied between two reports of progress: 4 MB. */
const PAGES_PER_STEP = 1000;

/** How a copy is made. */
export interface CopyOptions {
  /** The database. */
  readonly from: string;
  /** The new file; its folder must be there. */
  readonly to: string;
  /** Whether a file of that name is replaced. */
  readonly mayReplace: boolean;
  /** Told how much is done, from 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Copies it to a file that only its owner may read; returns its size in bytes. Throws, and leaves nothing behind then. */
export async function copyDatabase(options: CopyOptions): Promise<number> {
  const { from, to, mayReplace, onProgress } = options;
  if (!isThere(from)) {
    throw new DatabaseUnusableError(
      `Cannot back up "${from}": found nothing that can be read, wanted a database`,
    );
  }
  refuseToReplace(from, to, mayReplace);
  const draft = `${to}.unfinished`;
  try {
    // Nobody else may read it, not even while it is written. One of an earlier try goes.
    Deno.openSync(draft, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    })
      .close();
    Deno.chmodSync(draft, 0o600);
    {
      using source = openToRead(from);
      // What is written from here on is not in the copy, and doesn't make it begin anew.
      source.prepare("BEGIN").run();
      source.prepare("SELECT count(*) FROM sqlite_schema").get();
      await backup(source, draft, {
        rate: PAGES_PER_STEP,
        progress: ({ totalPages, remainingPages }) =>
          onProgress(1 - remainingPages / Math.max(1, totalPages)),
      });
    }
    const { size } = proved(draft);
    refuseToReplace(from, to, mayReplace);
    Deno.renameSync(draft, to);
    return size;
  } catch (error) {
    removeIfThere(draft);
    if (error instanceof DatabaseUnusableError) throw error;
    throw new DatabaseUnusableError(
      `Cannot back up "${from}" to "${to}": ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The copy, on the disk and whole. */
function proved(draft: string): Deno.FileInfo {
  {
    using copy = openToRead(draft);
    const [fault] = faultsOf(copy, "quick");
    if (fault !== undefined) {
      throw new Error(`the copy is damaged (${fault}); check the database`);
    }
  }
  using file = Deno.openSync(draft, { read: true, write: true });
  file.syncSync();
  return file.statSync();
}

function refuseToReplace(from: string, to: string, mayReplace: boolean): void {
  if (isThere(to) && Deno.realPathSync(from) === Deno.realPathSync(to)) {
    throw new DatabaseUnusableError(
      `Cannot back up "${from}" to itself: wanted another file`,
    );
  }
  if (isThere(to) && !mayReplace) {
    throw new DatabaseUnusableError(
      `Cannot back up to "${to}": found a file there, wanted a new name or --force`,
    );
  }
  // SQLite would take the log of another database for one of the copy.
  const log = COMPANIONS.find((end) => isThere(`${to}${end}`));
  if (log !== undefined) {
    throw new DatabaseUnusableError(
      `Cannot back up to "${to}": found "${to}${log}" beside it, wanted a name that no database uses`,
    );
  }
}

/** Whether there is something that this user may see; what else is in the way shows when the copy is made. */
function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * What an error of SQLite means for a write: one row can never be stored, or the database can't take writes for now.
 * Result codes: https://www.sqlite.org/rescode.html; the low byte of an extended code is its primary code.
 */

/** Why the database takes no writes. */
export interface Failure {
  /** Name of the result code. */
  readonly code: string;
  /** The cause in words for an operator, without paths: `/health` shows it to everyone. */
  readonly reason: string;
  /** Passes by itself (a lock, a full disk), so a server that starts now may begin without it. */
  readonly isPassing: boolean;
  /** Whether only a new connection can be trusted. */
  readonly needsReopening: boolean;
  /** Whether another process holds a lock, mostly for milliseconds. */
  readonly isLock: boolean;
  /** Whether the file is not what SQLite wrote there. */
  readonly isDamage: boolean;
  /** What was thrown, for the log. */
  readonly cause: unknown;
}

/** The database file is no longer at its path. SQLite itself goes on writing into the file that has no name. */
export class FileGoneError extends Error {
  override readonly name = "FileGoneError";
}

/** The database can't be used, and time won't change that: the file is something else, newer or read-only. */
export class DatabaseUnusableError extends Error {
  override readonly name = "DatabaseUnusableError";
}

/** The error for who can't go on without the database. */
export function unusable(
  act: "open" | "read",
  path: string,
  cause: unknown,
): DatabaseUnusableError {
  const way = resultCode(cause) === NOT_A_DATABASE_CODE
    ? ". It was left as it is; once it is moved away, a new one is begun"
    : "";
  return new DatabaseUnusableError(
    `Cannot ${act} the database "${path}": ${
      messageOf(cause)
    }; wanted an SQLite file of Opsen that can be written${way}`,
    { cause },
  );
}

/** What kept the database from taking writes. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FileGoneError) return known(FILE_GONE, error);
  const code = resultCode(error);
  if (code !== undefined) return known(KINDS[code] ?? OTHER, error);
  return known(OTHER, error);
}

/**
 * Why this row can never be stored, or undefined when the error is not the row's fault. Binding errors of node:sqlite
 * and dates out of range are TypeError and RangeError without a result code.
 */
export function rowFault(error: unknown): string | undefined {
  const code = resultCode(error);
  if (code === undefined) {
    return error instanceof TypeError || error instanceof RangeError
      ? error.message
      : undefined;
  }
  return ROW_CODES.includes(code) ? messageOf(error) : undefined;
}

/** The words of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Kind {
  readonly code: string;
  readonly words: string;
  readonly isPassing: boolean;
  readonly needsReopening: boolean;
  readonly isDamage?: true;
}

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE. */
const ROW_CODES: readonly number[] = [18, 19, 20, 25];

const CANNOT_OPEN_CODE = 14;
const NOT_A_DATABASE_CODE = 26;

const KINDS: Readonly<Record<number, Kind>> = {
  3: lasting("SQLITE_PERM", "access denied"),
  5: passing("SQLITE_BUSY", "locked by another process"),
  6: passing("SQLITE_LOCKED", "locked"),
  7: passing("SQLITE_NOMEM", "out of memory"),
  8: lasting("SQLITE_READONLY", "read-only"),
  10: {
    ...passing("SQLITE_IOERR", "disk input or output failed"),
    needsReopening: true,
  },
  11: { ...lasting("SQLITE_CORRUPT", "the file is damaged"), isDamage: true },
  13: passing("SQLITE_FULL", "disk full"),
  [CANNOT_OPEN_CODE]: lasting("SQLITE_CANTOPEN", "the file can't be opened"),
  15: {
    ...passing("SQLITE_PROTOCOL", "locking failed"),
    needsReopening: true,
  },
  26: {
    ...lasting("SQLITE_NOTADB", "the file is not a database"),
    isDamage: true,
  },
};

const FILE_GONE: Kind = lasting(
  "FILE_GONE",
  "the file was removed or replaced",
);
const OTHER: Kind = lasting("SQLITE_ERROR", "the database can't be used");

function passing(code: string, words: string): Kind {
  return { code, words, isPassing: true, needsReopening: false };
}

function lasting(code: string, words: string): Kind {
  return { code, words, isPassing: false, needsReopening: true };
}

function known(kind: Kind, cause: unknown): Failure {
  const { code, words, isPassing, needsReopening, isDamage = false } = kind;
  return {
    code,
    reason: `${words} (${code})`,
    isPassing,
    needsReopening,
    isLock: code === "SQLITE_BUSY",
    isDamage,
    cause,
  };
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error && typeof error.errcode === "number") {
    return error.errcode & 0xff;
  }
  // The constructor of DatabaseSync says it in words only.
  return error.message.startsWith("unable to open database file")
    ? CANNOT_OPEN_CODE
    : undefined;
}

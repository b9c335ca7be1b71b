/**
 * Tells a damaged database of ours from a file that is something else, which nobody may touch: a typo in the
 * configuration can name another program's file. Reads only, {@link LOOKED_THROUGH_BYTES} of each file at most.
 */
/**
 * What is at a path, judged before SQLite opens it, because to open can remove a log:
 * `fresh` is nothing that could be lost, `database` has SQLite's header (https://www.sqlite.org/fileformat.html, section
 * 1.3), `remains` has none, but a log of SQLite lies beside it, and it is empty or our tables are in one of the two,
 * `undecided` has none, and what lies beside it may be anybody's, `other` is everything else.
 */
export type FileKind =
  | "fresh"
  | "database"
  | "remains"
  | "undecided"
  | "other";

/** Ends of the names of the files that SQLite keeps beside a database. */
export const COMPANIONS = ["-journal", "-wal", "-shm"] as const;

/** Looks at a file. What can't be read is `other`. */
export function fileKind(path: string): FileKind {
  const file = beginningOf(path, MAGIC.length);
  switch (file) {
    case "missing":
      return "fresh";
    case "unreadable":
      return "other";
  }
  if (textOf(file) === MAGIC) return "database";
  const logs = LOG_ENDS.map((end) => `${path}${end}`).filter(holdsSomething);
  const whole = logs.filter(isLog);
  // No program leaves pages in a log beside an empty database: one that is empty was cut off.
  const isRemains = whole.length > 0 &&
    (file.length === 0 || [path, ...whole].some(hasOurTables));
  if (isRemains) return "remains";
  if (logs.length > 0) return "undecided";
  return file.length === 0 ? "fresh" : "other";
}

const MAGIC = "SQLite format 3\0";

/** The companions that hold pages; the third is made anew from them. */
const LOG_ENDS = ["-journal", "-wal"] as const;

/** How a rollback journal begins, and a write-ahead log but for its last bit (fileformat.html, sections 3 and 4.1). */
const JOURNAL_MAGIC = 0xd9d505f920a163d7n;
const WAL_MAGIC = 0x377f0682;

/** Bytes of a header that are looked at, and where a journal says how many pages the database had before. */
const LOG_HEAD_BYTES = 28;
const PAGES_BEFORE_AT = 16;

/** The schema stands at the beginning of a database, and in its log again and again. */
const LOOKED_THROUGH_BYTES = 4 << 20;

/** A name that the schema of every version has, the Go server's too, and hardly any other program's. */
const OUR_TABLE = "sticky_assignments";

/** Whether a log could hold pages. A database that is just being made has a journal that says that there was nothing. */
function holdsSomething(log: string): boolean {
  const head = beginningOf(log, LOG_HEAD_BYTES);
  if (head === "missing") return false;
  if (head === "unreadable" || head.length < LOG_HEAD_BYTES) {
    return head.length > 0;
  }
  const view = viewOf(head);
  const magic = view.getBigUint64(0);
  return !(log.endsWith("-journal") && [0n, JOURNAL_MAGIC].includes(magic) &&
    view.getUint32(PAGES_BEFORE_AT) === 0);
}

function isLog(log: string): boolean {
  const head = beginningOf(log, LOG_HEAD_BYTES);
  if (typeof head === "string" || head.length < LOG_HEAD_BYTES) return false;
  const view = viewOf(head);
  return log.endsWith("-wal")
    ? (view.getUint32(0) & ~1) === WAL_MAGIC
    : view.getBigUint64(0) === JOURNAL_MAGIC;
}

function hasOurTables(path: string): boolean {
  const bytes = beginningOf(path, LOOKED_THROUGH_BYTES);
  return typeof bytes !== "string" && textOf(bytes).includes(OUR_TABLE);
}

/** As many bytes as there are, up to so many. */
function beginningOf(
  path: string,
  bytesMax: number,
): Uint8Array | "missing" | "unreadable" {
  try {
    using file = Deno.openSync(path);
    const { isFile, size } = file.statSync();
    if (!isFile) return "unreadable";
    const bytes = new Uint8Array(Math.min(bytesMax, size));
    let length = 0;
    while (length < bytes.length) {
      const count = file.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "missing" : "unreadable";
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Whether anything that SQLite keeps beside a database is there. */
export function hasLog(path: string): boolean {
  return COMPANIONS.some((end) => {
    try {
      Deno.statSync(`${path}${end}`);
      return true;
    } catch {
      return false;
    }
  });
}

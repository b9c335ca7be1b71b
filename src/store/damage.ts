/**
 * Tells a damaged database of ours from a file that is something else, which nobody may touch: a typo in the
 * configuration can name another program's file. Reads only.
 */
/**
 * What is at a path, judged before SQLite opens it, because to open can remove a log:
 * `fresh` is nothing that could be lost, `database` has SQLite's header (https://www.sqlite.org/fileformat.html, section
 * 1.3), `remains` has none, but a log of SQLite lies beside it, `other` is everything else.
 */
export type FileKind = "fresh" | "database" | "remains" | "other";

/** Ends of the names of the files that SQLite keeps beside a database. */
export const COMPANIONS = ["-journal", "-wal", "-shm"] as const;

/** Looks at a file. What can't be read is `other`. */
export function fileKind(path: string): FileKind {
  const head = headOf(path);
  switch (head) {
    case "missing":
      return "fresh";
    case "unreadable":
      return "other";
  }
  // Of an empty file only a log with something in it says that it had been more.
  if (head.length === 0) return hasLog(path, 1) ? "remains" : "fresh";
  if (head === MAGIC) return "database";
  return hasLog(path) ? "remains" : "other";
}

const MAGIC = "SQLite format 3\0";

function headOf(path: string): string | ("missing" | "unreadable") {
  try {
    using file = Deno.openSync(path);
    if (!file.statSync().isFile) return "unreadable";
    const bytes = new Uint8Array(MAGIC.length);
    const length = file.readSync(bytes) ?? 0;
    return String.fromCharCode(...bytes.subarray(0, length));
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "missing" : "unreadable";
  }
}

/** Whether a log of SQLite lies beside a database, with at least so many bytes. */
export function hasLog(path: string, bytesMin = 0): boolean {
  return COMPANIONS.some((end) => {
    try {
      return Deno.statSync(`${path}${end}`).size >= bytesMin;
    } catch {
      return false;
    }
  });
}

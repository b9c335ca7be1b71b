/** Reads configuration files, pipes included, without ever holding more than the caller's bound. */
import { type FileContent, NO_SUCH_FILE } from "../config/file_reader.ts";

/** Bytes per read call; a configuration file is usually read in one. */
const PIECE_BYTES = 64 * 1024;

/** The content of the file at `path`, which may also be a pipe such as /dev/stdin. */
export function readLimitedFile(path: string, bytesMax: number): FileContent {
  try {
    if (Deno.statSync(path).isDirectory) {
      return { kind: "unreadable", found: "a directory" };
    }
    using file = Deno.openSync(path, { read: true });
    return readUpTo(file, bytesMax);
  } catch (error) {
    return { kind: "unreadable", found: foundInstead(error) };
  }
}

function readUpTo(file: Deno.FsFile, bytesMax: number): FileContent {
  const pieces: Uint8Array[] = [];
  for (let total = 0;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const length = file.readSync(piece);
    if (length === null) return { kind: "read", bytes: join(pieces, total) };
    total += length;
    if (total > bytesMax) return { kind: "too_large" };
    pieces.push(piece.subarray(0, length));
  }
}

function join(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function foundInstead(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return NO_SUCH_FILE;
  if (error instanceof Deno.errors.PermissionDenied) {
    return "a file that this user may not read";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "a file that this program was not permitted to read";
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return "a file where the path needs a directory";
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `a file that can't be read (${reason})`;
}

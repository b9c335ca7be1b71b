/**
 * Writes the little of the tar format that a folder of files needs (POSIX.1-2017, pax, "ustar Interchange Format"): plain
 * files of nobody in particular, the same bytes for the same content.
 */

const BLOCK_BYTES = 512;
/** Longest name of a header, and longest folder that can stand before it. */
const NAME_BYTES_MAX = 100;
const PREFIX_BYTES_MAX = 155;
/** Where the header's own sum stands, and how long it is. */
const SUM_OFFSET = 148;
const SUM_BYTES = 8;

/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Permission bits; when absent, readable to the owner only. */
  readonly mode?: number;
}

/** An archive of the files, all last changed at `seconds` since 1970. */
export function tar(
  files: readonly TarFile[],
  seconds = 0,
): Uint8Array<ArrayBuffer> {
  const blocks = files.map(({ content }) =>
    1 + Math.ceil(content.length / BLOCK_BYTES)
  );
  // Two empty blocks are the end.
  const archive = new Uint8Array(
    (blocks.reduce((sum, count) => sum + count, 0) + 2) * BLOCK_BYTES,
  );
  let offset = 0;
  for (const [index, file] of files.entries()) {
    archive.set(header(file, seconds), offset);
    archive.set(file.content, offset + BLOCK_BYTES);
    offset += (blocks[index] ?? 0) * BLOCK_BYTES;
  }
  return archive;
}

function header(file: TarFile, seconds: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const encoder = new TextEncoder();
  const put = (offset: number, text: string) =>
    block.set(encoder.encode(text), offset);
  const { name, prefix } = parted(file.name);
  put(0, name);
  put(100, octal(file.mode ?? 0o400, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(file.content.length, 12));
  put(136, octal(seconds, 12));
  put(SUM_OFFSET, " ".repeat(SUM_BYTES));
  put(156, "0");
  put(257, "ustar\0" + "00");
  put(345, prefix);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(SUM_OFFSET, `${octal(sum, SUM_BYTES - 1)} `);
  return block;
}

/** A long name is parted at a slash, the first at which the rest fits. */
function parted(path: string): { name: string; prefix: string } {
  if (bytesOf(path) <= NAME_BYTES_MAX) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const name = path.slice(at + 1);
    const prefix = path.slice(0, at);
    if (bytesOf(name) > NAME_BYTES_MAX) continue;
    if (bytesOf(prefix) <= PREFIX_BYTES_MAX) return { name, prefix };
  }
  throw new RangeError(
    `Cannot archive "${path}": its name has more than ${NAME_BYTES_MAX} bytes`,
  );
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A number in octal that fills a field, ended by a zero byte. */
function octal(value: number, fieldBytes: number): string {
  return `${value.toString(8).padStart(fieldBytes - 1, "0")}\0`;
}

/**
 * Writes the little of the tar format that a folder of files needs (POSIX.1-2017, pax, "ustar Interchange Format"): plain
 * files with short names, the same bytes for the same content.
 */

const BLOCK_BYTES = 512;
/** Longest name of a header. */
const NAME_BYTES_MAX = 100;
/** Where the header's own sum stands, and how long it is. */
const SUM_OFFSET = 148;
const SUM_BYTES = 8;

/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** An archive of the files. They are readable to their owner only, and have no time. */
export function tar(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  const blocks = files.map(({ content }) =>
    1 + Math.ceil(content.length / BLOCK_BYTES)
  );
  // Two empty blocks are the end.
  const archive = new Uint8Array(
    (blocks.reduce((sum, count) => sum + count, 0) + 2) * BLOCK_BYTES,
  );
  let offset = 0;
  for (const [index, { name, content }] of files.entries()) {
    archive.set(header(name, content.length), offset);
    archive.set(content, offset + BLOCK_BYTES);
    offset += (blocks[index] ?? 0) * BLOCK_BYTES;
  }
  return archive;
}

function header(name: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const encoder = new TextEncoder();
  if (encoder.encode(name).length > NAME_BYTES_MAX) {
    throw new RangeError(
      `Cannot archive "${name}": its name has more than ${NAME_BYTES_MAX} bytes`,
    );
  }
  const put = (offset: number, text: string) =>
    block.set(encoder.encode(text), offset);
  put(0, name);
  put(100, octal(0o400, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(size, 12));
  put(136, octal(0, 12));
  put(SUM_OFFSET, " ".repeat(SUM_BYTES));
  put(156, "0");
  put(257, "ustar\0" + "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(SUM_OFFSET, `${octal(sum, SUM_BYTES - 1)} `);
  return block;
}

/** A number in octal that fills a field, ended by a zero byte. */
function octal(value: number, fieldBytes: number): string {
  return `${value.toString(8).padStart(fieldBytes - 1, "0")}\0`;
}

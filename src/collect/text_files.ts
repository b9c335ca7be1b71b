/**
 * Reads the small text files of /proc and /sys. Owns one buffer, which bounds what is read of any file.
 *
 * Files are opened anew each time (8 µs more than keeping them open): a container's or a simulated machine's files may
 * be replaced under their names. Reads are synchronous because the kernel answers them from memory, a thread's
 * turn would cost ten times as much, and opening without blocking keeps a pipe in a file's place from hanging the process.
 */
import { closeSync, constants, existsSync, openSync, readSync } from "node:fs";
import { absent, present, type Reading } from "./reading.ts";

/** Longest file that is read. /proc/stat needs some 100 bytes a core and 3 an interrupt line; pages untouched cost nothing. */
const FILE_BYTES_MAX = 1 << 20;

/** Reads files whole, as text. */
export class TextFiles {
  readonly #buffer = new Uint8Array(FILE_BYTES_MAX);
  readonly #decoder = new TextDecoder();

  /** The whole text of a file; absent when it can't be read, is empty, or is longer than the buffer. */
  read(path: string): Reading<string> {
    try {
      const length = this.#fill(path);
      if (length === 0) return absent(`"${path}" is empty`);
      if (length === this.#buffer.length) {
        return absent(`"${path}" is longer than ${FILE_BYTES_MAX} bytes`);
      }
      return present(this.#decoder.decode(this.#buffer.subarray(0, length)));
    } catch (error) {
      return absent(`"${path}" can't be read (${codeOf(error)})`);
    }
  }

  /** Whether there is a file or directory of this name. */
  exists(path: string): boolean {
    return existsSync(path);
  }

  #fill(path: string): number {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      let length = 0;
      while (length < this.#buffer.length) {
        // /proc hands out long files in pieces; only a read of nothing is the end.
        const count = readSync(
          file,
          this.#buffer,
          length,
          this.#buffer.length - length,
          null,
        );
        if (count === 0) break;
        length += count;
      }
      return length;
    } finally {
      closeSync(file);
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error) {
    return "code" in error ? String(error.code) : error.message;
  }
  return String(error);
}

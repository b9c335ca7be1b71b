/**
 * Reads the small text files of /proc and /sys. Owns one buffer, which bounds what is read of any file, and the kernel's
 * files that it keeps open, as many as its callers read again and again; closes them when it is disposed.
 *
 * Keeping a file open halves the cost of reading it. Elsewhere, where a machine is simulated, files may be replaced under
 * their names and are opened anew each time. Reads are synchronous because the kernel answers them from memory, and a
 * thread's turn would cost more than the read.
 */
import { absent, present, type Reading } from "./reading.ts";

/** Longest file that is read. /proc/stat needs some 100 bytes a core and 3 an interrupt line; pages untouched cost nothing. */
const FILE_BYTES_MAX = 1 << 20;
/** Where a name always means the same file. */
const KERNEL_FOLDERS = ["/proc/", "/sys/"] as const;

/** Reads files whole, as text. */
export class TextFiles implements Disposable {
  readonly #buffer = new Uint8Array(FILE_BYTES_MAX);
  readonly #decoder = new TextDecoder();
  readonly #kept = new Map<string, Deno.FsFile>();

  /** The whole text of a file; absent when it can't be read, is empty, or is longer than the buffer. */
  read(path: string): Reading<string> {
    try {
      using file = openFile(path);
      return this.#textOf(file, path);
    } catch (error) {
      return absent(`"${path}" can't be read: ${causeOf(error)}`);
    }
  }

  /** The same for a file that will be read again: a file of the kernel stays open. */
  reread(path: string): Reading<string> {
    if (!KERNEL_FOLDERS.some((folder) => path.startsWith(folder))) {
      return this.read(path);
    }
    try {
      return this.#textOf(this.#rewound(path), path);
    } catch (error) {
      // Where a file system in user space stands in for the kernel (LXCFS), the file may have gone with its server.
      this.#kept.get(path)?.close();
      this.#kept.delete(path);
      return absent(`"${path}" can't be read: ${causeOf(error)}`);
    }
  }

  /** Whether there is a file or directory of this name. */
  exists(path: string): boolean {
    try {
      Deno.statSync(path);
      return true;
    } catch {
      return false;
    }
  }

  /** Closes what is kept open below a folder that is gone: there may be another of its name one day. */
  forget(folder: string): void {
    for (const [path, file] of this.#kept) {
      if (!path.startsWith(`${folder}/`)) continue;
      file.close();
      this.#kept.delete(path);
    }
  }

  [Symbol.dispose](): void {
    for (const file of this.#kept.values()) file.close();
    this.#kept.clear();
  }

  #rewound(path: string): Deno.FsFile {
    const kept = this.#kept.get(path);
    if (kept !== undefined) {
      kept.seekSync(0, Deno.SeekMode.Start);
      return kept;
    }
    const file = openFile(path);
    this.#kept.set(path, file);
    return file;
  }

  #textOf(file: Deno.FsFile, path: string): Reading<string> {
    const buffer = this.#buffer;
    let length = 0;
    while (length < buffer.length) {
      // Long files come in pieces; only a read of nothing is the end.
      const count = file.readSync(
        length === 0 ? buffer : buffer.subarray(length),
      );
      if (count === null) break;
      length += count;
    }
    if (length === 0) return absent(`"${path}" is empty`);
    return length === buffer.length
      ? absent(`"${path}" is longer than ${FILE_BYTES_MAX} bytes`)
      : present(this.#decoder.decode(buffer.subarray(0, length)));
  }
}

/** Opening a pipe in a file's place would wait for somebody to write, and the whole process with it. */
function openFile(path: string): Deno.FsFile {
  if (!Deno.statSync(path).isFile) throw new TypeError("It is not a file");
  return Deno.openSync(path);
}

/** The system's words, without the path that Deno puts behind them. */
function causeOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error \d+\).*$/s, "");
}

/** What a command sees of the process it runs in; tests hand in their own. */
import type { FileReader } from "../config/file_reader.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { readLimitedFile } from "./read_limited_file.ts";

/** The process around a command. */
export interface Shell {
  /** An environment variable, or undefined when it is not set or may not be read. */
  readonly env: (name: string) => string | undefined;
  /** Reads a configuration file. */
  readonly readFile: FileReader;
  /** Writes to standard output, as it is. */
  out(text: string): void;
  /** Writes to standard error, as it is. */
  err(text: string): void;
  /** Whether nobody reads standard output any more; absent where that can't be. */
  readonly isUnread?: boolean;
  /** Says how the command ended; the last call counts, and none means 0. */
  exitWith(code: number): void;
  /** What {@link exitWith} was last told. */
  readonly exitCode: number;
}

/** The shell of the real process. */
export function systemShell(): Shell {
  return new SystemShell();
}

class SystemShell implements Shell {
  readonly readFile = readLimitedFile;
  readonly env = readVariable;
  readonly #encoder = new TextEncoder();
  #exitCode: number = EXIT_CODE.ok;
  #isUnread = false;

  out(text: string): void {
    const isRead = writeAll(Deno.stdout, this.#encoder.encode(text));
    this.#isUnread ||= !isRead;
  }

  get isUnread(): boolean {
    return this.#isUnread;
  }

  err(text: string): void {
    writeAll(Deno.stderr, this.#encoder.encode(text));
  }

  exitWith(code: number): void {
    this.#exitCode = code;
  }

  get exitCode(): number {
    return this.#exitCode;
  }
}

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Writes all of it; false when its reader has gone (`opsen config example | head`), which is no failure of ours. */
function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): boolean {
  try {
    for (let sent = 0; sent < bytes.length;) {
      sent += stream.writeSync(bytes.subarray(sent));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

/**
 * The system's statfs. Owns the C library it calls and the buffers of the call that is out; bounded by one call at a time.
 *
 * `node:fs` has this too and stands in where the C library can't be used, but takes 4 MB of the client's 60. The call runs on
 * a thread of its own, since it hangs for as long as a network file system's server does not answer.
 */
import type { FileSystem } from "./disk.ts";

/** `int statvfs(const char *path, struct statvfs *out)`, POSIX.1-2017. */
const SYMBOLS = {
  statvfs: {
    parameters: ["buffer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
} as const;
/** `struct statvfs` has 112 bytes with both glibc and musl on 64-bit machines; the rest is slack. */
const OUT_WORDS = 32;
/** Its members of interest, as 64-bit words from the start: `f_frsize`, `f_blocks` (in units of it), `f_bavail`. */
const [FRSIZE, BLOCKS, BAVAIL] = [1, 2, 4] as const;
/** Machines on which the layout above holds. */
const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];
/** The C library that this process runs on, as a line of /proc/self/maps names it. */
const LIBC_LINE = /\s(\/\S+\/(?:libc\.so\.6|(?:ld|libc)[.-]musl-[^/\s]+))$/m;

/** Asks the system for the file system that holds a path. */
export class SystemStatfs implements Disposable {
  readonly #out = new BigUint64Array(OUT_WORDS);
  #path = new Uint8Array();
  #library: Deno.DynamicLibrary<typeof SYMBOLS> | "absent" | undefined;

  /** Numbers of blocks; rejects when the system refuses. */
  async call(path: string): Promise<FileSystem> {
    this.#library ??= openLibrary();
    if (this.#library === "absent") {
      const { statfs } = await import("node:fs/promises");
      return await statfs(path);
    }
    this.#path = new TextEncoder().encode(`${path}\0`);
    const { statvfs } = this.#library.symbols;
    const out = new Uint8Array(this.#out.buffer);
    if (await statvfs(this.#path, out) !== 0) {
      // Says why, in most cases: the path is missing, or may not be reached.
      await Deno.stat(path);
      throw new Error("The system does not say why");
    }
    return {
      bsize: Number(this.#out[FRSIZE]),
      blocks: Number(this.#out[BLOCKS]),
      bavail: Number(this.#out[BAVAIL]),
    };
  }

  /** The library itself stays in memory, so that a call that hangs does no harm when it returns. */
  [Symbol.dispose](): void {
    if (this.#library !== "absent") this.#library?.close();
    this.#library = "absent";
  }
}

function openLibrary(): Deno.DynamicLibrary<typeof SYMBOLS> | "absent" {
  try {
    const path = libcOf(Deno.readTextFileSync("/proc/self/maps"));
    if (path === undefined || !ARCHITECTURES.includes(Deno.build.arch)) {
      return "absent";
    }
    return Deno.dlopen(path, SYMBOLS);
  } catch {
    return "absent";
  }
}

/** The path of the C library among the mapped files; undefined when there is none that is known. */
export function libcOf(maps: string): string | undefined {
  return LIBC_LINE.exec(maps)?.[1];
}

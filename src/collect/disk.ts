/**
 * Room on the file system that holds a path, from statfs(2). Owns the last reading and its age; bounded by one call
 * at a time.
 *
 * The call is asynchronous because it hangs for as long as a network file system's server does not answer, and it is made
 * every few seconds only, because a thread's turn costs more than everything else that is read in a second.
 */
import { statfs as systemStatfs } from "node:fs/promises";
import { absent, type Collector, present, type Reading } from "./reading.ts";

/** Room in bytes; what is not available is in use. */
export interface DiskReading {
  readonly totalBytes: number;
  /** What a process without privileges can still write. */
  readonly availableBytes: number;
}

/** What statfs(2) says of a file system. Numbers of blocks are in units of `frsize`, or of `bsize` where that is missing or 0. */
export interface FileSystem {
  readonly bsize: number;
  readonly frsize?: number;
  readonly blocks: number;
  readonly bavail: number;
}

/** Asks for the file system that holds a path. */
export type Statfs = (path: string) => FileSystem | Promise<FileSystem>;

/** How many collections share one call of statfs. */
const COLLECTIONS_PER_CALL = 5;

/** Asks the system, or whoever stands in for it, about one path. */
export class DiskCollector implements Collector<DiskReading> {
  readonly #path: string;
  readonly #statfs: Statfs;
  #last: Reading<DiskReading> = absent("Not read yet");
  #collections = 0;

  constructor(path: string, statfs: Statfs = systemStatfs) {
    this.#path = path;
    this.#statfs = statfs;
  }

  collect(): Reading<DiskReading> | Promise<Reading<DiskReading>> {
    return this.#collections++ % COLLECTIONS_PER_CALL === 0
      ? this.#call()
      : this.#last;
  }

  async #call(): Promise<Reading<DiskReading>> {
    try {
      this.#last = diskOf(await this.#statfs(this.#path), this.#path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#last = absent(`"${this.#path}" can't be examined (${reason})`);
    }
    return this.#last;
  }
}

/** The room of a file system; absent when it has no blocks, as /proc has none. */
export function diskOf(
  fileSystem: FileSystem,
  path: string,
): Reading<DiskReading> {
  const { blocks, bavail } = fileSystem;
  const blockBytes = fileSystem.frsize || fileSystem.bsize;
  const totalBytes = blocks * blockBytes;
  if (!(totalBytes > 0) || !Number.isFinite(totalBytes)) {
    return absent(`The file system of "${path}" has no size`);
  }
  return present({
    totalBytes,
    availableBytes: Math.min(totalBytes, Math.max(0, bavail * blockBytes)),
  });
}

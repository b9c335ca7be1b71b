/**
 * Room on the file system that holds a path, from statfs(2). Owns the last reading and its age; bounded by one call
 * at a time.
 *
 * The call is made every few seconds only: it takes a thread's turn, which costs more than everything else that is read in a
 * second, and disks fill slowly.
 */
import { statfs as systemStatfs } from "node:fs/promises";
import { absent, type Collector, present, type Reading } from "./reading.ts";

/** Room in bytes; what is not available is in use. */
export interface DiskReading {
  readonly totalBytes: number;
  /** What a process without privileges can still write. */
  readonly availableBytes: number;
}

/** What statfs(2) says of a file system, under its names. */
export interface FileSystem {
  /** Bytes of a block. */
  readonly bsize: number;
  /** Bytes of a fragment; where it is there and not 0, blocks are counted in this unit. */
  readonly frsize?: number;
  /** All blocks. */
  readonly blocks: number;
  /** Blocks that a process without privileges can still have. */
  readonly bavail: number;
}

/** Asks for the file system that holds a path. */
export type Statfs = (path: string) => FileSystem | Promise<FileSystem>;

/** How many collections share one call of statfs. */
const COLLECTIONS_PER_CALL = 10;

/** Asks about one path. */
export class DiskCollector implements Collector<DiskReading> {
  readonly #path: string;
  readonly #statfs: Statfs;
  #last: Reading<DiskReading> = absent("Not read yet");
  #collections = 0;

  /** Asks the system itself when nobody stands in for it. */
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

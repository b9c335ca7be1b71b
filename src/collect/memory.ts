/** Memory of the machine, from /proc/meminfo (proc(5); Documentation/filesystems/proc.rst, "meminfo"). Owns no state. */
import { absent, type Collector, present, type Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** Memory in bytes; what is not available is in use. */
export interface MemoryReading {
  readonly totalBytes: number;
  /** What a new process can get without swapping, from 0 to `totalBytes`. */
  readonly availableBytes: number;
}

/** Reads /proc/meminfo. */
export class MemoryCollector implements Collector<MemoryReading> {
  readonly #files: TextFiles;
  readonly #path: string;

  constructor(files: TextFiles, procRoot: string) {
    this.#files = files;
    this.#path = `${procRoot}/meminfo`;
  }

  collect(): Reading<MemoryReading> {
    const text = this.#files.reread(this.#path);
    if (text.kind === "absent") return text;
    const memory = parseMemory(text.value);
    return memory === undefined
      ? absent(`"${this.#path}" does not say how much memory is available`)
      : present(memory);
  }
}

/** What /proc/meminfo says; undefined when the total is missing, or both ways to tell what is available. */
export function parseMemory(text: string): MemoryReading | undefined {
  const totalBytes = bytesOf(text, "MemTotal");
  const availableBytes = bytesOf(text, "MemAvailable") ?? estimate(text);
  if (totalBytes === undefined || totalBytes === 0) return undefined;
  if (availableBytes === undefined) return undefined;
  return {
    totalBytes,
    availableBytes: Math.min(totalBytes, Math.max(0, availableBytes)),
  };
}

/**
 * Kernels before 3.14 have no MemAvailable. Free memory and caches come near it; shared memory is counted
 * among the caches but can't be dropped.
 */
function estimate(text: string): number | undefined {
  const free = bytesOf(text, "MemFree");
  if (free === undefined) return undefined;
  return free + (bytesOf(text, "Buffers") ?? 0) +
    (bytesOf(text, "Cached") ?? 0) + (bytesOf(text, "SReclaimable") ?? 0) -
    (bytesOf(text, "Shmem") ?? 0);
}

function bytesOf(text: string, field: string): number | undefined {
  const kib = new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

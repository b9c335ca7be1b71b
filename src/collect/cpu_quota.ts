/**
 * What one control group leaves of its CPU quota. Owns the time used at the previous reading; bounded by being one
 * number.
 */
import { readCpuLimit } from "./cgroup_limits.ts";
import { present, type Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** A quota, in cores' worth of time. */
export interface QuotaReading {
  readonly quotaCores: number;
  /** Unused since the previous reading, less than 0 after a burst; undefined when there is no previous one. */
  readonly leftCores: number | undefined;
}

/** Compares the time used with the time that has passed. */
export class CpuQuota {
  readonly #files: TextFiles;
  readonly #level: string;
  #before: { readonly at: number; readonly usedMicros: number } | undefined;

  constructor(files: TextFiles, level: string) {
    this.#files = files;
    this.#level = level;
  }

  /** The quota at an instant, monotonic milliseconds; undefined when there is none. */
  read(now: number): Reading<QuotaReading | undefined> {
    const limit = readCpuLimit(this.#files, this.#level);
    if (limit.kind === "absent") return limit;
    if (limit.value === undefined) {
      this.#before = undefined;
      return present(undefined);
    }
    const { quotaCores, usedMicros } = limit.value;
    const before = this.#before;
    this.#before = { at: now, usedMicros };
    // The counter starts again when the group is made anew under the same name.
    if (
      before === undefined || now <= before.at || usedMicros < before.usedMicros
    ) {
      return present({ quotaCores, leftCores: undefined });
    }
    const usedCores = (usedMicros - before.usedMicros) / 1000 /
      (now - before.at);
    return present({ quotaCores, leftCores: quotaCores - usedCores });
  }
}

/** What a container has of its host's memory: no more than its limits leave. Owns no state. */
import { type MemoryLimit, readMemoryLimit } from "./cgroup_limits.ts";
import type { MemoryReading } from "./memory.ts";
import { type Collector, present, type Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** What the collector is made of. */
export interface ContainerMemoryOptions {
  /** Reads the memory of the host. */
  readonly host: { collect(): Reading<MemoryReading> };
  readonly files: TextFiles;
  /** Directories whose limits hold, innermost first. */
  readonly levels: readonly string[];
}

/** Bounds a reading of the host. */
export class ContainerMemoryCollector implements Collector<MemoryReading> {
  readonly #options: ContainerMemoryOptions;

  constructor(options: ContainerMemoryOptions) {
    this.#options = options;
  }

  collect(): Reading<MemoryReading> {
    const { host, files, levels } = this.#options;
    const all = host.collect();
    if (all.kind === "absent") return all;
    const limits: MemoryLimit[] = [];
    for (const level of levels) {
      const limit = readMemoryLimit(files, level);
      if (limit.kind === "absent") return limit;
      if (limit.value !== undefined) limits.push(limit.value);
    }
    return present(withinLimits(all.value, limits));
  }
}

/** The tightest limit is the total; available is what every limit, and the host, can still give. */
export function withinLimits(
  host: MemoryReading,
  limits: readonly MemoryLimit[],
): MemoryReading {
  const totalBytes = Math.min(
    host.totalBytes,
    ...limits.map((limit) => limit.limitBytes),
  );
  const availableBytes = Math.min(
    totalBytes,
    host.availableBytes,
    ...limits.map((limit) => limit.limitBytes - limit.usedBytes),
  );
  return { totalBytes, availableBytes: Math.max(0, availableBytes) };
}

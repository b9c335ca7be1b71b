/**
 * What a container has of its host's cores: those of its cpuset, and no more time than its quota. Owns no state but its
 * quotas'; bounded by the levels of the container's path.
 */
import type { CoreUse, CpuReading } from "./cpu.ts";
import { parseCpuList } from "./cpu_list.ts";
import { CpuQuota, type QuotaReading } from "./cpu_quota.ts";
import { absent, type Collector, present, type Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** What the collector is made of. */
export interface ContainerCpuOptions {
  /** Reads all cores of the host. */
  readonly host: { collect(): Reading<CpuReading> };
  readonly files: TextFiles;
  /** Directories whose limits hold, innermost first. */
  readonly levels: readonly string[];
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Bounds a reading of the host. */
export class ContainerCpuCollector implements Collector<CpuReading> {
  readonly #options: ContainerCpuOptions;
  readonly #quotas: readonly CpuQuota[];

  constructor(options: ContainerCpuOptions) {
    this.#options = options;
    this.#quotas = options.levels.map((level) =>
      new CpuQuota(options.files, level)
    );
  }

  collect(): Reading<CpuReading> {
    const all = this.#options.host.collect();
    if (all.kind === "absent") return all;
    const now = this.#options.now();
    const quotas: QuotaReading[] = [];
    for (const quota of this.#quotas) {
      const reading = quota.read(now);
      if (reading.kind === "absent") return reading;
      if (reading.value !== undefined) quotas.push(reading.value);
    }
    const set = this.#coreSet();
    if (set.kind === "absent") return set;
    const cores = coresOf(all.value.cores, set.value);
    if (cores.length === 0) return absent("No core of the cpuset is online");
    return present({ cores: withinQuotas(cores, quotas) });
  }

  /** The innermost group that has a cpuset says which cores are left of all those above it. */
  #coreSet(): Reading<ReadonlySet<number> | undefined> {
    for (const level of this.#options.levels) {
      const path = `${level}/cpuset.cpus.effective`;
      if (!this.#options.files.exists(path)) continue;
      const text = this.#options.files.reread(path);
      if (text.kind === "absent") return text;
      const set = parseCpuList(text.value);
      return set === undefined
        ? absent(`"${path}" is not a list of cores`)
        : present(set);
    }
    return present(undefined);
  }
}

/**
 * The cores of a set. LXCFS shows a container its own cores only, under new numbers from 0: as many as the set has are
 * the set, whatever their numbers.
 */
export function coresOf(
  cores: readonly CoreUse[],
  set: ReadonlySet<number> | undefined,
): readonly CoreUse[] {
  if (set === undefined || set.size === cores.length) return cores;
  return cores.filter((core) => set.has(core.id));
}

/**
 * The cores a session could count on. When the quota is less than the cores, they are as many as it fills, at least one,
 * and what is left of the tightest quota, or of the cores themselves, is spread evenly over them: half a core at rest is one
 * core that is half in use.
 */
export function withinQuotas(
  cores: readonly CoreUse[],
  quotas: readonly QuotaReading[],
): readonly CoreUse[] {
  const quotaCores = Math.min(...quotas.map((quota) => quota.quotaCores));
  if (quotaCores >= cores.length) return cores;
  const count = Math.max(1, Math.floor(quotaCores));
  const left = tightest([
    ...quotas.map((quota) => quota.leftCores),
    idleCores(cores),
  ]);
  const usedPct = left === undefined
    ? undefined
    : 100 * (1 - Math.min(count, Math.max(0, left)) / count);
  return Array.from({ length: count }, (_, id) => ({ id, usedPct }));
}

function tightest(left: readonly (number | undefined)[]): number | undefined {
  let least = Infinity;
  for (const cores of left) {
    if (cores === undefined) return undefined;
    least = Math.min(least, cores);
  }
  return least;
}

function idleCores(cores: readonly CoreUse[]): number | undefined {
  let idle = 0;
  for (const { usedPct } of cores) {
    if (usedPct === undefined) return undefined;
    idle += 1 - usedPct / 100;
  }
  return idle;
}

/**
 * What one machine really uses, as fresh as its reports allow: the short window of our own client, or means recovered
 * from long averages, or the averages themselves. Owner: a slot; computed once when a report arrives.
 */
import type { GpuReading, Recovery, Report, ShortWindow } from "./backend.ts";
import { type Recovered, UsageHistory } from "./usage_history.ts";

/** The window of a client that does not say its own: the documented default of 15 minutes. */
export const ASSUMED_WINDOW_SECONDS = 900;

/** Interval between reports before two of them have told it: the documented default. */
export const ASSUMED_INTERVAL_MS = 60_000;

/** A client whose window is filled no further than this has just begun: its averages say all that there was. */
const JUST_BEGUN_SECONDS = 90;

/** Weight of the newest mean of CPU use; one report of a machine that is busy for a moment is no trend. */
const NEWEST_SHARE = 0.5;

/** Where the figures of the machine end and those of its GPUs begin. */
const MACHINE_FIGURES = 3;

/** The use of one machine. */
export class Usage {
  /** Cores in use. */
  cores = 0;
  /** Memory in use, GB. */
  memoryGb = 0;
  /** Memory in all, GB. */
  memoryTotalGb = 0;
  /** Memory left, GB. */
  memoryFreeGb = 0;
  /** Disk left, GB. */
  diskFreeGb = 0;
  /** The GPUs with what they really use. */
  gpus: readonly GpuReading[] = [];
  /** How far use per core is above what the long averages say, percent. */
  shiftPct = 0;
  /** Sessions that began so long before a report are in its figures, milliseconds. */
  absorbMs = 0;
  /** Time between two reports, milliseconds. */
  intervalMs = ASSUMED_INTERVAL_MS;
  /** What was recovered from the last report, if it needed that. */
  recovery: Recovery | undefined = undefined;
  readonly #history = new UsageHistory();
  #lastAt: number | undefined;
  #gaps = 0;
  #diskGb = 0;

  /** Takes a report that arrived at that instant, monotonic milliseconds. */
  take(report: Report, now: number): void {
    const gapMs = now - (this.#lastAt ?? now);
    this.#lastAt = now;
    if (gapMs > 0) {
      this.intervalMs = this.#gaps++ === 0
        ? gapMs
        : (this.intervalMs + gapMs) / 2;
    }
    const { coreUsagePct, shortWindow } = report;
    this.recovery = undefined;
    if (shortWindow === undefined) this.#takeAverages(report, now);
    else this.#takeShort(report, shortWindow);
    const { memory, disk } = report;
    this.memoryTotalGb = memory.totalGb;
    this.memoryFreeGb = memory.availableGb + memory.usedGb - this.memoryGb;
    this.diskFreeGb = disk.availableGb + disk.usedGb - this.#diskGb;
    const averagePct = mean(coreUsagePct);
    const count = coreUsagePct.length;
    this.shiftPct = count === 0 ? 0 : 100 * this.cores / count - averagePct;
  }

  #takeAverages(report: Report, now: number): void {
    const since = this.#history.sinceSeconds;
    const filled = filledSeconds(report, since, now);
    const { isRecovered, means } = this.#recover(report, filled, now);
    const [cores = 0, memoryGb = 0, diskGb = 0] = means;
    this.memoryGb = memoryGb;
    this.#diskGb = diskGb;
    this.gpus = withUse(report.gpus, means);
    if (isRecovered) {
      this.#smooth(cores, this.intervalMs);
      this.recovery = this.#history.recovery(filled);
    } else {
      this.cores = cores;
      this.absorbMs = filled * 1000;
    }
  }

  #takeShort(report: Report, short: ShortWindow): void {
    this.memoryGb = short.memoryUsedGb;
    this.#diskGb = short.diskUsedGb;
    this.gpus = short.gpus.length === report.gpus.length
      ? short.gpus
      : report.gpus;
    this.cores = mean(short.coreUsagePct) / 100 * short.coreUsagePct.length;
    this.absorbMs = short.seconds * 1000;
  }

  #smooth(cores: number, meanOverMs: number): void {
    this.cores = this.#gaps === 0
      ? cores
      : this.cores + NEWEST_SHARE * (cores - this.cores);
    this.absorbMs = meanOverMs / NEWEST_SHARE;
  }

  #recover(report: Report, filled: number, now: number): Recovered {
    const { coreUsagePct, memory, disk, gpus, recovery } = report;
    const cores = coreUsagePct.length;
    const averages = [
      mean(coreUsagePct) / 100 * cores,
      memory.usedGb,
      disk.usedGb,
      ...gpus.flatMap((gpu) => [gpu.memoryUsedGb, gpu.utilizationPct]),
    ];
    const at = now / 1000;
    if (recovery?.means.length === averages.length) {
      this.#history.resume(at, averages, filled, recovery);
      return { isRecovered: true, means: recovery.means };
    }
    const capacity = [
      cores,
      memory.totalGb,
      disk.totalGb,
      ...gpus.flatMap((gpu) => [gpu.memoryTotalGb, 100]),
    ];
    const isWhole = report.windowFilledSeconds !== undefined &&
      filled <= JUST_BEGUN_SECONDS;
    return this.#history.take(at, averages, filled, capacity, isWhole);
  }
}

/**
 * How much of its window a report covers. A client that does not say has filled it since it was first heard of, or is
 * taken to: for one that has run for longer the means are recovered too cautiously at first, never too boldly.
 */
function filledSeconds(
  { windowSeconds = ASSUMED_WINDOW_SECONDS, windowFilledSeconds }: Report,
  sinceSeconds: number | undefined,
  now: number,
): number {
  const heardForSeconds = sinceSeconds === undefined
    ? ASSUMED_INTERVAL_MS / 1000
    : now / 1000 - sinceSeconds;
  const filled = windowFilledSeconds ??
    Math.min(windowSeconds, heardForSeconds);
  return Math.max(1, filled);
}

function withUse(
  gpus: readonly GpuReading[],
  means: readonly number[],
): readonly GpuReading[] {
  return gpus.map((gpu, i) => ({
    ...gpu,
    memoryUsedGb: means[MACHINE_FIGURES + 2 * i] ?? gpu.memoryUsedGb,
    utilizationPct: means[MACHINE_FIGURES + 2 * i + 1] ?? gpu.utilizationPct,
  }));
}

/** The mean of percentages; 0 of none. */
function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

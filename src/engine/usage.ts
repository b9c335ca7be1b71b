/**
 * What one machine really uses, as fresh as its reports allow: the short window of our own client, or means recovered
 * from long averages, or the averages themselves. Owner: a slot; computed once when a report arrives.
 */
import type {
  GpuReading,
  Recovery,
  Report,
  Room,
  ShortWindow,
} from "./backend.ts";
import { type Recovered, UsageHistory } from "./usage_history.ts";

/** The window of a client that does not say its own: the documented default of 15 minutes. */
export const ASSUMED_WINDOW_SECONDS = 900;

/** Interval between reports before two of them have told it: the documented default. */
export const ASSUMED_INTERVAL_MS = 60_000;

/** A client whose window is filled no further than this has just begun: its averages say all that there was. */
const JUST_BEGUN_SECONDS = 90;

/** Weight of the newest mean of CPU use; one report of a machine that is busy for a moment is no trend. */
const NEWEST_SHARE = 0.5;

/** The same figures again within this share of an interval are the same report. */
const REPEATED_SHARE = 0.25;

/** A client may have sampled a little beyond its window, never twice as long; then it means how long it has run. */
const FILLED_WINDOWS_MAX = 1.5;

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
  intervalMs: number = ASSUMED_INTERVAL_MS;
  /** What was recovered from the last report, if it needed that. */
  recovery: Recovery | undefined = undefined;
  #history = new UsageHistory();
  #lastAt: number | undefined;
  #last: Report | undefined;
  #gaps = 0;
  #diskGb = 0;

  /** Takes a report that arrived at that instant, monotonic milliseconds. */
  take(report: Report, now: number): void {
    const gapMs = now - (this.#lastAt ?? now);
    if (this.#isRepeated(report, gapMs)) {
      this.gpus = withUseOf(this.gpus, newestOf(report));
      return;
    }
    if (!areSameCards(this.#last?.gpus ?? report.gpus, report.gpus)) {
      this.#history = new UsageHistory();
    }
    this.#last = report;
    this.#lastAt = now;
    if (gapMs > 0) {
      this.intervalMs = this.#gaps++ === 0
        ? gapMs
        : (this.intervalMs + gapMs) / 2;
    }
    const { coreUsagePct, shortWindow } = report;
    this.recovery = undefined;
    const isWhole = shortWindow !== undefined && coreUsagePct.length > 0 &&
      shortWindow.coreUsagePct.length === coreUsagePct.length;
    if (isWhole) this.#takeShort(report, shortWindow);
    else this.#takeAverages(report, now);
    const { memory, disk } = report;
    this.memoryTotalGb = memory.totalGb;
    this.memoryFreeGb = freeOf(memory, this.memoryGb);
    this.diskFreeGb = freeOf(disk, this.#diskGb);
    const averagePct = mean(coreUsagePct);
    const count = coreUsagePct.length;
    this.shiftPct = count === 0 ? 0 : 100 * this.cores / count - averagePct;
  }

  /** A report that was sent twice is no news; to take it for some would undo what was recovered. */
  #isRepeated(report: Report, gapMs: number): boolean {
    const last = this.#last;
    return last !== undefined && this.#gaps > 0 &&
      gapMs < REPEATED_SHARE * this.intervalMs &&
      last.memory.usedGb === report.memory.usedGb &&
      last.memory.totalGb === report.memory.totalGb &&
      last.disk.usedGb === report.disk.usedGb &&
      areSameCards(last.gpus, report.gpus) &&
      last.coreUsagePct.length === report.coreUsagePct.length &&
      last.coreUsagePct.every((use, i) => use === report.coreUsagePct[i]) &&
      last.gpus.every(({ memoryUsedGb, utilizationPct }, i) =>
        memoryUsedGb === report.gpus[i]?.memoryUsedGb &&
        utilizationPct === report.gpus[i]?.utilizationPct
      );
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
    this.gpus = newestOf(report);
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
  const filled = windowFilledSeconds ?? heardForSeconds;
  const isBeyond = windowFilledSeconds === undefined
    ? filled > windowSeconds
    : filled > FILLED_WINDOWS_MAX * windowSeconds;
  return Math.max(1, isBeyond ? windowSeconds : filled);
}

/** What is left when so much is used; what the machine calls available may count caches that are used. */
function freeOf({ totalGb, usedGb, availableGb }: Room, nowUsedGb: number) {
  return Math.min(totalGb, availableGb + usedGb) - nowUsedGb;
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

function areSameCards(
  before: readonly GpuReading[],
  now: readonly GpuReading[],
): boolean {
  return before.length === now.length &&
    before.every(({ deviceId }, i) => deviceId === now[i]?.deviceId);
}

/** The GPUs as they were last, as far as the report says. */
function newestOf({ gpus, shortWindow }: Report): readonly GpuReading[] {
  return shortWindow?.gpus.length === gpus.length ? shortWindow.gpus : gpus;
}

/** The same use as before of GPUs whose heat and state are news. */
function withUseOf(
  before: readonly GpuReading[],
  gpus: readonly GpuReading[],
): readonly GpuReading[] {
  return gpus.map((gpu, i) => ({
    ...gpu,
    memoryUsedGb: before[i]?.memoryUsedGb ?? gpu.memoryUsedGb,
    utilizationPct: before[i]?.utilizationPct ?? gpu.utilizationPct,
  }));
}

/** The mean of percentages; 0 of none. */
function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

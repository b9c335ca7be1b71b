/**
 * Reports of one backend folded into steps of equal length, each with the means of its reports. Owner of the sums;
 * bounded by the number of steps that were asked for and by {@link CARDS_MAX}.
 */
import type { GpuReading, Report, Room } from "./backend.ts";

/** A report, as far as its history is shown. */
export interface PastReport extends Pick<Report, "coreUsagePct"> {
  /** All of the memory, and what is used. */
  readonly memory: Pick<Room, "totalGb" | "usedGb">;
  /** The same of the disk. */
  readonly disk: Pick<Room, "totalGb" | "usedGb">;
  /** Its GPUs. */
  readonly gpus: readonly PastGpu[];
}

/** A GPU's part of it. */
export type PastGpu = Pick<
  GpuReading,
  | "deviceId"
  | "name"
  | "utilizationPct"
  | "memoryUsedGb"
  | "memoryTotalGb"
  | "temperatureC"
>;

/** A value for each step, null for a step without a report. */
export type Column = readonly (number | null)[];

/** The history of one GPU. */
export interface CardSteps {
  /** Its number on the machine. */
  readonly deviceId: number;
  /** As its last report called it. */
  readonly name: string;
  /** Use, percent. */
  readonly utilizationPct: Column;
  /** VRAM in use. */
  readonly memoryUsedGb: Column;
  /** All of its VRAM. */
  readonly memoryTotalGb: Column;
  /** Degrees Celsius. */
  readonly temperatureC: Column;
}

/** The history of one backend. */
export interface Steps {
  /** Seconds that one value stands for. */
  readonly stepSeconds: number;
  /** Where each step begins, whole seconds since 1970. */
  readonly at: readonly number[];
  /** Mean of all cores, percent. */
  readonly cpuPct: Column;
  /** Mean of the busiest core. */
  readonly cpuMaxPct: Column;
  /** Memory in use. */
  readonly memoryUsedGb: Column;
  /** All memory. */
  readonly memoryTotalGb: Column;
  /** Disk in use. */
  readonly diskUsedGb: Column;
  /** All of the disk. */
  readonly diskTotalGb: Column;
  /** By their device ids. */
  readonly gpus: readonly CardSteps[];
}

/** GPUs that are told apart; a machine has no more, and a database may hold whatever somebody typed. */
export const CARDS_MAX = 112;

/** Distances between reports that say how often they come; the newest count. */
const DISTANCES_MAX = 64;

/** A step holds at least one report, also when that is a little late: so much longer it is than their distance. */
const LATE_FACTOR = 1.25;

const HOST_COLUMNS = 6;
const CARD_COLUMNS = 4;

/** Folds reports. */
export class ReportSteps {
  readonly #stepSeconds: number;
  readonly #first: number;
  readonly #host: Sums;
  readonly #cards = new Map<number, { name: string; readonly sums: Sums }>();
  readonly #distancesMs: number[] = [];
  #count = 0;
  #lastMs: number | undefined;

  /** No reports yet. The instants are wall-clock milliseconds; there will be `pointsMax` (10 or more) steps at most. */
  constructor(fromMs: number, toMs: number, pointsMax: number) {
    const seconds = (toMs - fromMs) / 1000;
    this.#stepSeconds = Math.max(1, Math.ceil(seconds / (pointsMax - 1)));
    this.#first = this.#stepOf(fromMs);
    this.#host = new Sums(this.#stepOf(toMs) - this.#first + 1, HOST_COLUMNS);
  }

  /** Takes the next report; they come in the order of their time. */
  add(atMs: number, { coreUsagePct, memory, disk, gpus }: PastReport): void {
    const step = this.#stepOf(atMs) - this.#first;
    if (step < 0 || step >= this.#host.length) return;
    if (this.#lastMs !== undefined) {
      this.#distancesMs[this.#count++ % DISTANCES_MAX] = atMs - this.#lastMs;
    }
    this.#lastMs = atMs;
    let sum = 0;
    let max = 0;
    for (const pct of coreUsagePct) {
      sum += pct;
      max = Math.max(max, pct);
    }
    const mean = sum / Math.max(1, coreUsagePct.length);
    this.#host.add(step, [
      ...[mean, max],
      ...[memory.usedGb, memory.totalGb, disk.usedGb, disk.totalGb],
    ]);
    for (const gpu of gpus) {
      this.#card(gpu)?.add(step, [
        ...[gpu.utilizationPct, gpu.memoryUsedGb],
        ...[gpu.memoryTotalGb, gpu.temperatureC],
      ]);
    }
  }

  /** What they come to. */
  steps(): Steps {
    const merged = Math.max(
      1,
      Math.ceil(this.#usualSeconds() * LATE_FACTOR / this.#stepSeconds),
    );
    const stepSeconds = this.#stepSeconds * merged;
    const first = Math.floor(this.#first / merged);
    const offset = this.#first - first * merged;
    const host = this.#host.columns(merged, offset);
    const [cpuPct, cpuMaxPct, memoryUsedGb, memoryTotalGb] = host;
    const [, , , , diskUsedGb, diskTotalGb] = host;
    return {
      stepSeconds,
      at: (cpuPct ?? []).map((_, step) => (first + step) * stepSeconds),
      cpuPct: cpuPct ?? [],
      cpuMaxPct: cpuMaxPct ?? [],
      memoryUsedGb: memoryUsedGb ?? [],
      memoryTotalGb: memoryTotalGb ?? [],
      diskUsedGb: diskUsedGb ?? [],
      diskTotalGb: diskTotalGb ?? [],
      gpus: [...this.#cards].sort(([a], [b]) => a - b)
        .map(([deviceId, { name, sums }]) => {
          const [used = [], memoryUsed = [], memoryTotal = [], heat = []] = sums
            .columns(merged, offset);
          return {
            deviceId,
            name,
            utilizationPct: used,
            memoryUsedGb: memoryUsed,
            memoryTotalGb: memoryTotal,
            temperatureC: heat,
          };
        }),
    };
  }

  /** The median distance between reports, which a few silences don't move; 0 for less than two reports. */
  #usualSeconds(): number {
    const sorted = this.#distancesMs.toSorted((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] ?? 0) / 1000;
  }

  #stepOf(atMs: number): number {
    return Math.floor(atMs / 1000 / this.#stepSeconds);
  }

  #card({ deviceId, name }: PastGpu): Sums | undefined {
    let card = this.#cards.get(deviceId);
    if (card === undefined) {
      if (this.#cards.size >= CARDS_MAX) return undefined;
      card = { name, sums: new Sums(this.#host.length, CARD_COLUMNS) };
      this.#cards.set(deviceId, card);
    }
    card.name = name;
    return card.sums;
  }
}

/** Sums of several values for each step, and of how many they are. */
class Sums {
  readonly length: number;
  readonly #counts: Uint32Array;
  readonly #sums: readonly Float64Array[];

  constructor(length: number, columns: number) {
    this.length = length;
    this.#counts = new Uint32Array(length);
    this.#sums = Array.from(
      { length: columns },
      () => new Float64Array(length),
    );
  }

  add(step: number, values: readonly number[]): void {
    this.#counts[step]!++;
    for (const [column, value] of values.entries()) {
      this.#sums[column]![step]! += value;
    }
  }

  /** The means, with so many steps made into one; the first step is so far into the first of those. */
  columns(merged: number, offset: number): (number | null)[][] {
    const length = Math.ceil((offset + this.length) / merged);
    const counts = new Float64Array(length);
    for (const [step, count] of this.#counts.entries()) {
      counts[Math.floor((offset + step) / merged)]! += count;
    }
    return this.#sums.map((sums) => {
      const totals = new Float64Array(length);
      for (const [step, sum] of sums.entries()) {
        totals[Math.floor((offset + step) / merged)]! += sum;
      }
      return Array.from(totals, (total, step) => {
        const count = counts[step] ?? 0;
        return count === 0 ? null : rounded(total / count);
      });
    });
  }
}

/** A chart shows no more digits. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

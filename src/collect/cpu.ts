/**
 * Use of each CPU core, from /proc/stat (proc(5); Documentation/filesystems/proc.rst, "Miscellaneous kernel statistics").
 * Owns the counters of the previous reading; bounded by the cores of the machine.
 */
import { absent, type Collector, present, type Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** The cores that are online, lowest id first. */
export interface CpuReading {
  readonly cores: readonly CoreUse[];
}

/** One core. */
export interface CoreUse {
  /** The kernel's number of the core. */
  readonly id: number;
  /** Share of the time since the previous reading in which it was not free, 0 to 100; undefined when that can't be told. */
  readonly usedPct: number | undefined;
}

/** Time that one core has spent since boot, in clock ticks, column by column as in {@link COLUMNS}. */
export interface CoreTimes {
  readonly id: number;
  readonly ticks: readonly number[];
}

/**
 * The columns that add up to all of a core's time. `guest` and `guest_nice`, which follow, are in `user` and `nice`
 * already. Old kernels have fewer columns.
 */
const COLUMNS = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "irq",
  "softirq",
  "steal",
] as const;
/** A core that waits for a disk can run something else. Stolen time it can't give to anyone, so that counts as used. */
const FREE_COLUMNS: ReadonlySet<number> = new Set([
  COLUMNS.indexOf("idle"),
  COLUMNS.indexOf("iowait"),
]);

/** Reads /proc/stat and compares it with the previous time. */
export class CpuCollector implements Collector<CpuReading> {
  readonly #files: TextFiles;
  readonly #path: string;
  #before: ReadonlyMap<number, CoreTimes> = new Map();

  constructor(files: TextFiles, procRoot: string) {
    this.#files = files;
    this.#path = `${procRoot}/stat`;
  }

  collect(): Reading<CpuReading> {
    const text = this.#files.reread(this.#path);
    if (text.kind === "absent") return text;
    const times = parseCoreTimes(text.value);
    if (times.length === 0) {
      return absent(`"${this.#path}" has no line that starts with "cpu"`);
    }
    const cores = times.map((core) => ({
      id: core.id,
      usedPct: usedPct(this.#before.get(core.id), core),
    }));
    this.#before = new Map(times.map((core) => [core.id, core]));
    return present({ cores });
  }
}

/**
 * The `cpuN` lines of /proc/stat, lowest id first. Where there are none, the line of all cores together counts as one
 * core, since how many there are can't be told.
 */
export function parseCoreTimes(text: string): CoreTimes[] {
  const cores: CoreTimes[] = [];
  let all: CoreTimes | undefined;
  for (const line of cpuLines(text)) {
    const [name = "", ...values] = line.trim().split(/\s+/);
    const ticks = COLUMNS.map((_, column) => Number(values[column] ?? 0));
    if (values.length < 4 || ticks.some(Number.isNaN)) continue;
    if (name === "cpu") all = { id: 0, ticks };
    else cores.push({ id: Number(name.slice("cpu".length)), ticks });
  }
  if (cores.length === 0 && all !== undefined) return [all];
  return cores.sort((a, b) => a.id - b.id);
}

/** The lines come first in the file; what follows can be a hundred times as long. */
function* cpuLines(text: string): Generator<string> {
  const line = /^cpu\d*\s.*(?:\n|$)/gmy;
  for (let found = line.exec(text); found !== null; found = line.exec(text)) {
    yield found[0];
  }
}

/**
 * A counter may go backwards, iowait by design and all of them when a core comes back; such a column says
 * nothing this time. When no column moved there is no reading.
 */
function usedPct(
  before: CoreTimes | undefined,
  after: CoreTimes,
): number | undefined {
  if (before === undefined) return undefined;
  let total = 0;
  let free = 0;
  after.ticks.forEach((ticks, column) => {
    const spent = Math.max(0, ticks - (before.ticks[column] ?? 0));
    total += spent;
    if (FREE_COLUMNS.has(column)) free += spent;
  });
  return total === 0 ? undefined : 100 * (total - free) / total;
}

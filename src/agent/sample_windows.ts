/**
 * The samples of the last minutes. Owner: the sampler; bounded by one window per core and per other quantity, each as
 * long as the averages reach back, and by the GPUs' own.
 */
import type { CpuReading } from "../collect/cpu.ts";
import type { DiskReading } from "../collect/disk.ts";
import type { GpuSample } from "../collect/gpu_sample.ts";
import type { MemoryReading } from "../collect/memory.ts";
import type { Reading } from "../collect/reading.ts";
import { Window } from "../policy/window.ts";
import { GpuWindows } from "./gpu_windows.ts";

/** What was read in one second. */
export interface Sample {
  readonly cpu: Reading<CpuReading>;
  readonly memory: Reading<MemoryReading>;
  readonly disk: Reading<DiskReading>;
  /** Those that could be read. */
  readonly gpus: readonly GpuSample[];
}

/** Size of the machine as last read; 0 for what never was. GPUs are those of the newest sample alone. */
export interface Totals {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly gpuModels: readonly string[];
}

/** Means over some of the last seconds. */
export interface Means {
  /** Percent of each core that was measured at all, lowest id first. */
  readonly coreUsedPct: readonly number[];
  /** Undefined when there was no reading. */
  readonly memoryUsedBytes: number | undefined;
  /** Undefined when there was no reading. */
  readonly diskUsedBytes: number | undefined;
  /** In how many of the seconds both CPU and memory were measured, or fewer. */
  readonly measuredSeconds: number;
}

/** Takes a sample a second and averages them. */
export class SampleWindows {
  /** How far back the averages reach. */
  readonly seconds: number;
  readonly gpus: GpuWindows;
  readonly #coreUsedPct = new Map<number, Window>();
  readonly #memoryUsedBytes: Window;
  readonly #diskUsedBytes: Window;
  #elapsed = 0;
  #totals: Totals = { cores: 0, memoryBytes: 0, diskBytes: 0, gpuModels: [] };

  constructor(seconds: number) {
    this.seconds = seconds;
    this.gpus = new GpuWindows(seconds);
    this.#memoryUsedBytes = new Window(seconds);
    this.#diskUsedBytes = new Window(seconds);
  }

  /** How many samples were taken, present or not, since the start or the last long gap. */
  get elapsedSeconds(): number {
    return this.#elapsed;
  }

  /** The machine's size. */
  get totals(): Totals {
    return this.#totals;
  }

  /** Takes the sample of one second. */
  push({ cpu, memory, disk, gpus }: Sample): void {
    this.#elapsed++;
    this.#pushCores(cpu);
    this.#memoryUsedBytes.push(usedBytes(memory));
    this.#diskUsedBytes.push(usedBytes(disk));
    this.gpus.push(gpus);
    const before = this.#totals;
    this.#totals = {
      cores: cpu.kind === "present" ? cpu.value.cores.length : before.cores,
      memoryBytes: memory.kind === "present"
        ? memory.value.totalBytes
        : before.memoryBytes,
      diskBytes: disk.kind === "present"
        ? disk.value.totalBytes
        : before.diskBytes,
      gpuModels: this.gpus.models,
    };
  }

  /** Lets seconds pass in which nobody sampled: the process, or the whole machine, was stopped. */
  skip(seconds: number): void {
    if (seconds >= this.seconds) this.#elapsed = 0;
    this.#memoryUsedBytes.skip(seconds);
    this.#diskUsedBytes.skip(seconds);
    this.gpus.skip(seconds);
    for (const window of this.#coreUsedPct.values()) window.skip(seconds);
  }

  /** Means over the last `last` seconds. A core without a sample in them stands with its mean over all of the window. */
  means(last: number = this.seconds): Means {
    const coreUsedPct: number[] = [];
    let cpuSeconds = 0;
    const windows = [...this.#coreUsedPct].sort(([a], [b]) => a - b);
    for (const [, window] of windows) {
      const { mean = window.mean().mean, filled } = window.mean(last);
      if (mean === undefined) continue;
      coreUsedPct.push(mean);
      cpuSeconds = Math.max(cpuSeconds, filled);
    }
    const memory = this.#memoryUsedBytes.mean(last);
    return {
      coreUsedPct,
      memoryUsedBytes: memory.mean,
      diskUsedBytes: this.#diskUsedBytes.mean(last).mean,
      measuredSeconds: Math.min(cpuSeconds, memory.filled),
    };
  }

  #pushCores(cpu: Reading<CpuReading>): void {
    if (cpu.kind === "absent") {
      for (const window of this.#coreUsedPct.values()) window.push(undefined);
      return;
    }
    const online = new Set(cpu.value.cores.map((core) => core.id));
    for (const id of this.#coreUsedPct.keys()) {
      // A core that went offline has no room, and when it comes back its past is no news.
      if (!online.has(id)) this.#coreUsedPct.delete(id);
    }
    for (const core of cpu.value.cores) {
      let window = this.#coreUsedPct.get(core.id);
      if (window === undefined) {
        window = new Window(this.seconds);
        this.#coreUsedPct.set(core.id, window);
      }
      window.push(core.usedPct);
    }
  }
}

function usedBytes(
  room: Reading<
    { readonly totalBytes: number; readonly availableBytes: number }
  >,
): number | undefined {
  return room.kind === "present"
    ? room.value.totalBytes - room.value.availableBytes
    : undefined;
}

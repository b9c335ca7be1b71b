/**
 * Reads the machine once a second. Owns the sample windows; bounded by one reading of each kind at a time.
 *
 * Instants lie on a grid from the start, so that the rate does not drift; those that were missed while the process or the
 * machine was stopped are counted as absent and not made up for. The clock is monotonic, so that a small or a backward
 * step of the wall clock touches nothing; a leap forward of it alone is a machine that was suspended, whose monotonic
 * clock stood still.
 */
import type { GpuSample } from "../collect/gpu_sample.ts";
import type { Machine } from "../collect/machine.ts";
import { absent } from "../collect/reading.ts";
import type { Clock, Logger } from "../ports.ts";
import { Guard } from "./guard.ts";
import { type Sample, SampleWindows } from "./sample_windows.ts";
import type { Sleep } from "./sleep.ts";

/** Time between two samples, milliseconds. */
const SAMPLE_MS = 1000;
/**
 * A gap from which on the CPU is measured anew, seconds: some machines count the time in which they stood still as idle,
 * and one mean over a long time is no sample of a second. Shorter gaps are those of a busy machine, which must be seen.
 */
const LONG_GAP_SECONDS = 10;
/** Age of the newest sample from which on the windows don't say what the machine does now, milliseconds. */
const BEHIND_MS = 2 * SAMPLE_MS;
/** How long the first sample waits for collectors that answer late, milliseconds. */
const FIRST_WAIT_MS = 1000;

/** What a sampler is made of. */
export interface SamplerOptions {
  readonly machine: Machine;
  /** How far back the averages reach. */
  readonly windowSeconds: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/** Fills the sample windows until it is told to stop. */
export class Sampler {
  /** What was sampled. */
  readonly windows: SampleWindows;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  readonly #cpu;
  readonly #memory;
  readonly #disk;
  readonly #gpus: readonly Guard<readonly GpuSample[]>[];
  /** When the newest sample was taken, by both clocks. */
  #last = { monotonicMs: -Infinity, wallMs: -Infinity };

  constructor(options: SamplerOptions) {
    const { machine, logger } = options;
    this.windows = new SampleWindows(options.windowSeconds);
    this.#clock = options.clock;
    this.#sleep = options.sleep;
    const known = machine.obstacle;
    this.#cpu = new Guard(machine.cpu, { name: "CPU", logger, known });
    this.#memory = new Guard(machine.memory, { name: "memory", logger, known });
    this.#disk = new Guard(machine.disk, { name: "disk", logger });
    this.#gpus = machine.gpus.map(({ collector, name }) =>
      new Guard(collector, { name, logger })
    );
  }

  /**
   * Whether the process or the machine was stopped and there is no sample since: what is known now, such as that there
   * are no GPUs, says nothing of the machine.
   */
  get isBehind(): boolean {
    return this.#clock.monotonicMs() - this.#last.monotonicMs > BEHIND_MS ||
      this.#clock.wallMs() - this.#last.wallMs > BEHIND_MS;
  }

  /** Takes the first sample, which says how large the machine is and what later ones are compared with. */
  async start(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonicMs();
    this.#disk.read(now);
    this.#readGpus(now);
    await this.#settledOr(FIRST_WAIT_MS, signal);
    this.#sample(this.#clock.monotonicMs());
  }

  /** Samples every second until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let due = this.#clock.monotonicMs() + SAMPLE_MS;
    let aheadMs = this.#wallAheadMs();
    while (true) {
      await this.#sleep(due - this.#clock.monotonicMs(), signal);
      if (signal.aborted) return;
      const now = this.#clock.monotonicMs();
      const missed = Math.max(0, Math.floor((now - due) / SAMPLE_MS));
      const wallAheadMs = this.#wallAheadMs();
      const leapt = Math.floor((wallAheadMs - aheadMs) / SAMPLE_MS);
      aheadMs = wallAheadMs;
      const gap = missed + (leapt < LONG_GAP_SECONDS ? 0 : leapt);
      if (gap > 0) this.windows.skip(gap);
      if (gap < LONG_GAP_SECONDS) this.#sample(now);
      else this.#beginAnew(now);
      due += (missed + 1) * SAMPLE_MS;
    }
  }

  #sample(now: number): void {
    this.#last = { monotonicMs: now, wallMs: this.#clock.wallMs() };
    this.#push(now, { cpu: this.#cpu.read(now), gpus: this.#readGpus(now) });
  }

  /**
   * What the CPU did in the gap is only what the next reading is compared with, and the newest reading of the GPUs is
   * from before it.
   */
  #beginAnew(now: number): void {
    this.#cpu.read(now);
    for (const guard of this.#gpus) guard.forget();
    this.#readGpus(now);
    const cpu = absent("The time since the last reading is too long");
    this.#push(now, { cpu, gpus: [] });
  }

  #push(now: number, read: Pick<Sample, "cpu" | "gpus">): void {
    this.windows.push({
      ...read,
      memory: this.#memory.read(now),
      disk: this.#disk.read(now),
    });
  }

  #readGpus(now: number): readonly GpuSample[] {
    return this.#gpus.flatMap((guard) => {
      const reading = guard.read(now);
      return reading.kind === "present" ? reading.value : [];
    });
  }

  /** Grows only while the machine is suspended, and with steps of the wall clock. */
  #wallAheadMs(): number {
    return this.#clock.wallMs() - this.#clock.monotonicMs();
  }

  async #settledOr(waitMs: number, signal: AbortSignal): Promise<void> {
    const settled = new AbortController();
    await Promise.race([
      Promise.all([this.#disk, ...this.#gpus].map((guard) => guard.settled())),
      this.#sleep(waitMs, AbortSignal.any([signal, settled.signal])),
    ]);
    settled.abort();
  }
}

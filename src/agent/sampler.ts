/**
 * Reads the machine once a second. Owns the sample windows; bounded by one reading of each kind at a time.
 *
 * Instants lie on a grid from the start, so that the rate does not drift; those that were missed while the process or the
 * machine was stopped are counted as absent and not made up for. The clock is monotonic: its steps touch nothing.
 */
import type { Machine } from "../collect/machine.ts";
import type { Clock, Logger } from "../ports.ts";
import { Guard } from "./guard.ts";
import { SampleWindows } from "./sample_windows.ts";
import type { Sleep } from "./sleep.ts";

/** Time between two samples, milliseconds. */
const SAMPLE_MS = 1000;
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

  constructor(options: SamplerOptions) {
    const { machine, logger } = options;
    this.windows = new SampleWindows(options.windowSeconds);
    this.#clock = options.clock;
    this.#sleep = options.sleep;
    const known = machine.obstacle;
    this.#cpu = new Guard(machine.cpu, { name: "CPU", logger, known });
    this.#memory = new Guard(machine.memory, { name: "memory", logger, known });
    this.#disk = new Guard(machine.disk, { name: "disk", logger });
  }

  /** Takes the first sample, which says how large the machine is and what later ones are compared with. */
  async start(signal: AbortSignal): Promise<void> {
    this.#disk.read(this.#clock.monotonicMs());
    await this.#settledOr(FIRST_WAIT_MS, signal);
    this.#sample(this.#clock.monotonicMs());
  }

  /** Samples every second until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let due = this.#clock.monotonicMs() + SAMPLE_MS;
    while (true) {
      await this.#sleep(due - this.#clock.monotonicMs(), signal);
      if (signal.aborted) return;
      const now = this.#clock.monotonicMs();
      const missed = Math.max(0, Math.floor((now - due) / SAMPLE_MS));
      if (missed > 0) this.windows.skip(missed);
      this.#sample(now);
      due += (missed + 1) * SAMPLE_MS;
    }
  }

  #sample(now: number): void {
    this.windows.push({
      cpu: this.#cpu.read(now),
      memory: this.#memory.read(now),
      disk: this.#disk.read(now),
    });
  }

  async #settledOr(waitMs: number, signal: AbortSignal): Promise<void> {
    const settled = new AbortController();
    await Promise.race([
      this.#disk.settled(),
      this.#sleep(waitMs, AbortSignal.any([signal, settled.signal])),
    ]);
    settled.abort();
  }
}

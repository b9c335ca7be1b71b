/**
 * Stands between one collector and the sampler, so that a collector that throws, hangs or has nothing to say is heard of
 * once and harms no other. Owns the last reading; bounded by one call at a time and by one log line a minute.
 */
import { absent, type Collector, type Reading } from "../collect/reading.ts";
import type { Logger } from "../ports.ts";

/** A call that lasts longer hangs, milliseconds: twice the time between two samples. */
export const HANG_MS = 2000;
/** Least time between two lines about one collector, milliseconds, for a reading that comes and goes. */
const QUIET_MS = 60_000;

/** What a guard needs beside its collector. */
export interface GuardOptions {
  /** What is read, as people call it. */
  readonly name: string;
  readonly logger: Logger;
  /** A reason that the log has from elsewhere. */
  readonly known?: string | undefined;
}

/** Asks a collector and never fails. */
export class Guard<T> {
  readonly #collector: Collector<T>;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #known: string | undefined;
  #last: Reading<T> | undefined;
  #call:
    | { readonly since: number; readonly settled: Promise<void> }
    | undefined;
  #said: string | undefined;
  #quietUntil = -Infinity;

  constructor(collector: Collector<T>, options: GuardOptions) {
    this.#collector = collector;
    this.#name = options.name;
    this.#logger = options.logger;
    this.#known = options.known;
  }

  /**
   * The newest reading at an instant, monotonic milliseconds. A collector that answers with a promise is one reading
   * behind: nobody waits for it.
   */
  read(now: number): Reading<T> {
    if (this.#call === undefined) this.#ask(now);
    if (this.#call !== undefined && now - this.#call.since >= HANG_MS) {
      this.#last = absent(`No answer for ${HANG_MS / 1000} s`);
    }
    if (this.#last === undefined) return absent("Not read yet");
    this.#say(this.#last, now);
    return this.#last;
  }

  /** What was read is from before the machine stood still, and is not told any more. */
  forget(): void {
    this.#last = undefined;
  }

  /** Settles when no call is out. */
  async settled(): Promise<void> {
    await this.#call?.settled;
  }

  #ask(now: number): void {
    try {
      const answer = this.#collector.collect();
      if (answer instanceof Promise) {
        this.#call = { since: now, settled: this.#take(answer) };
      } else {
        this.#last = answer;
      }
    } catch (error) {
      this.#last = absent(textOf(error));
    }
  }

  async #take(answer: Promise<Reading<T>>): Promise<void> {
    try {
      this.#last = await answer;
    } catch (error) {
      this.#last = absent(textOf(error));
    } finally {
      this.#call = undefined;
    }
  }

  #say(reading: Reading<T>, now: number): void {
    const reason = reading.kind === "absent" ? reading.reason : undefined;
    if (reason === this.#said || now < this.#quietUntil) return;
    if (reason !== undefined && reason === this.#known) return;
    this.#said = reason;
    this.#quietUntil = now + QUIET_MS;
    if (reason === undefined) {
      this.#logger.info(`There are readings of the ${this.#name} again`);
    } else {
      this.#logger.warn(`No reading of the ${this.#name}: ${reason}`);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Time that hurries at first, so that a process is soon as it is after twenty minutes. */
import { sleep } from "../../src/agent/sleep.ts";
import type { Clock } from "../../src/ports.ts";

/**
 * Samples before it is measured, in haste: enough to fill the windows and to have the runtime compile what is done each
 * second, as after twenty minutes of a process that runs for weeks.
 */
const WARM_UP_SAMPLES = 1200;
/** What a second lasts in that haste, milliseconds: longer than a reading. */
const HASTY_SECOND_MS = 8;
/** Hurries through the warm-up, and then goes as the world does. */
export class HastyTime implements Clock {
  readonly #warm = Promise.withResolvers<void>();
  #samples = 0;
  #aheadMs = 0;

  /** Settles when the world's pace begins. */
  get warmedUp(): Promise<void> {
    return this.#warm.promise;
  }

  monotonicMs(): number {
    return performance.now() + this.#aheadMs;
  }

  wallMs(): number {
    return Date.now() + this.#aheadMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#samples === WARM_UP_SAMPLES) this.#warm.resolve();
    const isHasty = this.#samples++ < WARM_UP_SAMPLES;
    if (!isHasty) return await sleep(ms, signal);
    await sleep(Math.min(ms, HASTY_SECOND_MS), signal);
    this.#aheadMs += Math.max(0, ms - HASTY_SECOND_MS);
  }
}

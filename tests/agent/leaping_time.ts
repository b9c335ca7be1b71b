/** Time that leaps: whoever sleeps is awake at once, and the clock says that the time has passed. */
import type { Sleep } from "../../src/agent/sleep.ts";
import { FakeClock } from "../fakes/clock.ts";

/** For one sleeper, which then meets real sockets and files in between. */
export class LeapingTime extends FakeClock {
  /** Every wait so far, milliseconds. */
  readonly waits: number[] = [];
  #onWait: ((waitMs: number) => void) | undefined;

  /** Lets the clock leap; a test may stop the sleeper from here. */
  readonly sleep: Sleep = async (waitMs, signal) => {
    this.#onWait?.(waitMs);
    if (signal.aborted) return;
    this.waits.push(waitMs);
    this.advance(Math.max(0, waitMs));
    await new Promise((resolve) => setTimeout(resolve, 0));
  };

  /** Calls back before every wait. */
  onWait(callback: (waitMs: number) => void): void {
    this.#onWait = callback;
  }
}

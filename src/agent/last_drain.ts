/**
 * The end of a client that lets the sessions of its machine end first: it goes on reporting until the server says that
 * nothing is left. Owns no state that outlives the wait, which is bounded by `drain_seconds`.
 */
import type { Clock, Logger } from "../ports.ts";
import type { Sleep } from "./sleep.ts";

/** Time between two lines about the wait, milliseconds. */
const SAY_MS = 30_000;

/** What the wait needs. */
export interface LastDrainOptions {
  /** The longest wait, milliseconds; 0 for none. */
  readonly waitMs: number;
  /** Whether the server said that nothing is left, since the wait began. */
  readonly isDrained: () => boolean;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/** Time between two looks at what the server said, milliseconds. */
const LOOK_MS = 250;

/** Settles when the server says that nothing is left, or when the time is over. */
export async function untilDrained(options: LastDrainOptions): Promise<void> {
  const { waitMs, isDrained, clock, sleep, logger } = options;
  const beganAt = clock.monotonicMs();
  const { signal } = new AbortController();
  let sayAt = beganAt;
  while (!isDrained()) {
    const now = clock.monotonicMs();
    const leftMs = beganAt + waitMs - now;
    if (leftMs <= 0) {
      return logger.warn(
        `Draining: ${
          waitMs / 1000
        } s are over and the server has not said that nothing is left`,
      );
    }
    if (now >= sayAt) {
      sayAt = now + SAY_MS;
      logger.info(
        `Draining: waiting for the server to say that nothing is left, at most ${
          Math.ceil(leftMs / 1000)
        } s`,
      );
    }
    await sleep(Math.min(LOOK_MS, leftMs), signal);
  }
  logger.info("Drained: nothing is left on this machine");
}

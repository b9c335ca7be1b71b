/**
 * Says which backends are not probed because they must not be where they are. Owner of when each was named last,
 * bounded by {@link BACKENDS_MAX}.
 */
import type { Clock, Logger, ProbeTarget } from "../ports.ts";

/** How long a backend that was named is not named again. */
const QUIET_MS = 10_000;

/** Backends that are remembered; with more the log says them all again, which is no loss beside so many refusals. */
const BACKENDS_MAX = 1_000;

/** What is said of refused probes. */
export class ProbeRefusals {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #quietUntil = new Map<string, number>();

  /** Nothing was said yet. */
  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Names the backend unless it was named lately; `why` names the line of the configuration. */
  warn({ id, endpoint }: ProbeTarget, why: string): void {
    const now = this.#clock.monotonicMs();
    if (now < (this.#quietUntil.get(id) ?? -Infinity)) return;
    if (this.#quietUntil.size >= BACKENDS_MAX) this.#quietUntil.clear();
    this.#quietUntil.set(id, now + QUIET_MS);
    this.#logger.warn(
      "A backend is not probed: it must not be where it is",
      { backend: id, endpoint, why },
    );
  }
}

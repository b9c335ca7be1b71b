/**
 * The time during which the database takes no writes: its state, its back-off, and its words. Owner: the store. One
 * line says that it began, one each that the reason changed, one that it is over.
 */
import type { Clock, Logger, StoreStatus } from "../ports.ts";
import { type Failure, messageOf } from "./failure.ts";

/** Pause before the first new attempt, milliseconds; it doubles from there. */
export const RETRY_MS_MIN = 500;

/** Longest pause between attempts: an operator who frees the disk sees the server recover at once. */
export const RETRY_MS_MAX = 5000;

/** Whether writes arrive, and when to try again. */
export class Outage {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #path: string;
  readonly #onOutage: (status: StoreStatus) => void;
  #state: State = { kind: "ok" };

  /** Writes arrive. Who is told that they don't, and that they do again, is told once each. */
  constructor(
    path: string,
    clock: Clock,
    logger: Logger,
    onOutage: (status: StoreStatus) => void = () => {},
  ) {
    this.#path = path;
    this.#onOutage = onOutage;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether writes don't arrive. */
  get isOn(): boolean {
    return this.#state.kind === "degraded";
  }

  /** For `/health`. */
  status(): StoreStatus {
    const state = this.#state;
    switch (state.kind) {
      case "ok":
        return { kind: "ok" };
      case "degraded":
        return {
          kind: "degraded",
          sinceMs: state.sinceMs,
          reason: state.failure.reason,
        };
    }
  }

  /** An attempt failed. Returns the pause before the next one, milliseconds. */
  fail(failure: Failure): number {
    const before = this.#state;
    switch (before.kind) {
      case "ok":
        this.#state = {
          kind: "degraded",
          sinceMs: this.#clock.wallMs(),
          sinceMonotonicMs: this.#clock.monotonicMs(),
          failure,
          retryMs: RETRY_MS_MIN,
        };
        this.#announce(failure);
        this.#tell();
        return RETRY_MS_MIN;
      case "degraded": {
        const retryMs = Math.min(2 * before.retryMs, RETRY_MS_MAX);
        this.#state = { ...before, failure, retryMs };
        if (failure.code !== before.failure.code) this.#announce(failure);
        return retryMs;
      }
    }
  }

  /** Everything that waited is written. */
  end(): void {
    const state = this.#state;
    switch (state.kind) {
      case "ok":
        return;
      case "degraded":
        this.#state = { kind: "ok" };
        this.#logger.info(
          "The database takes writes again, and has all that waited",
          {
            path: this.#path,
            seconds: Math.round(
              (this.#clock.monotonicMs() - state.sinceMonotonicMs) / 1000,
            ),
          },
        );
        this.#tell();
    }
  }

  #tell(): void {
    try {
      this.#onOutage(this.status());
    } catch (error) {
      this.#logger.error("Cannot tell whether the database takes writes", {
        cause: messageOf(error),
      });
    }
  }

  #announce({ reason, cause }: Failure): void {
    this.#logger.error(
      `The database takes no writes: ${reason}. Decisions go on, and what must be stored waits in memory`,
      { path: this.#path, cause: messageOf(cause) },
    );
  }
}

type State = { readonly kind: "ok" } | {
  readonly kind: "degraded";
  /** Wall clock, for people. */
  readonly sinceMs: number;
  readonly sinceMonotonicMs: number;
  readonly failure: Failure;
  readonly retryMs: number;
};

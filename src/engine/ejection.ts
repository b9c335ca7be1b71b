/**
 * Leaving out backends that fail requests: after some errors in a row, or when most requests fail. Each time is twice as
 * long as the one before. Shared by both rules; how much of the fleet may be out is the fleet's to know.
 */
import type { EjectionOptions } from "./routing_options.ts";

/** How one request to a backend ended. */
export type Outcome =
  | { readonly kind: "answered"; readonly answerMs: number }
  /** It answered with a fault of its own, refused the connection, or broke it. */
  | { readonly kind: "failed"; readonly answerMs: number }
  /** It did not answer in `timeoutMs`. */
  | { readonly kind: "timed_out"; readonly timeoutMs: number }
  /** The caller left: nothing can be learned of it. */
  | { readonly kind: "abandoned" };

/** Weight of the newest outcome in the running share of errors. */
const ERROR_SMOOTHING = 0.1;
/** Outcomes before the share of errors means anything. */
const OUTCOMES_MIN = 10;
/** A backend that did well for so long after an ejection starts with the shortest time again, milliseconds. */
const FORGIVEN_MS = 60_000;

/** The failures of one backend. */
export class Failures {
  #inRow = 0;
  #errorShare = 0;
  #outcomes = 0;
  #lastAnswerAt = -Infinity;
  #ejections = 0;
  #until = -Infinity;

  /** When the present or last ejection ends, monotonic milliseconds. */
  get until(): number {
    return this.#until;
  }

  /** Errors since the last answer. */
  get inRow(): number {
    return this.#inRow;
  }

  /** Takes an outcome; true when the backend should be left out. */
  take(outcome: Outcome, limits: EjectionOptions, now: number): boolean {
    switch (outcome.kind) {
      case "abandoned":
        return false;
      case "answered":
        this.#inRow = 0;
        this.#lastAnswerAt = now;
        this.#errorShare *= 1 - ERROR_SMOOTHING;
        this.#outcomes++;
        if (now - this.#until > FORGIVEN_MS) this.#ejections = 0;
        return false;
      case "failed":
        this.#inRow++;
        this.#errorShare += ERROR_SMOOTHING * (1 - this.#errorShare);
        break;
      case "timed_out":
        // Plain overload times out too: it counts only where nothing succeeds any more.
        if (now - this.#lastAnswerAt > outcome.timeoutMs / 2) this.#inRow++;
        this.#errorShare *= 1 - ERROR_SMOOTHING;
    }
    this.#outcomes++;
    return this.#inRow >= limits.consecutive ||
      (this.#errorShare > limits.errorRate && this.#outcomes > OUTCOMES_MIN);
  }

  /** The backend is tried again; what failed before and meanwhile is forgotten, but not how often it was left out. */
  begin(): void {
    this.#inRow = 0;
    this.#errorShare = 0;
    this.#outcomes = 0;
  }

  /** Leaves the backend out; returns until when. */
  eject(limits: EjectionOptions, now: number): number {
    const factor = 2 ** Math.min(this.#ejections++, 30);
    this.#until = now + Math.min(limits.maxMs, limits.baseMs * factor);
    this.begin();
    return this.#until;
  }
}

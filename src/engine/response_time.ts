/**
 * How fast one backend answers single requests: a running mean of the logarithms of response times, which one slow
 * answer does not spoil. Without news it relaxes to the fleet's median, so that a backend that was slow is tried again.
 */

/** Fastest answer that is believed, milliseconds. */
const ANSWER_MS_MIN = 0.01;

/** What is learned of one backend. */
export class ResponseTime {
  /** Whether an answer was seen since the last {@link forget}. */
  isKnown = false;
  #logMs = 0;
  #at = 0;

  /** The running mean itself, milliseconds. */
  get meanMs(): number {
    return Math.exp(this.#logMs);
  }

  /** Takes an answer's time. */
  take(answerMs: number, alpha: number, now: number): void {
    const log = Math.log(Math.max(ANSWER_MS_MIN, answerMs));
    this.#logMs = this.isKnown
      ? this.#logMs + alpha * (log - this.#logMs)
      : log;
    this.isKnown = true;
    this.#at = now;
  }

  /** From now on it counts as an average backend. */
  forget(): void {
    this.isKnown = false;
  }

  /** What to expect now, when the fleet's median is `medianMs` (0 when nothing is known of it), milliseconds. */
  expectedMs(medianMs: number, tauMs: number, now: number): number {
    if (!this.isKnown || medianMs <= 0) return medianMs;
    const weight = Math.exp(Math.min(0, this.#at - now) / tauMs);
    const median = Math.log(medianMs);
    return Math.exp(median + weight * (this.#logMs - median));
  }
}

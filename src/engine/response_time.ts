/**
 * How fast one backend answers single requests: a running mean of the logarithms of response times, which one slow
 * answer does not spoil. Without news it relaxes to what is usual, so that a backend that was slow is tried again.
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

  /** Whether it has answered within the last `tauMs`. */
  isRecent(tauMs: number, now: number): boolean {
    return this.isKnown && now - this.#at <= tauMs;
  }

  /**
   * Takes an answer's time. The longer there was none, the more it counts: after a silence of `tauMs` nearly all, or a
   * backend that was slow long ago would have to be asked dozens of times, minutes apart, before it is believed.
   */
  take(answerMs: number, alpha: number, tauMs: number, now: number): void {
    const log = Math.log(Math.max(ANSWER_MS_MIN, answerMs));
    const silence = 1 - Math.exp(Math.min(0, this.#at - now) / tauMs);
    this.#logMs += (this.isKnown ? Math.max(alpha, silence) : 1) *
      (log - this.#logMs);
    this.isKnown = true;
    this.#at = now;
  }

  /** From now on it counts as an average backend. */
  forget(): void {
    this.isKnown = false;
  }

  /** What to expect now, when `usualMs` is usual in the fleet (0 when nothing is known of it), milliseconds. */
  expectedMs(usualMs: number, tauMs: number, now: number): number {
    if (!this.isKnown || usualMs <= 0) return usualMs;
    const weight = Math.exp(Math.min(0, this.#at - now) / tauMs);
    const usual = Math.log(usualMs);
    return Math.exp(usual + weight * (this.#logMs - usual));
  }
}

/** When `config_url` is looked at next. Owns that instant. */

/** Part of the interval by which looks are spread, so that a fleet of servers doesn't ask in the same second. */
const JITTER = 0.1;
/** Longest wait after failures, unless the interval itself is longer. */
const BACKOFF_MS_MAX = 300_000;

/** A look that is due or not; instants are monotonic milliseconds. */
export class UrlSchedule {
  #url = "";
  #dueMs = Infinity;
  #intervalMs = 0;

  /**
   * Whether it is time. A URL that is new has just been looked at, as that is how it came into force. A shorter interval
   * counts at once. `failures` counts the looks in a row that brought nothing; `random` is from 0 (included) to 1
   * (excluded).
   */
  isDue(
    { url, intervalMs, failures }: {
      readonly url: string;
      readonly intervalMs: number;
      readonly failures: number;
    },
    nowMs: number,
    random: number,
  ): boolean {
    const isSame = url === this.#url;
    const isShorter = intervalMs < this.#intervalMs;
    const nextMs = nowMs + waitMs(intervalMs, failures, random);
    this.#intervalMs = intervalMs;
    if (isSame && (url === "" || nowMs < this.#dueMs)) {
      if (isShorter) this.#dueMs = Math.min(this.#dueMs, nextMs);
      return false;
    }
    this.#url = url;
    this.#dueMs = nextMs;
    return isSame;
  }
}

/** The interval; after failures twice as long each time. */
function waitMs(intervalMs: number, failures: number, random: number): number {
  const backoffMs = Math.min(BACKOFF_MS_MAX, intervalMs * 2 ** failures);
  return Math.max(intervalMs, backoffMs) * (1 + JITTER * (2 * random - 1));
}

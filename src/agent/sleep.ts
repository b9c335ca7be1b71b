/** Waits; settles early when the signal aborts, and never fails. An argument wherever time matters, so that tests own it. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Longest wait that a timer can hold (a signed 32-bit number of milliseconds, 24.8 days). */
const WAIT_MS_MAX = 2 ** 31 - 1;

/** The system's timers. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    const timer = setTimeout(end, Math.min(Math.max(0, ms), WAIT_MS_MAX));
    signal.addEventListener("abort", end);
  });
}

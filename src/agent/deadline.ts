/** Time-outs. Owns one timer, which ends with the work it bounds. */

/**
 * Runs work with a signal that aborts when the caller's does, or with a `TimeoutError` when the time is over. The work
 * must end when it is aborted; what it throws is thrown.
 */
export async function withDeadline<T>(
  deadlineMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException(`No end within ${deadlineMs} ms`, TIMEOUT));
  }, deadlineMs);
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Whether work ended because its time was over. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === TIMEOUT;
}

const TIMEOUT = "TimeoutError";

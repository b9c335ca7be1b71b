/** One exchange with the server, whose failures are answers too. Owns no state. */
import { isTimeout, withDeadline } from "./deadline.ts";
import type { Answer } from "./transport.ts";

/** Runs an exchange; what it throws, and being late, become an answer that did not come. */
export async function exchangeWithin(
  timeoutMs: number,
  signal: AbortSignal,
  exchange: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await withDeadline(timeoutMs, signal, exchange);
  } catch (error) {
    return {
      kind: "unanswered",
      reason: isTimeout(error)
        ? `no answer within ${timeoutMs / 1000} s`
        : reasonOf(error),
    };
  }
}

/**
 * The innermost cause. fetch puts the URL and its own changing port before it: the log names the server already, and a
 * reason that stays the same is said once.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return /client error \(\w+\): (.+)$/s.exec(error.message)?.[1] ??
    error.message;
}

/**
 * An exception where none is expected: a fault of the program, met while one request was handled. It ends that request
 * and nothing else. Drivers tell the handler of the connection that they were serving (`SocketHandler.onPanic`); what
 * no driver calls, such as timers and promises, runs through {@link shielded}. Owner of nothing.
 */
import type { EdgeParts } from "./edge_parts.ts";
import type { RequestId } from "./request_ids.ts";

/** Whoever closes its books when something threw in its name. */
export interface Panicking {
  /** Ends what it was doing; must not throw. */
  onPanic(error: unknown, now: number): void;
}

/** Runs a step of what is done for somebody; when it throws, that one is told instead of the process ended. */
export function shielded(
  victim: Panicking,
  now: number,
  step: (now: number) => void,
): void {
  try {
    step(now);
  } catch (error) {
    victim.onPanic(error, now);
  }
}

/** What the log says of it; the request's id is beside it, and the stack follows. */
export const PANIC_MESSAGE =
  "A fault of the program failed a request; others go on";

/** Logs a fault that a request has met. */
export function logPanic(
  { logger, requestIds }: EdgeParts,
  id: RequestId,
  error: unknown,
): void {
  logger.error(PANIC_MESSAGE, { requestId: requestIds.text(id), error });
}

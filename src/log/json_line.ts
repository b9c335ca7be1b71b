/** A log line for machines. */
import { escapeInvisible } from "./escape_invisible.ts";
import type { LogEvent } from "./log_event.ts";

/**
 * The event as one line of JSON: `timestamp` (RFC 3339, UTC), `level`, `module`, `message`, `data` when there is any,
 * `stacks` when there are any. The keys stay in this order.
 */
export function jsonLine(
  { at, level, module, plain }: LogEvent,
): string {
  const line = JSON.stringify({
    timestamp: at.toISOString(),
    level,
    module,
    message: plain.message,
    data: Object.keys(plain.values).length > 0 ? plain.values : undefined,
    stacks: plain.stacks.length > 0 ? plain.stacks : undefined,
  });
  return `${escapeInvisible(line)}\n`;
}

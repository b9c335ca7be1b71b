/** A log line for machines. */
import { escapeInvisible } from "./escape_invisible.ts";
import type { LogEvent } from "./log_event.ts";

/**
 * The event as one line of JSON: `timestamp` (RFC 3339, UTC), `level`, `module`, `line`, `message`, `data`, and
 * `stacks` when there are any. The keys stay in this order.
 */
export function jsonLine(
  { at, level, module, line, plain }: LogEvent,
): string {
  const text = JSON.stringify({
    timestamp: at.toISOString(),
    level,
    module,
    line,
    message: plain.message,
    data: plain.values,
    stacks: plain.stacks.length > 0 ? plain.stacks : undefined,
  });
  return `${escapeInvisible(text)}\n`;
}

/** An event as receivers read it. Owns no state. */
import type { Passed } from "./coalescer.ts";
import type { Message } from "./delivery.ts";

/** The server that speaks. */
export interface Sender {
  readonly hostname: string;
  readonly version: string;
}

/** An event on its way: named once, so that every attempt has the same id. */
export interface Outgoing extends Passed {
  readonly id: string;
}

/**
 * The JSON of an event: `id`, `type`, `at` (RFC 3339), `server`, `data`; `suppressed` when it stands for earlier ones
 * about the same subject, `dropped` when earlier ones never arrived.
 */
export function messageOf(
  { id, event, atMs, suppressed }: Outgoing,
  { hostname, version }: Sender,
  dropped: number,
): Message {
  const body = JSON.stringify({
    id,
    type: event.type,
    at: new Date(atMs).toISOString(),
    server: { hostname, version },
    data: event.data,
    ...(suppressed > 0 && { suppressed }),
    ...(dropped > 0 && { dropped }),
  });
  return { id, type: event.type, body };
}

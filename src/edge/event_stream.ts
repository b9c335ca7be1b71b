/**
 * Event streams (HTML Living Standard, section 9.2): how one is told, and where it stands between two events. A stream
 * that ends there is read as one that has ended well, after which its reader comes back; one that breaks off is an error
 * to many programs. Owner: a reply; bounded by the octets that it remembers.
 */
import type { OctetSink } from "../http1/body_reader.ts";
import { mediaTypeEnd } from "../http1/field_values.ts";
import { CR, isText, LF } from "../http1/octets.ts";
import type { ResponseHead } from "../http1/response_head.ts";

const EVENT_STREAM = "text/event-stream";

/** Whether a response says that it is one. */
export function isEventStream(bytes: Uint8Array, head: ResponseHead): boolean {
  if (head.contentType === -1) return false;
  const start = head.fields.valueStart(head.contentType);
  const valueEnd = head.fields.valueEnd(head.contentType);
  const end = mediaTypeEnd(bytes, start, valueEnd);
  return isText(bytes, start, end, EVENT_STREAM);
}

/** The ways in which a chunk ends with an event: a blank line, then the line end of the chunk. */
const ENDINGS: readonly (readonly number[])[] = [
  [LF, LF, CR, LF],
  [CR, LF, CR, LF, CR, LF],
];
const TAIL_BYTES = 6;

/** Hands the chunks of an event stream on and knows how they ended. */
export class EventTail implements OctetSink {
  readonly #sink: OctetSink;
  /** The last octets, at the end. */
  readonly #tail = new Uint8Array(TAIL_BYTES);

  /** Hands everything on to this. */
  constructor(sink: OctetSink) {
    this.#sink = sink;
  }

  /** Whether what went on last was a chunk that ended with an event. */
  get isBetweenEvents(): boolean {
    return ENDINGS.some((ending) =>
      ending.every((octet, at) =>
        this.#tail[TAIL_BYTES - ending.length + at] === octet
      )
    );
  }

  take(bytes: Uint8Array, start: number, end: number): void {
    const taken = Math.min(TAIL_BYTES, end - start);
    this.#tail.copyWithin(0, taken);
    this.#tail.set(bytes.subarray(end - taken, end), TAIL_BYTES - taken);
    this.#sink.take(bytes, start, end);
  }
}

/**
 * Gathers the pieces of an event stream as `proxy_sse_flush_interval_ms` says: not at all, for an interval, or until a
 * buffer is full. Owner: an exchange; bounded by {@link GATHER_BYTES}.
 */
import type { ResponseHead } from "../http1/response_head.ts";
import { mediaTypeEnd } from "../http1/field_values.ts";
import { isText } from "../http1/octets.ts";
import type { Output } from "./output.ts";

/** What is gathered at most before it is sent. */
const GATHER_BYTES = 16_384;
const EVENT_STREAM = "text/event-stream";

/** The gathering of one response. */
export class Gathering {
  readonly #intervalMs: number;
  #output: Output | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Nothing is gathered yet. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Gathers from now on, when the response is an event stream and pieces are to be gathered. */
  begin(bytes: Uint8Array, head: ResponseHead, output: Output): void {
    if (this.#intervalMs < 0 || !isEventStream(bytes, head)) return;
    output.flush();
    output.gather(GATHER_BYTES);
    this.#output = output;
  }

  /** A piece came: it leaves when the interval is over. */
  onPiece(): void {
    const output = this.#output;
    const isTimed = this.#intervalMs > 0 && this.#timer === undefined;
    if (output === undefined || !isTimed || output.isClear) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      output.sendGathered();
    }, this.#intervalMs);
  }

  /** The response is over: what is left leaves. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#output?.gather(0);
    this.#output = undefined;
  }
}

function isEventStream(bytes: Uint8Array, head: ResponseHead): boolean {
  if (head.contentType === -1) return false;
  const start = head.fields.valueStart(head.contentType);
  const valueEnd = head.fields.valueEnd(head.contentType);
  const end = mediaTypeEnd(bytes, start, valueEnd);
  return isText(bytes, start, end, EVENT_STREAM);
}

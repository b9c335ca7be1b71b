/**
 * The way of a request to its origin: the head, what is held of the body, then the body as it comes. Owner: an
 * exchange; bounded by pausing the caller while the origin takes no more.
 */
import type { RequestHead } from "../http1/request_head.ts";
import type { RequestRefusal } from "../http1/refusal.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { RefusalCode } from "./refusals.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { RequestInProgress } from "./request_in_progress.ts";
import { sendHead } from "./send_request.ts";
import type { Upstream } from "./upstream.ts";

/** How far the request is: "sent" with its last octet, or why it must not go on. */
export type Progress = "more" | "sent" | RequestRefusal;

/** What is known of a request. */
export type Outgoing = Pick<RequestInProgress, "facts" | "id" | "notes">;

/** How it was found where the request goes. */
export interface Way {
  /** The head that the caller's connection holds. */
  head(): RequestHead;
  /** The field that names the booked GPUs to the backend. */
  readonly gpuLine: Uint8Array | undefined;
}

/** A request on its way. */
export class Sending {
  readonly #caller: Caller;
  readonly #parts: EdgeParts;
  /** How much of what the caller holds belongs to this request. */
  consumed = 0;
  /** Whether the connection had waited for the request, so that the origin may have closed it just then. */
  mayBeStale = false;
  /** Whether all that was sent is still held, so that it can be sent again. */
  #isHeld = true;
  #timesSent = 0;

  /** Nothing is on its way. */
  constructor(caller: Caller, parts: EdgeParts) {
    this.#caller = caller;
    this.#parts = parts;
  }

  /**
   * Whether the request may be sent again, on a fresh connection, when this one died without a word: once, since it may
   * be the request that kills.
   */
  isRepeatable(facts: RequestFacts): boolean {
    return this.mayBeStale && facts.isIdempotent && this.#isHeld &&
      this.#timesSent === 1;
  }

  /** A request whose head is held begins. */
  begin(headEnd: number): void {
    this.consumed = headEnd;
    this.#isHeld = true;
    this.#timesSent = 0;
  }

  /** Sends the head and what is held of the body. */
  send(
    outgoing: Outgoing,
    way: Way,
    upstream: Upstream,
  ): Progress {
    const caller = this.#caller;
    const { held, body } = caller;
    const { facts } = outgoing;
    this.#timesSent++;
    const head = way.head();
    sendHead(held.bytes, head, caller, upstream, outgoing, way, this.#parts);
    body.begin(facts.framing, facts.contentLength, "as_is");
    const { bytes, length } = held;
    this.consumed = body.read(bytes, facts.headEnd, length, upstream.output);
    const progress = this.#progress(upstream);
    if (progress === "more" && !upstream.output.isBlocked) caller.resume();
    if (progress === "sent" && facts.framing !== "none") {
      // Until there was a connection it may have been held back without a look at its end.
      if (this.consumed < length) caller.pause(true);
      else caller.resume();
    }
    return progress;
  }

  /** Sends bytes[start, end) as far as they belong to the request; the caller holds the rest. */
  forward(
    bytes: Uint8Array,
    start: number,
    end: number,
    upstream: Upstream,
  ): Progress {
    const caller = this.#caller;
    let at = start;
    let progress: Progress = "sent";
    if (!caller.body.isDone) {
      this.#isHeld = false;
      at = caller.body.read(bytes, start, end, upstream.output);
      progress = this.#progress(upstream);
    }
    if (progress === "sent" && at < end) caller.hold(bytes, at, end, true);
    return progress;
  }

  /** Why it takes too long: the caller is slow to send, or the origin to take. */
  lateCode(upstream: Upstream | undefined): RefusalCode {
    return upstream?.output.isBlocked ? "upstream_timeout" : "request_timeout";
  }

  /** The response has begun: the request is not sent again, and only what follows it is still of use. */
  forget(): void {
    this.#isHeld = false;
    this.#caller.held.drop(this.consumed);
    this.consumed = 0;
  }

  #progress(upstream: Upstream): Progress {
    const { body } = this.#caller;
    if (body.fault !== undefined) return body.fault;
    if (body.received > this.#caller.rules.settings.bodyBytesMax) {
      return "body_too_large";
    }
    upstream.output.flush();
    if (body.isDone) return "sent";
    if (upstream.output.isBlocked) this.#caller.pause(false);
    return "more";
  }
}

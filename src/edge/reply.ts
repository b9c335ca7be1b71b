/**
 * The way of a response to its caller: the head as the caller gets it, how the body goes on, what becomes of the two
 * connections. Owner: an exchange.
 */
import type { ResponseHead } from "../http1/response_head.ts";
import type { BodyReader, OctetSink } from "../http1/body_reader.ts";
import { octetsOf } from "../http1/octets.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { EventTail, isEventStream } from "./event_stream.ts";
import { Gathering } from "./gathering.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { RequestId } from "./request_ids.ts";
import type { Passage } from "./request_notes.ts";
import { responseBody, sendResponseHead } from "./send_response.ts";
import type { Upstream } from "./upstream.ts";

/** What is known of a request when its response comes. */
export interface Answered {
  readonly facts: RequestFacts;
  readonly id: RequestId;
  /** The field that names the backend; absent for answers of the API. */
  readonly backendLine: Uint8Array | undefined;
}

/** A response on its way. */
export class Reply implements Passage {
  /** A response ends what its caller says. */
  readonly bytesIn = 0;
  readonly #caller: Caller;
  readonly #parts: EdgeParts;
  readonly #gathering: Gathering;
  /** Whether the caller's connection may serve another request. */
  keepAlive = false;
  /** Whether the end of the body shows by itself, without the end of the connection. */
  isDelimited = false;
  #originKeepsAlive = false;
  #isFlushed = false;
  /** The way of an event stream. */
  #events: EventTail | undefined;
  /** Reads the body while the response is on its way. */
  #body: BodyReader | undefined;

  /** No response yet. */
  constructor(caller: Caller, parts: EdgeParts) {
    this.#caller = caller;
    this.#parts = parts;
    this.#gathering = new Gathering();
  }

  /** Where the body goes. */
  get bodyOutput(): OctetSink {
    return this.#events ?? this.#caller.output;
  }

  /** How many octets of the body came. */
  get bytesOut(): number {
    return this.#body?.received ?? 0;
  }

  /** Whether the caller has seen nothing of it yet. */
  get isUnseen(): boolean {
    return !this.#isFlushed;
  }

  /** Begins with a final head; the first `consumed` octets that the caller holds are the request. */
  begin(
    bytes: Uint8Array,
    head: ResponseHead,
    upstream: Upstream,
    answered: Answered,
    consumed: number,
  ): void {
    const caller = this.#caller;
    const { facts } = answered;
    const { framing, form, endsWithConnection } = responseBody(head, facts);
    // Bytes sent ahead of a change of protocol that did not come can't be read as a request.
    const isAmbiguous = facts.wantsUpgrade && caller.held.length > consumed;
    this.isDelimited = !endsWithConnection;
    this.keepAlive = facts.keepAlive && caller.body.isDone &&
      this.isDelimited && !isAmbiguous && !this.#parts.load.isDraining;
    this.#originKeepsAlive = head.keepAlive && framing !== "close";
    this.#isFlushed = false;
    const isKept = this.keepAlive;
    sendResponseHead(bytes, head, caller, answered, isKept, form, this.#parts);
    upstream.body.begin(framing, head.contentLength, form);
    this.#body = upstream.body;
    this.#events = undefined;
    if (framing === "length" || !isEventStream(bytes, head)) return;
    this.#gathering.begin(
      caller.output,
      caller.rules.settings.sseFlushIntervalMs,
    );
    if (this.isDelimited) this.#events = new EventTail(caller.output);
  }

  /** Some of the body is with the caller's output: it leaves, and the origin waits while the caller takes no more. */
  onPiece(upstream: Upstream, now: number): void {
    this.#isFlushed = true;
    const goesOn = this.#caller.flush(now);
    this.#gathering.onPiece();
    if (!goesOn) upstream.pause();
  }

  /** The whole response is with the caller's output: it leaves, and the origin's connection waits or closes. */
  complete(upstream: Upstream, isSurplus: boolean, now: number): void {
    this.#isFlushed = true;
    this.#gathering.end();
    this.#caller.flush(now);
    const isReusable = this.#caller.body.isDone && !isSurplus &&
      this.#originKeepsAlive && upstream.output.isClear;
    if (isReusable) upstream.giveBack(now);
    else upstream.close();
  }

  /**
   * Ends an event stream in its origin's place, when the last octet was that of an event: nothing has a length there, so
   * this is a whole stream, and its reader comes back for more. False for every other response: to complete one that is
   * not complete would be to lie (RFC 9112, section 8).
   */
  endEarly({ body }: Upstream, now: number): boolean {
    if (!body.isBetweenChunks || !this.#events?.isBetweenEvents) return false;
    this.#gathering.end();
    this.#caller.output.take(LAST_CHUNK, 0, LAST_CHUNK.length);
    return this.#caller.flush(now);
  }

  /** The exchange is over. */
  end(): void {
    this.#body = undefined;
    this.#gathering.end();
  }
}

const LAST_CHUNK = octetsOf("0\r\n\r\n");

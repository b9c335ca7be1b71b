/**
 * Writes an answer of the API that came without a connection, octet for octet as the runtime's HTTP server and the edge
 * would have together. Owns one line with the date, made once a second.
 */
import { octetsOf } from "../http1/octets.ts";
import type { Clock } from "../ports.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { LocalAnswer } from "./local_request.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { RequestId } from "./request_ids.ts";

/** Writes answers. */
export class LocalAnswers {
  readonly #clock: Clock;
  #second = NaN;
  #dateLine: Uint8Array = new Uint8Array(0);

  /** Dates by this clock. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Writes one to the caller, who has yet to be flushed; how many octets the body has. */
  write(
    { status, fields, body }: LocalAnswer,
    id: RequestId,
    { cors }: RequestFacts,
    caller: Caller,
    keepAlive: boolean,
    { requestIds }: EdgeParts,
  ): number {
    const isAscii = ASCII.test(body);
    const octets = isAscii ? NOTHING : UTF8.encode(body);
    const length = isAscii ? body.length : octets.length;
    const writer = caller.output.borrow();
    writer.put(STATUS_LINES.get(status) ?? statusLine(status, "Error"));
    for (const name in fields) {
      if (name === "x-request-id" || name === "connection") continue;
      writer.text(name);
      writer.put(COLON_SP);
      writer.text(fields[name] ?? "");
      writer.put(CRLF);
    }
    writer.put(CONTENT_LENGTH);
    writer.text(String(length));
    writer.put(CRLF);
    writer.put(this.#date());
    writer.put(X_REQUEST_ID);
    requestIds.write(id, writer);
    writer.put(CRLF);
    writer.put(caller.rules.browser.security(caller.isTls, 0));
    writer.put(cors.octets);
    writer.put(keepAlive ? CRLF : CLOSE);
    if (!isAscii) {
      caller.output.take(octets, 0, length);
      return length;
    }
    if (!writer.fits(length)) caller.output.flush();
    writer.text(body);
    return length;
  }

  #date(): Uint8Array {
    const wallMs = this.#clock.wallMs();
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#dateLine = octetsOf(`date: ${new Date(wallMs).toUTCString()}\r\n`);
    }
    return this.#dateLine;
  }
}

const UTF8 = new TextEncoder();
/** Nearly all answers; to write one letter by letter costs less than an array for its octets. */
const ASCII = /^[^\u0080-\uffff]{0,16384}$/;
const NOTHING = new Uint8Array(0);
const CRLF = octetsOf("\r\n");
const COLON_SP = octetsOf(": ");
const CONTENT_LENGTH = octetsOf("content-length: ");
const X_REQUEST_ID = octetsOf("X-Request-ID: ");
const CLOSE = octetsOf("Connection: close\r\n\r\n");

/** Each status of the API with the reason phrase that the runtime's HTTP server gives it. */
const STATUS_LINES: ReadonlyMap<number, Uint8Array> = new Map(
  ([
    [200, "OK"],
    [400, "Bad Request"],
    [401, "Unauthorized"],
    [403, "Forbidden"],
    [404, "Not Found"],
    [405, "Method Not Allowed"],
    [408, "Request Timeout"],
    [409, "Conflict"],
    [413, "Payload Too Large"],
    [415, "Unsupported Media Type"],
    [422, "Unprocessable Entity"],
    [429, "Too Many Requests"],
    [500, "Internal Server Error"],
    [503, "Service Unavailable"],
  ] as const).map(([status, reason]) => [status, statusLine(status, reason)]),
);

function statusLine(status: number, reason: string): Uint8Array {
  return octetsOf(`HTTP/1.1 ${status} ${reason}\r\n`);
}

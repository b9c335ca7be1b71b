/** What an exchange remembers of a request's head after the head itself has gone on. */
import type { Framing } from "../http1/body_reader.ts";
import { isText } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import { type CorsAnswer, SILENCE } from "./cors.ts";
import { isPreflight } from "./preflight.ts";

/** What is remembered; one instance serves request after request. */
export class RequestFacts {
  /** Octets of the head. */
  headEnd = 0;
  isHead = false;
  /** Whether it may be sent twice (RFC 9110, section 9.2.2). */
  isIdempotent = false;
  /** The caller's minor version. */
  minor = 1;
  /** Whether the caller would send another request on the connection. */
  keepAlive = true;
  /** Whether the caller would change to another protocol. */
  wantsUpgrade = false;
  framing: Framing = "none";
  contentLength = 0;
  /** Whether all of the body was held when the request was refused, so that it can be passed over. */
  isBodyHeld = false;
  /** What pages of the caller's origin are told. */
  cors: CorsAnswer = SILENCE;
  /** Whether a browser asks if a page may send a request, and we may answer. */
  isPreflight = false;

  /** Reads them from the head that the caller's connection holds. */
  read({ held, rules }: Caller, head: RequestHead): void {
    const { bytes } = held;
    const { methodStart: start, methodEnd: end } = head;
    this.headEnd = head.end;
    this.isHead = isText(bytes, start, end, "head");
    this.isIdempotent = this.isHead || isIdempotent(bytes, start, end);
    this.minor = head.minor;
    this.keepAlive = head.keepAlive;
    this.wantsUpgrade = head.upgrade !== -1;
    this.framing = head.isChunked
      ? "chunked"
      : head.contentLength > 0
      ? "length"
      : "none";
    this.contentLength = Math.max(0, head.contentLength);
    this.isBodyHeld = false;
    const { cors } = rules.browser;
    this.cors = cors?.answerTo(bytes, head) ?? SILENCE;
    this.isPreflight = cors !== undefined && isPreflight(bytes, head);
  }

  /** The request is refused before anything of its body was used; so many octets of it are held. */
  findBody(heldBytes: number): void {
    this.isBodyHeld = this.framing === "length" &&
      heldBytes >= this.headEnd + this.contentLength;
  }
}

/** Methods are case-sensitive, but a method that differs only in case is no reason to send a request twice. */
function isIdempotent(bytes: Uint8Array, start: number, end: number): boolean {
  switch (end - start) {
    case 3:
      return isText(bytes, start, end, "get") ||
        isText(bytes, start, end, "put");
    case 6:
      return isText(bytes, start, end, "delete");
    case 7:
      return isText(bytes, start, end, "options");
    default:
      return false;
  }
}

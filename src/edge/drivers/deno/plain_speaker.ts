/**
 * Who speaks plain HTTP to a listener for TLS: an answer that says so, instead of a connection that is closed without a
 * word. Bounded by the first octets of a connection; what follows them is not read.
 */
import type { Socket, SocketHandler } from "../../driver.ts";
import { SocketDuplex } from "./socket_duplex.ts";
import type { TurnTaking } from "./turn_taking.ts";

/** What a handshake stands on; it ends where the first octet is that of an HTTP method. */
export class Greeted extends SocketDuplex implements SocketHandler {
  readonly #plain: Socket;
  #hasBegun = false;

  /** Stands on this socket. */
  constructor(turns: TurnTaking, plain: Socket) {
    super(turns);
    this.#plain = plain;
    this.attach(plain);
  }

  /** Hands bytes to the handshake, or answers. */
  override onBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    if (this.#hasBegun || !isLetter(bytes[start])) {
      this.#hasBegun = true;
      return super.onBytes(bytes, start, end, now);
    }
    this.#plain.write(ANSWER, 0, ANSWER.length);
    this.#plain.close();
    this.release();
  }
}

/** Methods begin with one (RFC 9110, section 9.1), records of TLS with an octet below 32 (RFC 8446, section 5.1). */
function isLetter(octet = 0): boolean {
  return octet >= 0x41 && octet <= 0x5a;
}

const BODY = JSON.stringify({
  type: "urn:opsen:problem:tls_required",
  title: "Bad Request",
  status: 400,
  code: "tls_required",
  detail: "This port speaks TLS: ask with https://",
});

const ANSWER = new TextEncoder().encode([
  "HTTP/1.1 400 Bad Request",
  "Content-Type: application/problem+json",
  `Content-Length: ${BODY.length}`,
  "Cache-Control: no-store",
  "Connection: close",
  "",
  BODY,
].join("\r\n"));

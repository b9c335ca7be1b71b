/**
 * Where frames of a WebSocket begin and end (RFC 6455, section 5.2), so that one of our own can be put between two of
 * them. Payloads are passed over, not looked at. Owner: a tunnel; it holds a few numbers.
 */

const OPCODE = 0x0f;
const CLOSE = 0x8;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LENGTH = 0x7f;
/** The lengths that say that the real one follows, and in how many octets. */
const LENGTH_IN_2 = 126;
const LENGTH_IN_8 = 127;

/** A close frame of a server with status 1001, going away (RFC 6455, section 7.4.1). */
export const GOING_AWAY: Uint8Array = new Uint8Array([0x88, 0x02, 0x03, 0xe9]);

/** Follows the frames of one direction. */
export class WebSocketFrames {
  #at: "start" | "length" | "long_length" = "start";
  /** Octets of the mask and the payload that are still to come. */
  #remaining = 0;
  #length = 0;
  #lengthOctetsLeft = 0;
  #maskBytes = 0;
  #isClose = false;

  /** Whether a frame may come next: none is under way, and none has said that it was the last. */
  get mayFollow(): boolean {
    return this.#at === "start" && this.#remaining === 0 && !this.#isClose;
  }

  /** Follows bytes[start, end). */
  follow(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#remaining > 0) {
        const passed = Math.min(this.#remaining, end - at);
        this.#remaining -= passed;
        at += passed;
      } else this.#readHead(bytes[at++]!);
    }
  }

  #readHead(octet: number): void {
    switch (this.#at) {
      case "start":
        this.#isClose ||= (octet & OPCODE) === CLOSE;
        this.#at = "length";
        return;
      case "length": {
        const length = octet & LENGTH;
        this.#maskBytes = (octet & MASKED) === 0 ? 0 : MASK_BYTES;
        this.#at = "start";
        if (length < LENGTH_IN_2) {
          this.#remaining = this.#maskBytes + length;
          return;
        }
        this.#at = "long_length";
        this.#length = 0;
        this.#lengthOctetsLeft = length === LENGTH_IN_8 ? 8 : 2;
        return;
      }
      case "long_length":
        this.#length = this.#length * 256 + octet;
        if (--this.#lengthOctetsLeft > 0) return;
        this.#at = "start";
        this.#remaining = this.#maskBytes + this.#length;
        return;
    }
  }
}

/**
 * Reads the chunked transfer coding (RFC 9112, section 7.1) strictly, in pieces of any size. It sorts the octets into
 * runs, so that what may go on as it is goes on without being copied; extensions are left out. Owner: the body of one
 * message; bounded by the constants below.
 */
import { CR, HEX, HEX_VALUE, LF, ROLES, SEMICOLON, VALUE } from "./octets.ts";

/** Most hexadecimal digits of a size, leading zeros included. */
const SIZE_DIGITS_MAX = 16;
/** Largest chunk: what fits 31 bits, so that no reader behind us can overflow. */
const CHUNK_BYTES_MAX = 0x7fff_ffff;
/** Most octets of extensions in one message. Nobody sends any, but an attacker could send nothing else. */
const EXTENSION_BYTES_MAX = 16_384;

/** What a run of octets is. */
export type Run =
  /** Sizes and line ends, which go on as they are. */
  | "framing"
  /** Octets of the body. */
  | "data"
  /** Extensions, which don't go on. */
  | "extension"
  /** The last chunk has been read; trailer fields and the blank line follow, read by someone else. */
  | "last"
  | "bad";

const SIZE = 0;
const SIZE_CR = 1;
const EXTENSION = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const EXTENSION_END = 6;

/** Where a reader stands in a chunked body. */
export class Chunked {
  /** What the last run was. */
  run: Run = "framing";
  #state = SIZE;
  #digits = 0;
  #remaining = 0;
  #extensionBytes = 0;

  /** Whether the next octet would be the first of a chunk's size. */
  get isBetweenChunks(): boolean {
    return this.#state === SIZE && this.#digits === 0;
  }

  /** Begins a new body. */
  reset(): void {
    this.#state = SIZE;
    this.#digits = 0;
    this.#remaining = 0;
    this.#extensionBytes = 0;
  }

  /** Reads one run from bytes[at, end), which is not empty; returns its end and leaves what it was in `run`. */
  read(bytes: Uint8Array, at: number, end: number): number {
    switch (this.#state) {
      case DATA: {
        const taken = Math.min(this.#remaining, end - at);
        this.#remaining -= taken;
        if (this.#remaining === 0) this.#state = DATA_CR;
        this.run = "data";
        return at + taken;
      }
      case EXTENSION:
        return this.#extension(bytes, at, end);
      default:
        return this.#framing(bytes, at, end);
    }
  }

  #framing(bytes: Uint8Array, start: number, end: number): number {
    this.run = "framing";
    let at = start;
    while (at < end) {
      const octet = bytes[at]!;
      switch (this.#state) {
        case SIZE:
          if ((ROLES[octet]! & HEX) !== 0) {
            const size = this.#remaining * 16 + HEX_VALUE[octet]!;
            if (
              this.#digits === SIZE_DIGITS_MAX || size > CHUNK_BYTES_MAX
            ) return this.#bad(start, at);
            this.#remaining = size;
            this.#digits++;
          } else if (this.#digits === 0) return this.#bad(start, at);
          else if (octet === CR) this.#state = SIZE_CR;
          else if (octet === SEMICOLON) {
            this.#state = EXTENSION;
            return at === start ? this.#extension(bytes, at, end) : at;
          } else return this.#bad(start, at);
          break;
        case EXTENSION_END:
          if (octet !== CR) return this.#bad(start, at);
          this.#state = SIZE_CR;
          break;
        case SIZE_CR:
          if (octet !== LF) return this.#bad(start, at);
          at++;
          this.#digits = 0;
          if (this.#remaining === 0) {
            this.run = "last";
            return at;
          }
          this.#state = DATA;
          return at;
        case DATA_CR:
          if (octet !== CR) return this.#bad(start, at);
          this.#state = DATA_LF;
          break;
        case DATA_LF:
          if (octet !== LF) return this.#bad(start, at);
          this.#state = SIZE;
          break;
      }
      at++;
    }
    return at;
  }

  #extension(bytes: Uint8Array, start: number, end: number): number {
    this.run = "extension";
    const limit = start + EXTENSION_BYTES_MAX - this.#extensionBytes;
    let at = start;
    while (at < end && at < limit && (ROLES[bytes[at]!]! & VALUE) !== 0) at++;
    this.#extensionBytes += at - start;
    if (at === end) return at;
    if ((ROLES[bytes[at]!]! & VALUE) !== 0) return this.#bad(start, at);
    this.#state = EXTENSION_END;
    return at > start ? at : this.#framing(bytes, at, end);
  }

  /** What stands before a bad octet is a run of its own, so that the same goes on however the octets arrive. */
  #bad(start: number, at: number): number {
    if (at === start) this.run = "bad";
    return at;
  }
}

/** Reads request heads out of what a connection holds, so that a dripping caller costs little. Owner: a connection. */
import { HEAD_BYTES_MAX } from "../http1/head.ts";
import { hasLineEnd } from "../http1/octets.ts";
import {
  parseRequestHead,
  type RequestVerdict,
} from "../http1/request_head.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { HeldBytes } from "./held_bytes.ts";

/** Reads heads. */
export class HeadReader {
  readonly #held: HeldBytes;
  readonly #parts: EdgeParts;

  /** Reads what is held. */
  constructor(held: HeldBytes, parts: EdgeParts) {
    this.#held = held;
    this.#parts = parts;
  }

  /** Holds more bytes; false when the head can't be over yet: it ends where a line ends, and its lines are few. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    const isFirst = this.#held.length === 0;
    this.#held.append(bytes, start, end);
    return isFirst || hasLineEnd(bytes, start, end) ||
      this.#held.length > HEAD_BYTES_MAX;
  }

  /** Reads the head that is held into the shared one. */
  read(): RequestVerdict {
    const { requestHead, rules: { names } } = this.#parts;
    const { bytes, length } = this.#held;
    requestHead.owner = this.#held;
    return parseRequestHead(bytes, 0, length, names, requestHead);
  }
}

/**
 * Reads the answer to an http probe as far as its status. Owner: its probe; bounded by {@link ANSWER_BYTES_MAX}.
 */
import { HEAD_BYTES_MAX } from "../http1/head.ts";
import type { FieldNames } from "../http1/field_names.ts";
import { hasLineEnd } from "../http1/octets.ts";
import {
  parseResponseHead,
  type ResponseHead,
} from "../http1/response_head.ts";
import { type BufferPool, HeldBytes } from "./held_bytes.ts";

/** Bytes that a probe reads, interim responses included: as many as one head may have. */
const ANSWER_BYTES_MAX = HEAD_BYTES_MAX;

/** First status of a final response, and the first that is no success any more. */
const FINAL = 200;
const BAD = 400;
const SWITCHING_PROTOCOLS = 101;

/** What every answer is read with. */
export interface AnswerParts {
  readonly names: FieldNames;
  readonly head: ResponseHead;
  readonly pool: BufferPool;
}

/** What is known of an answer: a 2xx or 3xx is good, every other and what can't be understood is bad. */
export type AnswerVerdict = "incomplete" | "good" | "bad";

/** One answer. */
export class ProbeAnswer {
  readonly #parts: AnswerParts;
  readonly #held: HeldBytes;
  #taken = 0;

  /** Nothing of it is there yet. */
  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#held = new HeldBytes(parts.pool);
  }

  /** Takes bytes[start, end), as many as an answer may have. */
  take(bytes: Uint8Array, start: number, end: number): AnswerVerdict {
    const until = Math.min(end, start + ANSWER_BYTES_MAX - this.#taken);
    this.#taken += until - start;
    this.#held.append(bytes, start, until);
    // A head can only be over where a line ends, so an answer that drips is not read again for each octet.
    const verdict = hasLineEnd(bytes, start, until)
      ? this.#read()
      : "incomplete";
    if (verdict !== "incomplete") return verdict;
    return this.#taken >= ANSWER_BYTES_MAX ? "bad" : "incomplete";
  }

  /** Gives its memory back. */
  clear(): void {
    this.#held.clear();
  }

  #read(): AnswerVerdict {
    const { names, head } = this.#parts;
    let at = 0;
    while (at < this.#held.length) {
      const verdict = parseResponseHead(
        this.#held.bytes,
        at,
        this.#held.length,
        names,
        head,
      );
      if (verdict === "incomplete") break;
      if (verdict !== "complete") return "bad";
      if (head.status >= FINAL) return head.status < BAD ? "good" : "bad";
      if (head.status === SWITCHING_PROTOCOLS) return "bad";
      at = head.end;
    }
    this.#held.drop(at);
    return "incomplete";
  }
}

/**
 * Ids of requests as octets: the process, then a count in base 36, the shape of the ids of the API. A request keeps only
 * its number; the octets are made when they are written. Owner: the edge.
 */
import type { OctetWriter } from "../http1/octet_writer.ts";
import { octetsOf } from "../http1/octets.ts";
import type { Random } from "../ports.ts";

/** Characters of the part that differs between processes: 36^8 of them, so that logs of a fleet can be joined. */
const PREFIX_CHARS = 8;
/** Digits of the largest count that a number holds. */
const DIGITS_MAX = 11;

/** The id of a request: the number of one made here, or the text of one that a trusted proxy gave. */
export type RequestId = number | string;

/** Counts requests and writes their ids. */
export class RequestIds {
  readonly #prefix: Uint8Array;
  readonly #prefixText: string;
  readonly #digits = new Uint8Array(DIGITS_MAX);
  #count = 0;

  /** Ids of one process. */
  constructor(random: Random) {
    let prefix = "";
    for (let i = 0; i < PREFIX_CHARS; i++) {
      prefix += Math.floor(random.next() * 36).toString(36);
    }
    this.#prefixText = `${prefix}-`;
    this.#prefix = octetsOf(this.#prefixText);
  }

  /** The number of the next request. */
  next(): number {
    return ++this.#count;
  }

  /** Writes the id of a request. */
  write(id: RequestId, writer: OctetWriter): void {
    if (typeof id === "string") return writer.text(id);
    writer.put(this.#prefix);
    let rest = id;
    let digits = 0;
    do {
      const digit = rest % 36;
      this.#digits[digits++] = digit < 10 ? 0x30 + digit : 0x57 + digit;
      rest = Math.floor(rest / 36);
    } while (rest > 0);
    while (digits > 0) writer.octet(this.#digits[--digits]!);
  }

  /** The id of a request as text, for the log and for problem bodies. */
  text(id: RequestId): string {
    return typeof id === "string" ? id : this.#prefixText + id.toString(36);
  }
}

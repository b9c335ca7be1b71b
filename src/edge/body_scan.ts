/**
 * Looks at the beginning of a request's body, which is held meanwhile, for the fields that choose a backend. Owner: an
 * exchange; bounded by `tier_peek_bytes`.
 */
import type { BodyReader, OctetSink } from "../http1/body_reader.ts";
import type { HeldBytes } from "./held_bytes.ts";
import type { JsonFields, JsonProgress } from "./json_fields.ts";

/** A scan in progress. */
export class BodyScan implements OctetSink {
  readonly fields: JsonFields;
  #at: number;
  #left: number;
  #progress: JsonProgress = "more";

  /** Begins at the first octet after the head. */
  constructor(fields: JsonFields, headEnd: number, bytesMax: number) {
    this.fields = fields;
    this.#at = headEnd;
    this.#left = bytesMax;
  }

  /** Reads what is held and was not read before; true when there is nothing more to find. */
  read(held: HeldBytes, body: BodyReader): boolean {
    this.#at = body.read(held.bytes, this.#at, held.length, this);
    return this.#progress !== "more" || this.#left === 0 || body.isDone;
  }

  take(bytes: Uint8Array, start: number, end: number): void {
    const count = Math.min(end - start, this.#left);
    if (count === 0 || this.#progress !== "more") return;
    this.#left -= count;
    this.#progress = this.fields.feed(bytes, start, start + count);
  }
}

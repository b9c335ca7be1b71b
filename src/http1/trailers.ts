/**
 * Reads the trailer section of a chunked body (RFC 9112, section 7.1.2) and says which fields go on: those that mean
 * nothing to the message itself (RFC 9110, section 6.5.1). Owner: one body; bounded by {@link TRAILER_BYTES_MAX}.
 */
import { type FieldNames, OTHER } from "./field_names.ts";
import type { Fields } from "./head.ts";
import { CR, LF } from "./octets.ts";
import { parseFields } from "./parse_fields.ts";

/** Most octets of a trailer section. */
const TRAILER_BYTES_MAX = 16_384;
const FIRST_CAPACITY = 256;

/** Collects a trailer section and then holds its fields. */
export class Trailers {
  /** What was collected. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_CAPACITY);
  readonly #names: FieldNames;
  readonly #fields: Fields;
  #length = 0;
  #lineStart = 0;

  /** An empty section; `fields` may be shared, it is read into and used up within one call. */
  constructor(names: FieldNames, fields: Fields) {
    this.#names = names;
    this.#fields = fields;
  }

  /** Forgets everything. */
  reset(): void {
    this.#length = 0;
    this.#lineStart = 0;
    if (this.bytes.length > FIRST_CAPACITY) {
      this.bytes = new Uint8Array(FIRST_CAPACITY);
    }
  }

  /** Takes octets up to the blank line: "more" when it did not come, else whether the section is well formed. */
  read(
    bytes: Uint8Array,
    at: number,
    end: number,
  ): { readonly at: number; readonly verdict: "more" | "done" | "bad" } {
    while (at < end) {
      const octet = bytes[at++]!;
      if (!this.#keep(octet)) return { at, verdict: "bad" };
      if (octet !== LF) continue;
      if (this.bytes[this.#length - 2] !== CR) return { at, verdict: "bad" };
      if (this.#length - this.#lineStart === 2) {
        return { at, verdict: this.#parse() };
      }
      this.#lineStart = this.#length;
    }
    return { at, verdict: "more" };
  }

  /** To be called when `read` said "done", before anyone else uses the fields. Calls with the start and end of each line that goes on, line end included. */
  forEachLine(visit: (start: number, end: number) => void): void {
    const fields = this.#fields;
    for (let i = 0; i < fields.count; i++) {
      if (fields.number(i) !== OTHER) continue;
      const next = i + 1 < fields.count
        ? fields.nameStart(i + 1)
        : this.#length - 2;
      visit(fields.nameStart(i), next);
    }
  }

  #parse(): "done" | "bad" {
    this.#fields.clear();
    const after = parseFields(
      this.bytes,
      0,
      this.#length,
      this.#names,
      this.#fields,
    );
    return after === this.#length ? "done" : "bad";
  }

  #keep(octet: number): boolean {
    if (this.#length === TRAILER_BYTES_MAX) return false;
    if (this.#length === this.bytes.length) {
      const wider = new Uint8Array(this.bytes.length * 4);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes[this.#length++] = octet;
    return true;
  }
}

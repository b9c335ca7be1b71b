/**
 * Reads the body of one message from the octets of its connection and hands on what goes to the other side, in the
 * framing that side needs. It never holds more than a trailer section. Owner: one direction of a connection.
 */
import { Chunked } from "./chunked.ts";
import type { FieldNames } from "./field_names.ts";
import type { Fields } from "./head.ts";
import { octetsOf } from "./octets.ts";
import { OctetWriter } from "./octet_writer.ts";
import { Trailers } from "./trailers.ts";

/** How the end of a body is known (RFC 9112, section 6.3). */
export type Framing = "none" | "length" | "chunked" | "close";

/** How it goes on: as it came, as bare octets of the body, or in chunks made here. */
export type Form = "as_is" | "bare" | "chunks";

/** Takes what goes on; the octets are the giver's again when the call returns. */
export interface OctetSink {
  /** Takes bytes[start, end). */
  take(bytes: Uint8Array, start: number, end: number): void;
}

/** What is wrong with a body. */
export type BodyFault = "bad_chunk" | "bad_trailer";

const CRLF = octetsOf("\r\n");
const LAST_CHUNK = octetsOf("0\r\n\r\n");
/** The size of a chunk in hexadecimal and its line end. */
const SIZE_LINE_BYTES_MAX = 10;

/** Where a reader stands in a body. */
export class BodyReader {
  /** Octets of the body itself seen so far. */
  received = 0;
  /** Whether all of it was seen. */
  isDone = true;
  /** What is wrong with it; nothing more is read then. */
  fault: BodyFault | undefined;
  readonly #names: FieldNames;
  readonly #trailerFields: Fields;
  readonly #chunked = new Chunked();
  #framing: Framing = "none";
  #form: Form = "as_is";
  #remaining = 0;
  #trailers: Trailers | undefined;
  #isInTrailers = false;
  #sizeLine: OctetWriter | undefined;

  /** A reader that tells trailer fields apart by these names; it reads them into `trailerFields`, which may be shared. */
  constructor(names: FieldNames, trailerFields: Fields) {
    this.#names = names;
    this.#trailerFields = trailerFields;
  }

  /**
   * Begins a body; `length` counts with framing "length" only. A body whose end is known needs no chunks made here:
   * form "chunks" counts with framing "close" only and is "as_is" with the others.
   */
  begin(framing: Framing, length: number, form: Form): void {
    this.#framing = framing;
    this.#form = form === "chunks" && framing !== "close" ? "as_is" : form;
    this.#remaining = length;
    this.received = 0;
    this.fault = undefined;
    this.isDone = framing === "none" || (framing === "length" && length === 0);
    if (framing === "chunked") {
      this.#chunked.reset();
      this.#isInTrailers = false;
    }
  }

  /** Whether what went on is in chunks, and a last one could follow it. */
  get isBetweenChunks(): boolean {
    if (this.isDone || this.fault !== undefined) return false;
    return this.#framing === "close"
      ? this.#form === "chunks"
      : this.#framing === "chunked" && this.#form === "as_is" &&
        !this.#isInTrailers && this.#chunked.isBetweenChunks;
  }

  /** Reads from bytes[at, end); returns the position after what belongs to the body. */
  read(bytes: Uint8Array, at: number, end: number, sink: OctetSink): number {
    if (this.isDone || this.fault !== undefined || at >= end) return at;
    switch (this.#framing) {
      case "none":
        return at;
      case "length": {
        const taken = Math.min(this.#remaining, end - at);
        this.#remaining -= taken;
        this.isDone = this.#remaining === 0;
        this.#data(bytes, at, at + taken, sink);
        return at + taken;
      }
      case "close":
        this.#data(bytes, at, end, sink);
        return end;
      case "chunked":
        return this.#readChunked(bytes, at, end, sink);
    }
  }

  /** The connection ended: true when that is a proper end of this body. */
  end(sink: OctetSink): boolean {
    if (this.isDone) return true;
    if (this.#framing !== "close") return false;
    this.isDone = true;
    if (this.#form === "chunks") sink.take(LAST_CHUNK, 0, LAST_CHUNK.length);
    return true;
  }

  #data(bytes: Uint8Array, start: number, end: number, sink: OctetSink): void {
    this.received += end - start;
    if (this.#form !== "chunks") return sink.take(bytes, start, end);
    const line = this.#sizeLine ??= new OctetWriter(SIZE_LINE_BYTES_MAX);
    line.length = 0;
    line.hex(end - start);
    line.put(CRLF);
    sink.take(line.bytes, 0, line.length);
    sink.take(bytes, start, end);
    sink.take(CRLF, 0, CRLF.length);
  }

  /** Runs that touch and go on are handed on as one. */
  #readChunked(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: OctetSink,
  ): number {
    const keepsFraming = this.#form === "as_is";
    let at = start;
    let kept = start;
    while (at < end) {
      if (this.#isInTrailers) return this.#readTrailers(bytes, at, end, sink);
      const next = this.#chunked.read(bytes, at, end);
      let goesOn = keepsFraming;
      switch (this.#chunked.run) {
        case "framing":
          break;
        case "data":
          this.received += next - at;
          goesOn = true;
          break;
        case "extension":
          goesOn = false;
          break;
        case "last":
          this.#isInTrailers = true;
          break;
        case "bad":
          if (kept < at) sink.take(bytes, kept, at);
          this.fault = "bad_chunk";
          return at;
      }
      if (!goesOn) {
        if (kept < at) sink.take(bytes, kept, at);
        kept = next;
      }
      at = next;
      if (this.#isInTrailers) {
        if (kept < at) sink.take(bytes, kept, at);
        this.#trailers?.reset();
        kept = at;
      }
    }
    if (kept < at) sink.take(bytes, kept, at);
    return at;
  }

  #readTrailers(
    bytes: Uint8Array,
    at: number,
    end: number,
    sink: OctetSink,
  ): number {
    const trailers = this.#trailers ??= new Trailers(
      this.#names,
      this.#trailerFields,
    );
    const section = trailers.read(bytes, at, end);
    switch (section.verdict) {
      case "more":
        break;
      case "bad":
        this.fault = "bad_trailer";
        break;
      case "done":
        this.isDone = true;
        if (this.#form !== "as_is") break;
        trailers.forEachLine((start, end) =>
          sink.take(trailers.bytes, start, end)
        );
        sink.take(CRLF, 0, CRLF.length);
        break;
    }
    return section.at;
  }
}

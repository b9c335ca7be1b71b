/**
 * Reads what a machine says on one stream, a response of HTTP/1.1 in pieces of any size, and tells it as HTTP/2 wants it.
 * A machine wavers nowhere in between: what is malformed is a fault, and the stream is reset. Owner: a stream's socket.
 * Bounded by one head, or by one trailer section.
 */
import type { OutgoingHttpHeaders } from "node:http2";
import { Chunked } from "../../../http1/chunked.ts";
import { FieldNames, HTTP2_SETTINGS } from "../../../http1/field_names.ts";
import { Fields } from "../../../http1/head.ts";
import { textOf } from "../../../http1/octets.ts";
import {
  parseResponseHead,
  ResponseHead,
} from "../../../http1/response_head.ts";
import { Trailers } from "../../../http1/trailers.ts";

/** Takes the parts of a response, in order. */
export interface ResponseSink {
  /** An interim response: its status, then names and values in turn. */
  interim(status: number, fields: readonly string[]): void;
  /** The final head; `isWhole` when no body follows, `mayTrail` when trailers can. */
  head(
    status: number,
    fields: readonly string[],
    isWhole: boolean,
    mayTrail: boolean,
  ): void;
  /** Octets of the body; they are the giver's again when the call returns. */
  data(bytes: Uint8Array, start: number, end: number): void;
  /** The trailer fields, names and values in turn. */
  trailers(fields: readonly string[]): void;
}

/** What responses are read with; one call at a time, so that all streams share it. */
export class ResponseParts {
  readonly names = new FieldNames();
  readonly head = new ResponseHead();
  readonly trailerFields = new Fields();
}

type Phase = "head" | "length" | "chunked" | "trailers" | "close" | "whole";

/** Where a reader stands in a response. */
export class ResponseReader {
  /** Whether it can't be read on. */
  isBroken = false;
  readonly #parts: ResponseParts;
  readonly #isHead: boolean;
  #phase: Phase = "head";
  #held: Uint8Array = NOTHING;
  #remaining = 0;
  #chunked: Chunked | undefined;
  #trailers: Trailers | undefined;

  /** Reads the response to one request; `isHead` when it has no body whatever it says. */
  constructor(parts: ResponseParts, isHead: boolean) {
    this.#parts = parts;
    this.#isHead = isHead;
  }

  /** Whether all of it was read. */
  get isWhole(): boolean {
    return this.#phase === "whole";
  }

  /** Reads bytes[start, end); what follows a whole response is not looked at. */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: ResponseSink,
  ): void {
    for (let at = start; at < end && !this.isBroken;) {
      switch (this.#phase) {
        case "head":
          at = this.#readHead(bytes, at, end, sink);
          break;
        case "length": {
          const taken = Math.min(this.#remaining, end - at);
          sink.data(bytes, at, at + taken);
          this.#remaining -= taken;
          if (this.#remaining === 0) this.#phase = "whole";
          at += taken;
          break;
        }
        case "chunked":
          at = this.#readChunk(bytes, at, end, sink);
          break;
        case "trailers":
          at = this.#readTrailers(bytes, at, end, sink);
          break;
        case "close":
          sink.data(bytes, at, end);
          return;
        case "whole":
          return;
      }
    }
  }

  /** The machine says nothing more: true when that is a proper end. */
  end(): boolean {
    if (this.#phase === "close") this.#phase = "whole";
    return this.isWhole;
  }

  /** Reads heads until the final one is read or the bytes are used up. */
  #readHead(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: ResponseSink,
  ): number {
    const { names, head } = this.#parts;
    const held = this.#held.length;
    const all = held === 0 ? bytes : joined(this.#held, bytes, start, end);
    const from = held === 0 ? start : 0;
    const until = held === 0 ? end : all.length;
    const verdict = parseResponseHead(all, from, until, names, head);
    if (verdict === "incomplete") {
      this.#held = held === 0 ? bytes.slice(start, end) : all;
      return end;
    }
    this.#held = NOTHING;
    if (verdict !== "complete" || head.status === SWITCHING_PROTOCOLS) {
      this.isBroken = true;
      return end;
    }
    const { status } = head;
    const fields = listOf(all, head);
    if (status < FINAL_MIN) sink.interim(status, fields);
    else {
      this.#beginBody();
      const mayTrail = this.#phase === "chunked";
      sink.head(status, fields, this.isWhole, mayTrail);
    }
    return start + head.end - from - held;
  }

  #beginBody(): void {
    const { status, isChunked, contentLength } = this.#parts.head;
    if (this.#isHead || status === 204 || status === 304) this.#phase = "whole";
    else if (isChunked) {
      this.#phase = "chunked";
      this.#chunked = new Chunked();
    } else if (contentLength < 0) this.#phase = "close";
    else {
      this.#phase = contentLength === 0 ? "whole" : "length";
      this.#remaining = contentLength;
    }
  }

  #readChunk(
    bytes: Uint8Array,
    at: number,
    end: number,
    sink: ResponseSink,
  ): number {
    const chunked = this.#chunked ??= new Chunked();
    const next = chunked.read(bytes, at, end);
    switch (chunked.run) {
      case "framing":
      case "extension":
        break;
      case "data":
        sink.data(bytes, at, next);
        break;
      case "last":
        this.#phase = "trailers";
        break;
      case "bad":
        this.isBroken = true;
    }
    return next;
  }

  #readTrailers(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: ResponseSink,
  ): number {
    const { names, trailerFields } = this.#parts;
    const trailers = this.#trailers ??= new Trailers(names, trailerFields);
    const { at, verdict } = trailers.read(bytes, start, end);
    switch (verdict) {
      case "more":
        return at;
      case "bad":
        this.isBroken = true;
        return at;
      case "done": {
        const fields: string[] = [];
        trailers.forEachLine((lineStart, lineEnd) => {
          const line = textOf(trailers.bytes, lineStart, lineEnd);
          const colon = line.indexOf(":");
          fields.push(line.slice(0, colon).toLowerCase());
          fields.push(line.slice(colon + 1).trim());
        });
        this.#phase = "whole";
        if (fields.length > 0) sink.trailers(fields);
        return at;
      }
    }
  }
}

/** Names and values in turn as the runtime wants them; a name that comes again is a field again. */
export function headersOf(
  fields: readonly string[],
  status?: number,
): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    (headers[fields[i]!] ??= []).push(fields[i + 1]!);
  }
  return status === undefined ? headers : { ...headers, ":status": status };
}

const NOTHING = new Uint8Array(0);
const SWITCHING_PROTOCOLS = 101;
const FINAL_MIN = 200;

/** The fields that go on, names in lower case; HTTP/2 has no field of a connection. */
function listOf(bytes: Uint8Array, { fields }: ResponseHead): string[] {
  const list: string[] = [];
  for (let i = 0; i < fields.count; i++) {
    if (fields.isDropped(i) || fields.number(i) === HTTP2_SETTINGS) continue;
    const name = textOf(bytes, fields.nameStart(i), fields.nameEnd(i));
    list.push(name.toLowerCase());
    list.push(textOf(bytes, fields.valueStart(i), fields.valueEnd(i)));
  }
  return list;
}

function joined(
  first: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const all = new Uint8Array(first.length + end - start);
  all.set(first);
  all.set(bytes.subarray(start, end), first.length);
  return all;
}

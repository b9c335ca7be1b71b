/**
 * What the codec reads, as plain values and text that tests compare. Every message is read from the middle of a larger
 * array, so that a parser that looks outside its bounds or counts from 0 is found out by every test.
 */
import {
  BodyReader,
  type Form,
  type Framing,
} from "../../src/http1/body_reader.ts";
import { FieldNames } from "../../src/http1/field_names.ts";
import { Fields } from "../../src/http1/head.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { parseRequestHead, RequestHead } from "../../src/http1/request_head.ts";
import {
  parseResponseHead,
  ResponseHead,
} from "../../src/http1/response_head.ts";

/** Stands before a message: the end of another one. */
const BEFORE = octetsOf("X: 1\r\n\r\n");
/** Stands after it: whatever would complete a line, a head, a chunk. */
const AFTER = octetsOf(" HTTP/1.1\r\nHost: after\r\n\r\n0\r\n\r\n");

export const NAMES: FieldNames = new FieldNames();

/** A field as it goes on. */
export type FieldText = readonly [name: string, value: string];

/** What one request head says. */
export interface RequestReading {
  readonly verdict: "complete";
  readonly method: string;
  readonly target: string;
  /** From the path on; "" when an absolute target has none. */
  readonly path: string;
  readonly authority: string;
  readonly minor: number;
  /** Octets of the head. */
  readonly end: number;
  readonly contentLength: number;
  readonly isChunked: boolean;
  readonly hasBody: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly takesTrailers: boolean;
  readonly expectsContinue: boolean;
  readonly host: string | undefined;
  readonly contentType: string | undefined;
  /** Fields that go on. */
  readonly sent: readonly FieldText[];
}

/** What one response head says. */
export interface ResponseReading {
  readonly verdict: "complete";
  readonly status: number;
  /** From the status code to the end of the line. */
  readonly line: string;
  readonly minor: number;
  readonly end: number;
  readonly contentLength: number;
  readonly isChunked: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly contentType: string | undefined;
  readonly sent: readonly FieldText[];
}

/** A head that was not read: incomplete, or why it is refused. */
export interface Unread {
  readonly verdict: string;
}

/** What one body came to. */
export interface BodyReading {
  /** What went on. */
  readonly out: string;
  readonly isDone: boolean;
  readonly fault: string | undefined;
  /** Octets taken. */
  readonly at: number;
  /** Octets of the body itself. */
  readonly received: number;
}

/** Reads a request head from a text of characters below 256. */
export function readRequest(text: string): RequestReading | Unread {
  return readRequestOctets(octetsOf(text), new RequestHead());
}

/** Reads a request head into `head`, which may have been used. */
export function readRequestOctets(
  octets: Uint8Array,
  head: RequestHead,
): RequestReading | Unread {
  const start = BEFORE.length;
  const end = start + octets.length;
  const bytes = surrounded(octets);
  const verdict = parseRequestHead(bytes, start, end, NAMES, head);
  if (verdict !== "complete") return { verdict };
  return {
    verdict,
    method: textOf(bytes, head.methodStart, head.methodEnd),
    target: textOf(bytes, head.targetStart, head.targetEnd),
    path: textOf(bytes, head.pathStart, head.targetEnd),
    authority: textOf(bytes, head.authorityStart, head.authorityEnd),
    minor: head.minor,
    end: head.end - start,
    contentLength: head.contentLength,
    isChunked: head.isChunked,
    hasBody: head.hasBody,
    keepAlive: head.keepAlive,
    upgrade: valueOf(bytes, head.fields, head.upgrade),
    takesTrailers: head.takesTrailers,
    expectsContinue: head.expectsContinue,
    host: valueOf(bytes, head.fields, head.host),
    contentType: valueOf(bytes, head.fields, head.contentType),
    sent: sentOf(bytes, head.fields),
  };
}

/** Reads a response head from a text of characters below 256. */
export function readResponse(text: string): ResponseReading | Unread {
  return readResponseOctets(octetsOf(text), new ResponseHead());
}

/** Reads a response head into `head`, which may have been used. */
export function readResponseOctets(
  octets: Uint8Array,
  head: ResponseHead,
): ResponseReading | Unread {
  const start = BEFORE.length;
  const bytes = surrounded(octets);
  const verdict = parseResponseHead(
    bytes,
    start,
    start + octets.length,
    NAMES,
    head,
  );
  if (verdict !== "complete") return { verdict };
  return {
    verdict,
    status: head.status,
    line: textOf(bytes, head.statusStart, head.lineEnd),
    minor: head.minor,
    end: head.end - start,
    contentLength: head.contentLength,
    isChunked: head.isChunked,
    keepAlive: head.keepAlive,
    upgrade: valueOf(bytes, head.fields, head.upgrade),
    contentType: valueOf(bytes, head.fields, head.contentType),
    sent: sentOf(bytes, head.fields),
  };
}

/** Reads a body in pieces, none of them empty, until it is done, at fault, or there are no more pieces. */
export function readBody(
  pieces: readonly Uint8Array[],
  framing: Framing,
  form: Form = "as_is",
  length = 0,
): BodyReading {
  const reader = new BodyReader(NAMES, new Fields());
  reader.begin(framing, length, form);
  return feed(reader, pieces);
}

/** Gives the pieces to a reader that has begun a body. */
export function feed(
  reader: BodyReader,
  pieces: readonly Uint8Array[],
): BodyReading {
  const collected = new Collected();
  let taken = 0;
  for (const piece of pieces) {
    const start = BEFORE.length;
    const bytes = surrounded(piece);
    const at = reader.read(bytes, start, start + piece.length, collected);
    taken += at - start;
    const stopped = reader.isDone || reader.fault !== undefined;
    if (!stopped && at !== start + piece.length) {
      throw new Error("The reader stopped in the middle of a piece");
    }
    if (stopped) break;
  }
  return {
    out: collected.text,
    isDone: reader.isDone,
    fault: reader.fault,
    at: taken,
    received: reader.received,
  };
}

/** Collects what goes on, as text. */
export class Collected {
  text = "";

  /** Takes bytes[start, end), which are never none. */
  take(bytes: Uint8Array, start: number, end: number): void {
    if (start >= end || end > bytes.length) {
      throw new RangeError(`Nothing lies in [${start}, ${end})`);
    }
    this.text += textOf(bytes, start, end);
  }
}

/** Cuts octets at these positions, in rising order. */
export function cut(
  octets: Uint8Array,
  positions: readonly number[],
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const position of [...positions, octets.length]) {
    if (position > start) pieces.push(octets.subarray(start, position));
    start = Math.max(start, position);
  }
  return pieces;
}

function surrounded(octets: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BEFORE.length + octets.length + AFTER.length);
  bytes.set(BEFORE);
  bytes.set(octets, BEFORE.length);
  bytes.set(AFTER, BEFORE.length + octets.length);
  return bytes;
}

function valueOf(
  bytes: Uint8Array,
  fields: Fields,
  i: number,
): string | undefined {
  if (i === -1) return undefined;
  return textOf(bytes, fields.valueStart(i), fields.valueEnd(i));
}

function sentOf(bytes: Uint8Array, fields: Fields): FieldText[] {
  const sent: FieldText[] = [];
  for (let i = 0; i < fields.count; i++) {
    if (fields.isDropped(i)) continue;
    sent.push([
      textOf(bytes, fields.nameStart(i), fields.nameEnd(i)),
      textOf(bytes, fields.valueStart(i), fields.valueEnd(i)),
    ]);
  }
  return sent;
}

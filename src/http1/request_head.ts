/**
 * Reads the head of a request (RFC 9112, sections 2 to 6): strict, in one pass, allocating nothing. What the fields
 * mean for the message stands in request_meaning.ts; both together refuse whatever two parsers could read differently.
 */
import type { FieldNames } from "./field_names.ts";
import { Fields, HEAD_BYTES_MAX } from "./head.ts";
import { CR, LF } from "./octets.ts";
import {
  INCOMPLETE,
  MALFORMED,
  parseFields,
  TOO_MANY,
} from "./parse_fields.ts";
import type { RequestRefusal } from "./refusal.ts";
import { readRequestMeaning } from "./request_meaning.ts";
import { parseRequestLine } from "./request_line.ts";

/** Empty lines taken before a request line (RFC 9112, section 2.2). */
const LEADING_LINES_MAX = 4;

/** Positions and meaning of one request head; an instance reads head after head. */
export class RequestHead {
  /** The fields. */
  readonly fields: Fields = new Fields();
  /** What it was last read from, in the reader's own terms, so that it need not be read twice. */
  owner: unknown = undefined;
  /** Where the method begins. */
  methodStart = 0;
  /** Where it ends. */
  methodEnd = 0;
  /** Where the target begins. */
  targetStart = 0;
  /** Where it ends. */
  targetEnd = 0;
  /** Where the path of the target begins; of `*`, where it stands; equal to `targetEnd` when there is none. */
  pathStart = 0;
  /** Where the authority of an absolute target begins; 0 for other forms. */
  authorityStart = 0;
  /** Where it ends; 0 for other forms. */
  authorityEnd = 0;
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  minor = 1;
  /** The position after the blank line. */
  end = 0;

  /** Octets of the body when they are announced, else -1. */
  contentLength: number = -1;
  /** Whether the body is chunked. */
  isChunked = false;
  /** Whether the connection may serve another request after this one. */
  keepAlive = true;
  /** Field with the protocols the caller would like to change to, -1 when it asks for none. */
  upgrade: number = -1;
  /** Whether the caller takes trailers. */
  takesTrailers = false;
  /** Whether the caller waits for 100 (Continue). */
  expectsContinue = false;
  /** The Host field, -1 when there is none (HTTP/1.0). */
  host: number = -1;
  /** The first Content-Type field, -1 when there is none. */
  contentType: number = -1;

  /** Whether a body follows. */
  get hasBody(): boolean {
    return this.isChunked || this.contentLength > 0;
  }
}

/** What reading a head came to. */
export type RequestVerdict = "complete" | "incomplete" | RequestRefusal;

/** Reads the head that begins at bytes[start] into `head`. */
export function parseRequestHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  names: FieldNames,
  head: RequestHead,
): RequestVerdict {
  const { fields } = head;
  fields.clear();
  const limit = Math.min(end, start + HEAD_BYTES_MAX);
  const first = skipEmptyLines(bytes, start, limit);
  if (first === INCOMPLETE) return "incomplete";
  const at = parseRequestLine(bytes, first, limit, head);
  if (typeof at === "string") return at;
  if (at === INCOMPLETE) return tooLong(end - start);
  const after = parseFields(bytes, at, limit, names, fields);
  switch (after) {
    case INCOMPLETE:
      return tooLong(end - start);
    case MALFORMED:
      return "bad_field";
    case TOO_MANY:
      return "too_many_fields";
  }
  head.end = after;
  return readRequestMeaning(bytes, head) ?? "complete";
}

function tooLong(bytesSeen: number): RequestVerdict {
  return bytesSeen >= HEAD_BYTES_MAX ? "head_too_large" : "incomplete";
}

/** The position after the empty lines; {@link INCOMPLETE} in the middle of one. */
function skipEmptyLines(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let at = start;
  for (let lines = 0; lines < LEADING_LINES_MAX; lines++) {
    if (at >= end || bytes[at] !== CR) break;
    if (at + 1 >= end) return INCOMPLETE;
    if (bytes[at + 1] !== LF) break;
    at += 2;
  }
  return at;
}

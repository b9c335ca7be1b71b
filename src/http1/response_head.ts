/**
 * Reads the head of a response (RFC 9112, sections 4 to 6), as strictly as a request: what an origin says ambiguously
 * is a fault of the origin, never something to pass on.
 */
import {
  BAD_CONNECTION,
  CLOSE,
  dropNominated,
  KEEP_ALIVE_OPTION,
  readConnection,
  UPGRADE_OPTION,
} from "./connection_field.ts";
import {
  CONNECTION,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  type FieldNames,
  KEEP_ALIVE,
  PROXY_CONNECTION,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from "./field_names.ts";
import { isOnlyChunked, lengthOf } from "./field_values.ts";
import { Fields, HEAD_BYTES_MAX } from "./head.ts";
import {
  INCOMPLETE,
  MALFORMED,
  parseFields,
  TOO_MANY,
} from "./parse_fields.ts";
import type { ResponseFault } from "./refusal.ts";
import { parseStatusLine } from "./status_line.ts";

/** Positions and meaning of one response head; an instance reads head after head. */
export class ResponseHead {
  /** The fields. */
  readonly fields: Fields = new Fields();
  /** 100 to 599. */
  status = 0;
  /** Where the status code begins in the first line. */
  statusStart = 0;
  /** Where that line's text ends. */
  lineEnd = 0;
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  minor = 1;
  /** The position after the blank line. */
  end = 0;
  /** Octets of the body when they are announced, else -1. */
  contentLength: number = -1;
  /** Whether the body is chunked. */
  isChunked = false;
  /** Whether the connection may serve another request after this response. */
  keepAlive = true;
  /** Field with the protocol the origin changes to, -1 when there is none. */
  upgrade: number = -1;
  /** The first Content-Type field, -1 when there is none. */
  contentType: number = -1;
}

/** What reading a head came to. */
export type ResponseVerdict = "complete" | "incomplete" | ResponseFault;

/** Reads the head that begins at bytes[start] into `head`. */
export function parseResponseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  names: FieldNames,
  head: ResponseHead,
): ResponseVerdict {
  head.fields.clear();
  const limit = Math.min(end, start + HEAD_BYTES_MAX);
  const at = parseStatusLine(bytes, start, limit, head);
  if (typeof at === "string") return at;
  const after = at === INCOMPLETE
    ? INCOMPLETE
    : parseFields(bytes, at, limit, names, head.fields);
  switch (after) {
    case INCOMPLETE:
      return end - start >= HEAD_BYTES_MAX ? "head_too_large" : "incomplete";
    case MALFORMED:
      return "bad_field";
    case TOO_MANY:
      return "too_many_fields";
  }
  head.end = after;
  return readMeaning(bytes, head) ?? "complete";
}

function readMeaning(
  bytes: Uint8Array,
  head: ResponseHead,
): ResponseFault | undefined {
  const { fields } = head;
  head.contentLength = -1;
  head.isChunked = false;
  head.contentType = -1;
  let upgrade = -1;
  let options = 0;
  for (let i = 0; i < fields.count; i++) {
    switch (fields.number(i)) {
      case CONTENT_LENGTH: {
        const length = lengthOf(
          bytes,
          fields.valueStart(i),
          fields.valueEnd(i),
        );
        const isRepeated = head.contentLength !== -1;
        if (length < 0 || (isRepeated && length !== head.contentLength)) {
          return "bad_content_length";
        }
        if (isRepeated) fields.drop(i);
        head.contentLength = length;
        break;
      }
      case TRANSFER_ENCODING:
        if (!isOnlyChunked(bytes, head, i)) return "bad_transfer_encoding";
        head.isChunked = true;
        fields.drop(i);
        break;
      case CONNECTION:
        options = readConnection(bytes, fields, i, options);
        if (options === BAD_CONNECTION) return "bad_connection";
        fields.drop(i);
        break;
      case UPGRADE:
        if (upgrade === -1) upgrade = i;
        fields.drop(i);
        break;
      case KEEP_ALIVE:
      case PROXY_CONNECTION:
      case TE:
        fields.drop(i);
        break;
      case CONTENT_TYPE:
        if (head.contentType === -1) head.contentType = i;
        break;
    }
  }
  if (head.isChunked && head.contentLength !== -1) {
    return "bad_transfer_encoding";
  }
  head.keepAlive = (options & CLOSE) === 0 &&
    (head.minor === 1 || (options & KEEP_ALIVE_OPTION) !== 0);
  head.upgrade = (options & UPGRADE_OPTION) !== 0 ? upgrade : -1;
  dropNominated(bytes, fields);
  return undefined;
}

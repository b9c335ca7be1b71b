/** Writes the head of a response as the caller gets it: the origin's octets, without what ends here, with our marks. */
import { type FieldsSent, sentBit } from "./browser_fields.ts";
import {
  CONTENT_LENGTH,
  OPSEN_CALLER,
  X_OPSEN_BACKEND,
  X_REQUEST_ID,
} from "../http1/field_names.ts";
import type { OctetWriter } from "../http1/octet_writer.ts";
import { octetsOf, SP } from "../http1/octets.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import { writeFields } from "./write_fields.ts";

/** What is said about the connection to the caller. */
export type ConnectionLine = "none" | "close" | "keep-alive" | "upgrade";

const STATUS_DIGITS = 3;
const NO_CONTENT = 204;

/** Writes the status line and the fields, without the blank line; says which of ours are among them. */
export function writeResponseStart(
  writer: OctetWriter,
  bytes: Uint8Array,
  head: ResponseHead,
): FieldsSent {
  const { fields } = head;
  let sent = 0;
  for (let i = 0; i < fields.count; i++) {
    const number = fields.number(i);
    const isOurs = number === X_REQUEST_ID || number === X_OPSEN_BACKEND;
    if (isOurs) fields.drop(i);
    // RFC 9110, section 8.6: neither interim responses nor 204 have one.
    if (number === CONTENT_LENGTH && hasNoLength(head)) fields.drop(i);
    if (number > OPSEN_CALLER && !fields.isDropped(i)) sent |= sentBit(number);
  }
  writer.put(VERSION);
  writer.copy(bytes, head.statusStart, head.lineEnd);
  if (head.lineEnd === head.statusStart + STATUS_DIGITS) writer.octet(SP);
  writer.put(CRLF);
  writeFields(writer, bytes, fields, head.end);
  return sent;
}

/** Writes how the body is framed and what becomes of the connection. */
export function writeFraming(
  writer: OctetWriter,
  isChunked: boolean,
  connection: ConnectionLine,
): void {
  if (isChunked) writer.put(CHUNKED);
  switch (connection) {
    case "none":
      return;
    case "close":
      return writer.put(CLOSE);
    case "keep-alive":
      return writer.put(KEEP_ALIVE);
    case "upgrade":
      return writer.put(UPGRADE);
  }
}

function hasNoLength({ status }: ResponseHead): boolean {
  return status < 200 || status === NO_CONTENT;
}

const CRLF = octetsOf("\r\n");
const VERSION = octetsOf("HTTP/1.1 ");
const CHUNKED = octetsOf("Transfer-Encoding: chunked\r\n");
const CLOSE = octetsOf("Connection: close\r\n");
const KEEP_ALIVE = octetsOf("Connection: keep-alive\r\n");
const UPGRADE = octetsOf("Connection: upgrade\r\n");

/**
 * Writes the head of a request as the origin gets it: the caller's octets, without what ends here (RFC 9110, section
 * 7.6.1), with what is said of the caller (RFC 7239 and its older relatives) and of us (Via).
 */
import {
  FORWARDED,
  isLookalike,
  OPSEN_CALLER,
  X_FORWARDED_FOR,
  X_FORWARDED_HOST,
  X_FORWARDED_PROTO,
  X_OPSEN_BACKEND,
  X_REAL_IP,
  X_REQUEST_ID,
} from "../http1/field_names.ts";
import type { OctetWriter } from "../http1/octet_writer.ts";
import { isText, octetsOf, SLASH, SP } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { CallerLines } from "./caller_lines.ts";
import { writeFields } from "./write_fields.ts";

/** What a request is sent to. */
export interface RequestTarget {
  /** Put before the path. */
  readonly basePath: Uint8Array;
  /** Host of a request that brought none. */
  readonly authority: Uint8Array;
}

/** Marks the fields that are not sent on because of what they say about the caller or about us. */
export function dropClaims(head: RequestHead, isTrusted: boolean): void {
  const { fields } = head;
  for (let i = 0; i < fields.count; i++) {
    const number = fields.number(i);
    if (number < FORWARDED) continue;
    if (number >= X_OPSEN_BACKEND && number <= OPSEN_CALLER) fields.drop(i);
    if (number <= X_REAL_IP && (!isTrusted || number <= X_FORWARDED_FOR)) {
      fields.drop(i);
    }
    if (number === X_REQUEST_ID || isLookalike(number)) fields.drop(i);
  }
}

/** Marks all fields of that name, which is in lower case, so that they are not sent on. */
export function dropField(
  bytes: Uint8Array,
  { fields }: RequestHead,
  name: string,
): void {
  for (let i = 0; i < fields.count; i++) {
    if (isText(bytes, fields.nameStart(i), fields.nameEnd(i), name)) {
      fields.drop(i);
    }
  }
}

/** Writes method, target, version and the caller's fields; {@link dropClaims} came before. */
export function writeRequestStart(
  writer: OctetWriter,
  bytes: Uint8Array,
  head: RequestHead,
  to: RequestTarget,
): void {
  const { fields } = head;
  writer.copy(bytes, head.methodStart, head.methodEnd);
  writer.octet(SP);
  const first = bytes[head.pathStart];
  const isAbsolute = head.authorityEnd > 0;
  if (first === SLASH || isAbsolute) writer.put(to.basePath);
  if (isAbsolute && first !== SLASH) writer.octet(SLASH);
  writer.copy(bytes, head.pathStart, head.targetEnd);
  writer.put(VERSION);
  if (isAbsolute && head.host !== -1) fields.drop(head.host);
  writeFields(writer, bytes, fields, head.end);
  if (isAbsolute || head.host === -1) {
    writer.put(HOST_NAME);
    writeHost(writer, bytes, head, to.authority);
    writer.put(CRLF);
  }
  if (head.isChunked) writer.put(CHUNKED);
  if (head.upgrade !== -1) {
    writer.put(head.takesTrailers ? CONNECTION_UPGRADE_TE : CONNECTION_UPGRADE);
    writer.copy(
      bytes,
      fields.valueStart(head.upgrade),
      fields.valueEnd(head.upgrade),
    );
    writer.put(CRLF);
  } else if (head.takesTrailers) writer.put(CONNECTION_TE);
  if (head.takesTrailers) writer.put(TE_TRAILERS);
}

/** Writes Via and what is known of the caller; of a trusted caller its own words are kept and ours appended. */
export function writeCaller(
  writer: OctetWriter,
  bytes: Uint8Array,
  head: RequestHead,
  caller: CallerLines,
  isTrusted: boolean,
  authority: Uint8Array,
): void {
  if (!isTrusted) {
    writer.put(caller.untrusted);
    writeHost(writer, bytes, head, authority);
    writer.put(caller.untrustedForwarded);
  } else {
    writer.put(VIA);
    writer.put(X_FORWARDED_FOR_NAME);
    writeList(writer, bytes, head, X_FORWARDED_FOR);
    writer.put(caller.ip);
    writer.put(CRLF);
    if (!has(head, X_FORWARDED_PROTO)) {
      writer.put(X_FORWARDED_PROTO_NAME);
      writer.put(caller.scheme);
      writer.put(CRLF);
    }
    if (!has(head, X_FORWARDED_HOST)) {
      writer.put(X_FORWARDED_HOST_NAME);
      writeHost(writer, bytes, head, authority);
      writer.put(CRLF);
    }
    writer.put(FORWARDED_NAME);
    writeList(writer, bytes, head, FORWARDED);
    writer.put(caller.forwarded);
  }
  writeHost(writer, bytes, head, authority);
  writer.put(QUOTED_END);
}

function writeHost(
  writer: OctetWriter,
  bytes: Uint8Array,
  head: RequestHead,
  authority: Uint8Array,
): void {
  const { fields, host, authorityStart, authorityEnd } = head;
  if (authorityEnd > 0) writer.copy(bytes, authorityStart, authorityEnd);
  else if (host === -1) writer.put(authority);
  else writer.copy(bytes, fields.valueStart(host), fields.valueEnd(host));
}

/** The values of all fields of that name, each followed by a comma. */
function writeList(
  writer: OctetWriter,
  bytes: Uint8Array,
  head: RequestHead,
  number: number,
): void {
  const { fields } = head;
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) !== number) continue;
    if (fields.valueStart(i) === fields.valueEnd(i)) continue;
    writer.copy(bytes, fields.valueStart(i), fields.valueEnd(i));
    writer.put(LIST_COMMA);
  }
}

function has(head: RequestHead, number: number): boolean {
  const { fields } = head;
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) === number && !fields.isDropped(i)) return true;
  }
  return false;
}

const CRLF = octetsOf("\r\n");
const LIST_COMMA = octetsOf(", ");
const VERSION = octetsOf(" HTTP/1.1\r\n");
const HOST_NAME = octetsOf("Host: ");
const VIA = octetsOf("Via: 1.1 opsen\r\n");
const CHUNKED = octetsOf("Transfer-Encoding: chunked\r\n");
const CONNECTION_UPGRADE = octetsOf("Connection: upgrade\r\nUpgrade: ");
const CONNECTION_UPGRADE_TE = octetsOf("Connection: upgrade, TE\r\nUpgrade: ");
const CONNECTION_TE = octetsOf("Connection: TE\r\n");
const TE_TRAILERS = octetsOf("TE: trailers\r\n");
const X_FORWARDED_FOR_NAME = octetsOf("X-Forwarded-For: ");
const X_FORWARDED_PROTO_NAME = octetsOf("X-Forwarded-Proto: ");
const X_FORWARDED_HOST_NAME = octetsOf("X-Forwarded-Host: ");
const FORWARDED_NAME = octetsOf("Forwarded: ");
const QUOTED_END = octetsOf('"\r\n');

/** Reads a request line (RFC 9112, section 3), strictly: single spaces, a token, one of four target forms. */
import { INCOMPLETE } from "./parse_fields.ts";
import type { RequestHead } from "./request_head.ts";
import type { RequestRefusal } from "./refusal.ts";
import {
  COLON,
  CR,
  hasLineEnd,
  isText,
  LF,
  NINE,
  QUESTION,
  ROLES,
  SLASH,
  SP,
  TARGET,
  textOf,
  TOKEN,
  ZERO,
} from "./octets.ts";

/** Most octets of a method; the longest registered one has 17. */
export const METHOD_BYTES_MAX = 32;
/** Most octets of a target; RFC 9112 asks for 8000 at least. */
export const TARGET_BYTES_MAX = 32_768;

const ASTERISK = 0x2a;
const VERSION_BYTES = 8;

/** Reads the line into `head`; returns the position after it, {@link INCOMPLETE}, or why it is refused. */
export function parseRequestLine(
  bytes: Uint8Array,
  at: number,
  end: number,
  head: RequestHead,
): number | RequestRefusal {
  head.methodStart = at;
  while (at < end && (ROLES[bytes[at]!]! & TOKEN) !== 0) at++;
  if (at - head.methodStart > METHOD_BYTES_MAX) return "bad_request_line";
  if (at >= end) return INCOMPLETE;
  if (bytes[at] !== SP || at === head.methodStart) return "bad_request_line";
  head.methodEnd = at++;
  head.targetStart = at;
  while (at < end && (ROLES[bytes[at]!]! & TARGET) !== 0) at++;
  if (at - head.targetStart > TARGET_BYTES_MAX) return "target_too_long";
  if (at >= end) return INCOMPLETE;
  if (bytes[at] !== SP) {
    return bytes[at] === CR ? "bad_version" : "bad_target";
  }
  head.targetEnd = at++;
  if (head.targetEnd === head.targetStart) return "bad_target";
  if (at + VERSION_BYTES > end) {
    return hasLineEnd(bytes, at, end) ? "bad_version" : INCOMPLETE;
  }
  const version = parseVersion(bytes, at, head);
  if (version !== undefined) return version;
  at += VERSION_BYTES;
  if (at >= end) return INCOMPLETE;
  if (bytes[at] !== CR) return "bad_version";
  if (at + 1 >= end) return INCOMPLETE;
  if (bytes[at + 1] !== LF) return "bad_version";
  return readTargetForm(bytes, head) ?? at + 2;
}

function parseVersion(
  bytes: Uint8Array,
  at: number,
  head: RequestHead,
): RequestRefusal | undefined {
  const major = bytes[at + 5]!;
  const minor = bytes[at + 7]!;
  const isVersion = isUpperHttp(bytes, at) && isDigit(major) &&
    bytes[at + 6] === 0x2e && isDigit(minor);
  if (!isVersion) return "bad_version";
  if (major !== ZERO + 1 || minor > ZERO + 1) return "version_not_supported";
  head.minor = minor - ZERO;
  return undefined;
}

/** `HTTP/`, which is case-sensitive. */
function isUpperHttp(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x48 && bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 && bytes[at + 3] === 0x50 && bytes[at + 4] === SLASH;
}

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= NINE;
}

/** Finds out the form of the target and where its path and authority are. */
function readTargetForm(
  bytes: Uint8Array,
  head: RequestHead,
): RequestRefusal | undefined {
  const { targetStart: start, targetEnd: end } = head;
  head.pathStart = start;
  head.authorityStart = head.authorityEnd = 0;
  // Whatever its target: an origin that takes it would leave HTTP, and nobody here would notice.
  if (isText(bytes, head.methodStart, head.methodEnd, "connect")) {
    return "method_not_allowed";
  }
  if (bytes[start] === SLASH) return undefined;
  if (bytes[start] === ASTERISK && end === start + 1) {
    return textOf(bytes, head.methodStart, head.methodEnd) === "OPTIONS"
      ? undefined
      : "bad_target";
  }
  return readAbsoluteForm(bytes, head);
}

/** `http://authority/path?query`, which every server must take (RFC 9112, section 3.2.2). */
function readAbsoluteForm(
  bytes: Uint8Array,
  head: RequestHead,
): RequestRefusal | undefined {
  const { targetStart: start, targetEnd: end } = head;
  const scheme = bytes.indexOf(COLON, start);
  const isHttp = isText(bytes, start, scheme, "http") ||
    isText(bytes, start, scheme, "https");
  if (!isHttp || bytes[scheme + 1] !== SLASH || bytes[scheme + 2] !== SLASH) {
    return "bad_target";
  }
  let at = scheme + 3;
  head.authorityStart = at;
  while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++;
  head.authorityEnd = at;
  head.pathStart = at;
  return head.authorityEnd === head.authorityStart ? "bad_target" : undefined;
}

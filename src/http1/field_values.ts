/** Reads values that several fields share: lists, lengths (RFC 9110, sections 5.6.1 and 8.6). */
import type { Fields } from "./head.ts";
import { COMMA, isText, NINE, SEMICOLON, SP, TAB, ZERO } from "./octets.ts";

/** Most digits of a length: 10^15 octets, all of which a number holds exactly. */
const LENGTH_DIGITS_MAX = 15;

/** A Content-Length, or -1 when the value is not one: digits only, and not more than can be counted. */
export function lengthOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const digits = end - start;
  if (digits === 0 || digits > LENGTH_DIGITS_MAX) return -1;
  let length = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet < ZERO || octet > NINE) return -1;
    length = length * 10 + (octet - ZERO);
  }
  return length;
}

/** Where the type of a Content-Type ends and its parameters begin (RFC 9110, section 8.3.1). */
export function mediaTypeEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let at = start;
  while (at < end && bytes[at] !== SEMICOLON && bytes[at] !== SP) at++;
  return at;
}

/** Whether field `i` is the one transfer coding that can be relied on: `chunked`, once, not in HTTP/1.0. */
export function isOnlyChunked(
  bytes: Uint8Array,
  { fields, isChunked, minor }: {
    readonly fields: Fields;
    readonly isChunked: boolean;
    readonly minor: number;
  },
  i: number,
): boolean {
  return !isChunked && minor !== 0 &&
    isText(bytes, fields.valueStart(i), fields.valueEnd(i), "chunked");
}

/** Whether a comma-separated list has this item, which is in lower case. */
export function hasListItem(
  bytes: Uint8Array,
  start: number,
  end: number,
  item: string,
): boolean {
  let at = start;
  while (at < end) {
    while (at < end && isBlankOrComma(bytes[at]!)) at++;
    const first = at;
    while (at < end && bytes[at] !== COMMA) at++;
    let last = at;
    while (last > first && isBlankOrComma(bytes[last - 1]!)) last--;
    if (isText(bytes, first, last, item)) return true;
  }
  return false;
}

function isBlankOrComma(octet: number): boolean {
  return octet === COMMA || octet === SP || octet === TAB;
}

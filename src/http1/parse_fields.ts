/** Reads the field lines of a head or of a trailer section, strictly (RFC 9112, section 5). */
import { type FieldNames, HASH_START, hashWith } from "./field_names.ts";
import type { Fields } from "./head.ts";
import {
  COLON,
  CR,
  LF,
  LOWER,
  ROLES,
  SP,
  TAB,
  TOKEN,
  VALUE,
} from "./octets.ts";

/** The bytes end before the blank line does. */
export const INCOMPLETE: number = -1;
/** A line is not `name: value`, is folded, ends in a bare LF, or holds an octet that no field may hold. */
export const MALFORMED: number = -2;
/** There are more fields than fit. */
export const TOO_MANY: number = -3;

/** Reads field lines from `at` to the blank line; returns the position after it, or one of the negative verdicts. */
export function parseFields(
  bytes: Uint8Array,
  at: number,
  end: number,
  names: FieldNames,
  fields: Fields,
): number {
  for (;;) {
    if (at >= end) return INCOMPLETE;
    let octet = bytes[at]!;
    if (octet === CR) {
      if (at + 1 >= end) return INCOMPLETE;
      return bytes[at + 1] === LF ? at + 2 : MALFORMED;
    }
    const nameStart = at;
    let hash = HASH_START;
    while ((ROLES[octet]! & TOKEN) !== 0) {
      hash = hashWith(hash, LOWER[octet]!);
      if (++at >= end) return INCOMPLETE;
      octet = bytes[at]!;
    }
    if (octet !== COLON || at === nameStart) return MALFORMED;
    const nameEnd = at;
    do {
      if (++at >= end) return INCOMPLETE;
      octet = bytes[at]!;
    } while (octet === SP || octet === TAB);
    const valueStart = at;
    while ((ROLES[octet]! & VALUE) !== 0) {
      if (++at >= end) return INCOMPLETE;
      octet = bytes[at]!;
    }
    if (octet !== CR) return MALFORMED;
    let valueEnd = at;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1]!)) valueEnd--;
    if (at + 1 >= end) return INCOMPLETE;
    if (bytes[at + 1] !== LF) return MALFORMED;
    at += 2;
    const number = names.find(bytes, nameStart, nameEnd, hash);
    if (!fields.add(nameStart, nameEnd, valueStart, valueEnd, number)) {
      return TOO_MANY;
    }
  }
}

function isBlank(octet: number): boolean {
  return octet === SP || octet === TAB;
}

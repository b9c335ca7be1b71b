/** Reads Connection (RFC 9110, section 7.6.1): what it says of the connection, and which fields end with it. */
import {
  CONTENT_LENGTH,
  HOST,
  OPSEN_CALLER,
  TRANSFER_ENCODING,
  VIA,
  X_OPSEN_GPU,
  X_REAL_IP,
} from "./field_names.ts";
import type { Fields } from "./head.ts";
import { COMMA, isText, LOWER, ROLES, SP, TAB, TOKEN } from "./octets.ts";

/** `close`, one of the options that mean something by themselves, as bits. */
export const CLOSE = 1;
/** `keep-alive` */
export const KEEP_ALIVE_OPTION = 2;
/** `upgrade` */
export const UPGRADE_OPTION = 4;
/** `te` */
export const TE_OPTION = 8;
/** The field is not a list of tokens, or nominates too much. */
export const BAD_CONNECTION: number = -1;

/** Adds the options of field `i` to `options`; names that stand for fields are nominated in `fields`. */
export function readConnection(
  bytes: Uint8Array,
  fields: Fields,
  i: number,
  options: number,
): number {
  const end = fields.valueEnd(i);
  let at = fields.valueStart(i);
  for (;;) {
    while (at < end && (bytes[at] === COMMA || isBlank(bytes[at]!))) at++;
    if (at >= end) return options;
    const start = at;
    while (at < end && (ROLES[bytes[at]!]! & TOKEN) !== 0) at++;
    const tokenEnd = at;
    while (at < end && isBlank(bytes[at]!)) at++;
    if (tokenEnd === start || (at < end && bytes[at] !== COMMA)) {
      return BAD_CONNECTION;
    }
    const option = optionOf(bytes, start, tokenEnd);
    if (option === 0) {
      if (!fields.nominate(start, tokenEnd)) return BAD_CONNECTION;
    } else options |= option;
  }
}

/** Leaves out the fields that Connection nominates, save those that make the message what it is. */
export function dropNominated(bytes: Uint8Array, fields: Fields): void {
  if (fields.nominatedCount === 0) return;
  for (let i = 0; i < fields.count; i++) {
    if (!isEssential(fields.number(i)) && isNominated(bytes, fields, i)) {
      fields.drop(i);
    }
  }
}

function isNominated(bytes: Uint8Array, fields: Fields, i: number): boolean {
  const name = fields.nameStart(i);
  const length = fields.nameEnd(i) - name;
  for (let n = 0; n < fields.nominatedCount; n++) {
    const other = fields.nominatedStart(n);
    if (fields.nominatedEnd(n) - other !== length) continue;
    let same = 0;
    while (
      same < length &&
      LOWER[bytes[name + same]!] === LOWER[bytes[other + same]!]
    ) same++;
    if (same === length) return true;
  }
  return false;
}

/** Fields that a caller must not have us remove: framing, the host, and what those in between tell of the way here. */
function isEssential(number: number): boolean {
  return number === HOST || number === CONTENT_LENGTH ||
    number === TRANSFER_ENCODING ||
    (number >= VIA && number <= X_REAL_IP) ||
    (number >= X_OPSEN_GPU && number <= OPSEN_CALLER);
}

function optionOf(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 2:
      return isText(bytes, start, end, "te") ? TE_OPTION : 0;
    case 5:
      return isText(bytes, start, end, "close") ? CLOSE : 0;
    case 7:
      return isText(bytes, start, end, "upgrade") ? UPGRADE_OPTION : 0;
    case 10:
      return isText(bytes, start, end, "keep-alive") ? KEEP_ALIVE_OPTION : 0;
    default:
      return 0;
  }
}

function isBlank(octet: number): boolean {
  return octet === SP || octet === TAB;
}

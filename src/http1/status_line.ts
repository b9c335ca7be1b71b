/** Reads a status line (RFC 9112, section 4). A missing reason, even without its space, is taken. */
import { CR, LF, NINE, ROLES, SLASH, SP, VALUE, ZERO } from "./octets.ts";
import { INCOMPLETE } from "./parse_fields.ts";
import type { ResponseFault } from "./refusal.ts";
import type { ResponseHead } from "./response_head.ts";

/** `HTTP/1.1 200` */
const SHORTEST = 12;
const STATUS_AT = 9;
const STATUS_MIN = 100;
const STATUS_MAX = 599;

/** Reads the line into `head`; returns the position after it, {@link INCOMPLETE}, or what is wrong. */
export function parseStatusLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  head: ResponseHead,
): number | ResponseFault {
  const seen = Math.min(end - start, STATUS_AT);
  for (let i = 0; i < seen; i++) {
    if (!isVersionOctet(bytes[start + i]!, i)) return "bad_status_line";
  }
  if (end - start <= SHORTEST) return INCOMPLETE;
  head.minor = bytes[start + 7]! - ZERO;
  head.statusStart = start + STATUS_AT;
  head.status = statusOf(bytes, head.statusStart);
  if (head.status < STATUS_MIN || head.status > STATUS_MAX) {
    return "bad_status_line";
  }
  let at = start + SHORTEST;
  if (bytes[at] !== CR && bytes[at] !== SP) return "bad_status_line";
  while (at < end && (ROLES[bytes[at]!]! & VALUE) !== 0) at++;
  head.lineEnd = at;
  if (at >= end) return INCOMPLETE;
  if (bytes[at] !== CR) return "bad_status_line";
  if (at + 1 >= end) return INCOMPLETE;
  return bytes[at + 1] === LF ? at + 2 : "bad_status_line";
}

/** Octet `i` of `HTTP/1.x ` */
function isVersionOctet(octet: number, i: number): boolean {
  switch (i) {
    case 0:
      return octet === 0x48;
    case 1:
    case 2:
      return octet === 0x54;
    case 3:
      return octet === 0x50;
    case 4:
      return octet === SLASH;
    case 5:
      return octet === ZERO + 1;
    case 6:
      return octet === 0x2e;
    case 7:
      return octet === ZERO || octet === ZERO + 1;
    default:
      return octet === SP;
  }
}

function statusOf(bytes: Uint8Array, at: number): number {
  let status = 0;
  for (let i = 0; i < 3; i++) {
    const octet = bytes[at + i]!;
    if (octet < ZERO || octet > NINE) return 0;
    status = status * 10 + (octet - ZERO);
  }
  return status;
}

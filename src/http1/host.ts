/** Whether a Host field or an authority is one (RFC 9112, section 3.2; RFC 3986, section 3.2). */
import { COLON, HEX, HOST_OCTET, NINE, ROLES, textOf, ZERO } from "./octets.ts";

const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;
const DOT = 0x2e;
const PORT_DIGITS_MAX = 5;
/** Most octets of a host: a name has 253 at most (RFC 1035), and a port goes with it. */
const HOST_BYTES_MAX = 512;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}(?<!\.)$/;

/**
 * Whether bytes[start, end) are a name, an IPv4 address or a bracketed IPv6 address, and perhaps a port. Stricter than
 * the grammar: user information, sub-delimiters and percent escapes have no use in a Host, only in attacks.
 */
export function isHost(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > HOST_BYTES_MAX) return false;
  const after = bytes[start] === LEFT_BRACKET
    ? afterLiteral(bytes, start, end)
    : afterName(bytes, start, end);
  if (after <= start) return false;
  if (after === end) return true;
  return bytes[after] === COLON && isPort(bytes, after + 1, end);
}

function afterName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (ROLES[bytes[at]!]! & HOST_OCTET) !== 0) at++;
  return at;
}

function afterLiteral(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && isAddressOctet(bytes[at]!)) at++;
  return at < end && bytes[at] === RIGHT_BRACKET &&
      isIpv6(textOf(bytes, start + 1, at))
    ? at + 1
    : 0;
}

/** Whether the text is an IPv4 address: four decimal numbers, none with a zero before it. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether the text is an IPv6 address (RFC 4291, section 2.2), without a zone. */
export function isIpv6(text: string): boolean {
  const sides = text.split("::");
  const groups = sides.flatMap((side) => side === "" ? [] : side.split(":"));
  const last = groups.at(-1) ?? "";
  const isMixed = IPV4.test(last) && !text.endsWith("::");
  const plain = isMixed ? groups.slice(0, -1) : groups;
  const size = groups.length + (isMixed ? 1 : 0);
  return plain.every((group) => IPV6_GROUP.test(group)) &&
    (sides.length === 1 ? size === 8 : sides.length === 2 && size < 8);
}

function isAddressOctet(octet: number): boolean {
  return (ROLES[octet]! & HEX) !== 0 || octet === COLON || octet === DOT;
}

function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > PORT_DIGITS_MAX) return false;
  for (let at = start; at < end; at++) {
    if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
  }
  return true;
}

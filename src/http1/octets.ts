/**
 * What each octet may be in a message (RFC 9110, section 5.5 and 5.6; RFC 9112, section 3.2; RFC 3986, section 3.2).
 * Tables, because a head is looked at octet by octet.
 */

/** Carriage return. */
export const CR = 0x0d;
/** Line feed. */
export const LF = 0x0a;
/** Space. */
export const SP = 0x20;
/** Horizontal tab. */
export const TAB = 0x09;
/** `:` */
export const COLON = 0x3a;
/** `,` */
export const COMMA = 0x2c;
/** `;` */
export const SEMICOLON = 0x3b;
/** `/` */
export const SLASH = 0x2f;
/** `?` */
export const QUESTION = 0x3f;
/** `0` */
export const ZERO = 0x30;
/** `9` */
export const NINE = 0x39;

/** May stand in a token: a method, a field name. */
export const TOKEN = 1;
/** May stand in a field value: visible, space, tab, and obs-text, which is opaque. */
export const VALUE = 2;
/** May stand in a request target: visible ASCII without `#`, which no target has. */
export const TARGET = 4;
/** May stand in the name or address of a Host field. */
export const HOST_OCTET = 8;
/** Hexadecimal digit. */
export const HEX = 16;

/** The roles of each octet, as a sum of the constants above. */
export const ROLES: Uint8Array = rolesOfOctets();

/** Each octet with ASCII letters in lower case. */
export const LOWER: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, octet) => octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
);

/** The value of a hexadecimal digit, 0 for other octets. */
export const HEX_VALUE: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, octet) => {
    const digit = parseInt(String.fromCharCode(octet), 16);
    return Number.isNaN(digit) ? 0 : digit;
  },
);

/** The text of octets, one character each (ISO 8859-1, as fields are read). */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** The octets of a text whose characters are all below 256. */
export function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Whether a line ends in bytes[start, end). */
export function hasLineEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const at = bytes.indexOf(LF, start);
  return at !== -1 && at < end;
}

/** Whether the octets are this text, which is in lower case; letters of either case are alike. */
export function isText(
  bytes: Uint8Array,
  start: number,
  end: number,
  lowerCase: string,
): boolean {
  if (end - start !== lowerCase.length) return false;
  for (let at = 0; at < lowerCase.length; at++) {
    if (LOWER[bytes[start + at]!] !== lowerCase.charCodeAt(at)) return false;
  }
  return true;
}

function rolesOfOctets(): Uint8Array {
  const roles = new Uint8Array(256);
  function allow(role: number, octets: string) {
    for (const octet of octetsOf(octets)) roles[octet]! |= role;
  }
  const digits = "0123456789";
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const alphanumeric = digits + letters + letters.toUpperCase();
  allow(TOKEN, alphanumeric + "!#$%&'*+-.^_`|~");
  allow(HOST_OCTET, alphanumeric + "-._~");
  allow(HEX, digits + "abcdefABCDEF");
  allow(VALUE, "\t ");
  for (let octet = 0x21; octet < 0x7f; octet++) {
    roles[octet]! |= VALUE;
    if (octet !== 0x23) roles[octet]! |= TARGET;
  }
  for (let octet = 0x80; octet < 0x100; octet++) roles[octet]! |= VALUE;
  return roles;
}

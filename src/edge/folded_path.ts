/**
 * Where others could read a path to lead: what RFC 3986 calls equal (section 6.2.2), and what servers beyond it take
 * for equal. Only to be looked at, never to be sent. Pure; bounded by the longest target.
 */
import {
  HEX,
  HEX_VALUE,
  QUESTION,
  ROLES,
  SEMICOLON,
  SLASH,
} from "../http1/octets.ts";

/** A path as the most lenient reader would read it. */
export interface FoldedPath {
  /** The path without its query. */
  readonly bytes: Uint8Array;
  /** Whether it had segments that lead nowhere or up, so that readers differ most in what is left of it. */
  readonly hasDots: boolean;
}

/** Whether nothing in bytes[start, end), up to its query, can be read in two ways; most paths are such. */
export function isPlain(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  let last = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet === QUESTION) return true;
    if ((TRICKY[octet]! & last) !== 0 || TRICKY[octet] === ALWAYS) return false;
    last = octet === SLASH ? AFTER_SLASH : 0;
  }
  return true;
}

/**
 * Folds bytes[start, end), a path with or without its query: escapes of unreserved characters and of `/`, `\` and `;`
 * are resolved, `%00` ends the path, backslashes are slashes, a segment ends at `;`, empty and dot segments go. The
 * slash at the end stays.
 */
export function foldPath(
  bytes: Uint8Array,
  start: number,
  end: number,
): FoldedPath {
  const decoded = decode(bytes, start, end);
  const folded = new Uint8Array(decoded.length + 1);
  const starts: number[] = [];
  let hasDots = false;
  let length = 0;
  for (let at = 0; at < decoded.length;) {
    if (decoded[at] === SLASH) {
      at++;
      continue;
    }
    const segment = at;
    while (at < decoded.length && decoded[at] !== SLASH) at++;
    const semicolon = decoded.subarray(segment, at).indexOf(SEMICOLON);
    const until = semicolon === -1 ? at : segment + semicolon;
    const dots = dotsOf(decoded, segment, until);
    hasDots ||= dots > 0;
    if (dots === 2) length = starts.pop() ?? 0;
    if (dots > 0 || until === segment) continue;
    starts.push(length);
    folded[length++] = SLASH;
    folded.set(decoded.subarray(segment, until), length);
    length += until - segment;
  }
  const isFolder = length === 0 || decoded.at(-1) === SLASH;
  if (isFolder) folded[length++] = SLASH;
  return { bytes: folded.subarray(0, length), hasDots };
}

/** Resolves escapes and backslashes, and leaves the query out. */
function decode(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const decoded = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end && bytes[at] !== QUESTION; at++) {
    let octet = bytes[at]!;
    if (octet === PERCENT && isEscape(bytes, at, end)) {
      const escaped = HEX_VALUE[bytes[at + 1]!]! * 16 +
        HEX_VALUE[bytes[at + 2]!]!;
      if (escaped === 0) break;
      if (RESOLVED[escaped] === 1) {
        octet = escaped;
        at += 2;
      }
    }
    decoded[length++] = octet === BACKSLASH ? SLASH : octet;
  }
  return decoded.subarray(0, length);
}

function isEscape(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && (ROLES[bytes[at + 1]!]! & HEX) !== 0 &&
    (ROLES[bytes[at + 2]!]! & HEX) !== 0;
}

/** 1 for `.`, 2 for `..`, 0 for every other segment. */
function dotsOf(bytes: Uint8Array, start: number, end: number): 0 | 1 | 2 {
  if (end - start === 1) return bytes[start] === DOT ? 1 : 0;
  const isUp = end - start === 2 && bytes[start] === DOT &&
    bytes[start + 1] === DOT;
  return isUp ? 2 : 0;
}

const DOT = 0x2e;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;

/** Octets that make a path worth a second look, anywhere or only after a slash. */
const ALWAYS = 3;
const AFTER_SLASH = 1;
const TRICKY = tableOf([
  [PERCENT, ALWAYS],
  [SEMICOLON, ALWAYS],
  [BACKSLASH, ALWAYS],
  [SLASH, AFTER_SLASH],
  [DOT, AFTER_SLASH],
]);

/** Octets that mean the same escaped or not to those who fold a path. */
const RESOLVED = tableOf(
  Array.from(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/\\;",
    (character) => [character.charCodeAt(0), 1],
  ),
);

function tableOf(
  entries: readonly (readonly [octet: number, value: number])[],
): Uint8Array {
  const table = new Uint8Array(256);
  for (const [octet, value] of entries) table[octet] = value;
  return table;
}

/**
 * Numbers for the field names that mean something here, found without making a string: a small open-addressed table
 * over a hash that the parser computes while it reads a name. Bounded by the names it is made with.
 */
import { LOWER, octetsOf } from "./octets.ts";

/** The names that the codec and the edge know, in lower case; a name's number is its place here plus one. */
const KNOWN_NAMES = [
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "http2-settings",
  "expect",
  "content-type",
  "via",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-server",
  "x-forwarded-prefix",
  "x-forwarded-ssl",
  "x-forwarded-scheme",
  "x-real-ip",
  "x-request-id",
  "x-opsen-backend",
  "x-opsen-gpu",
  "opsen-caller",
  "x-content-type-options",
  "x-frame-options",
  "x-xss-protection",
  "strict-transport-security",
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "origin",
  "access-control-request-method",
  "authorization",
] as const;

/** A field whose name means nothing here. */
export const OTHER = 0;
/** The number of `Host`, as below of the names that the constants are called after. */
export const HOST = 1;
/** `Content-Length`. */
export const CONTENT_LENGTH = 2;
/** `Transfer-Encoding`. */
export const TRANSFER_ENCODING = 3;
/** `Connection`. */
export const CONNECTION = 4;
/** `Keep-Alive`. */
export const KEEP_ALIVE = 5;
/** `Proxy-Connection`, which some callers still send. */
export const PROXY_CONNECTION = 6;
/** `TE`. */
export const TE = 7;
/** `Upgrade`. */
export const UPGRADE = 9;
/** `HTTP2-Settings`. */
export const HTTP2_SETTINGS = 10;
/** `Expect`. */
export const EXPECT = 11;
/** `Content-Type`. */
export const CONTENT_TYPE = 12;
/** `Via`. */
export const VIA = 13;
/** `Forwarded`. */
export const FORWARDED = 14;
/** `X-Forwarded-For`. */
export const X_FORWARDED_FOR = 15;
/** `X-Forwarded-Proto`. */
export const X_FORWARDED_PROTO = 16;
/** `X-Forwarded-Host`. */
export const X_FORWARDED_HOST = 17;
/** `X-Real-IP`. */
export const X_REAL_IP = 23;
/** `X-Request-ID`. */
export const X_REQUEST_ID = 24;
/** `X-Opsen-Backend`. */
export const X_OPSEN_BACKEND = 25;
/** `X-Opsen-GPU`. */
export const X_OPSEN_GPU = 26;
/** `Opsen-Caller`. */
export const OPSEN_CALLER = 27;
/** `X-Content-Type-Options`, the first of four fields that guard browsers. */
export const X_CONTENT_TYPE_OPTIONS = 28;
/** `Strict-Transport-Security`, the last of them. */
export const STRICT_TRANSPORT_SECURITY = 31;
/** `Access-Control-Allow-Origin`, the first of three fields that let pages of other origins read a response. */
export const ACCESS_CONTROL_ALLOW_ORIGIN = 32;
/** `Access-Control-Expose-Headers`, the last of them. */
export const ACCESS_CONTROL_EXPOSE_HEADERS = 34;
/** `Origin`. */
export const ORIGIN = 35;
/** `Access-Control-Request-Method`. */
export const ACCESS_CONTROL_REQUEST_METHOD = 36;
/** `Authorization`. */
export const AUTHORIZATION = 37;

/**
 * What is said of callers by us, written with underscores: many applications can't tell `X_Forwarded_For` from
 * `X-Forwarded-For` (CGI, RFC 3875 section 4.1.18), so whoever sends it would speak in our name.
 */
const LOOKALIKES: readonly string[] = KNOWN_NAMES
  .slice(FORWARDED, OPSEN_CALLER).flatMap(underscored);

/** Whether the number is that of a name that only underscores tell from one that callers must not send. */
export function isLookalike(number: number): boolean {
  return number > KNOWN_NAMES.length &&
    number <= KNOWN_NAMES.length + LOOKALIKES.length;
}

/** The name with underscores in the place of some of its hyphens, and of all. */
function underscored(name: string): string[] {
  const [first = "", ...rest] = name.split("-");
  return rest.reduce(
    (all, part) => all.flatMap((one) => [`${one}-${part}`, `${one}_${part}`]),
    [first],
  ).slice(1);
}

/** Where the hash of a name begins. */
export const HASH_START = 0;

/** The hash of a name that goes on with this octet, a letter in lower case. */
export function hashWith(hash: number, octet: number): number {
  return Math.imul(hash, 31) + octet | 0;
}

/** Looks names up. */
export class FieldNames {
  readonly #names: readonly Uint8Array[];
  readonly #slots: Int16Array;
  readonly #mask: number;

  /** The known names and these further ones, in any case; empty ones are left out. */
  constructor(further: readonly string[] = []) {
    const names = new Set<string>([...KNOWN_NAMES, ...LOOKALIKES]);
    for (const name of further) if (name !== "") names.add(name.toLowerCase());
    this.#names = [...names].map(octetsOf);
    let size = 1;
    while (size < this.#names.length * 4) size *= 2;
    this.#slots = new Int16Array(size);
    this.#mask = size - 1;
    this.#names.forEach((name, at) => this.#insert(name, at + 1));
  }

  /** The number of a name, {@link OTHER} when it is none of them. */
  numberOf(name: string): number {
    const bytes = octetsOf(name.toLowerCase());
    return this.find(bytes, 0, bytes.length, hashOf(bytes));
  }

  /** The number of the name in bytes[start, end) that has this hash. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    let slot = mix(hash) & this.#mask;
    for (;;) {
      const number = this.#slots[slot]!;
      if (number === OTHER) return OTHER;
      if (isName(this.#names[number - 1]!, bytes, start, end)) return number;
      slot = (slot + 1) & this.#mask;
    }
  }

  #insert(name: Uint8Array, number: number): void {
    let slot = mix(hashOf(name)) & this.#mask;
    while (this.#slots[slot] !== OTHER) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = number;
  }
}

function hashOf(name: Uint8Array): number {
  let hash = HASH_START;
  for (let at = 0; at < name.length; at++) hash = hashWith(hash, name[at]!);
  return hash;
}

function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}

function isName(
  name: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) {
    if (LOWER[bytes[start + at]!] !== name[at]) return false;
  }
  return true;
}

/**
 * Which pages of other origins may read responses, and what is said to let them (WHATWG Fetch, section 3.3). Made once
 * for each snapshot of the rules; bounded by `cors_allowed_origins`.
 */
import { ORIGIN } from "../http1/field_names.ts";
import { octetsOf, textOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { originText } from "../wire/origin_text.ts";
import type { EdgeSettings } from "./settings.ts";

/** What pages of one origin are told: lines with their ends. */
export interface CorsAnswer {
  /** Whether pages of that origin may read what they get. */
  readonly isAllowed: boolean;
  /** With every response. */
  readonly lines: string;
  /** The same as octets. */
  readonly octets: Uint8Array;
  /** With our answer to a preflight, of a management path and of any other. */
  readonly apiPreflight: Uint8Array;
  readonly preflight: Uint8Array;
}

/** The settings that matter here. */
export type CorsSettings = Pick<
  EdgeSettings,
  "corsOrigins" | "stickyHeader" | "tierHeader"
>;

/** Finds what a caller is told. */
export class Cors {
  readonly #byOrigin: ReadonlyMap<string, CorsAnswer>;
  readonly #others: CorsAnswer;

  /** `*` among the origins stands for all; then none may bring cookies along (Fetch, section 3.3.5). */
  constructor(
    origins: readonly string[],
    { stickyHeader, tierHeader }: CorsSettings,
  ) {
    const names = [...REQUEST_FIELDS, stickyHeader, tierHeader];
    const headers = [...new Set(names.filter((name) => name !== ""))];
    const permits = `Access-Control-Allow-Headers: ${headers.join(", ")}\r\n` +
      `Access-Control-Max-Age: ${PREFLIGHT_MAX_AGE_SECONDS}\r\n`;
    const isOpen = origins.includes("*");
    const listed = isOpen ? [] : origins.map(originText);
    this.#byOrigin = new Map(listed.map((origin) => [
      origin,
      answer(
        VARY,
        `Access-Control-Allow-Origin: ${origin}\r\nAccess-Control-Allow-Credentials: true\r\n`,
        EXPOSED,
        permits,
      ),
    ]));
    // Caches must not give the answer to one origin to another, and may give the one for all to anybody.
    this.#others = isOpen
      ? answer("", "Access-Control-Allow-Origin: *\r\n", EXPOSED, permits)
      : listed.length === 0
      ? SILENCE
      : answer(VARY, "", "", "");
  }

  /** What the sender of a request is told. */
  answerTo(bytes: Uint8Array, head: RequestHead): CorsAnswer {
    if (this.#byOrigin.size === 0) return this.#others;
    const origin = originOf(bytes, head);
    return (origin && this.#byOrigin.get(origin)) || this.#others;
  }
}

/** The origin of the page that sends a request, as far as it names one. */
function originOf(
  bytes: Uint8Array,
  { fields }: RequestHead,
): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) !== ORIGIN) continue;
    const start = fields.valueStart(i);
    const end = fields.valueEnd(i);
    if (found !== undefined || end - start > ORIGIN_BYTES_MAX) return undefined;
    found = textOf(bytes, start, end).toLowerCase();
  }
  return found;
}

function answer(
  vary: string,
  allowed: string,
  exposed: string,
  permits: string,
): CorsAnswer {
  const lines = vary + allowed + exposed;
  const isAllowed = allowed !== "";
  function preflight(methods: string): Uint8Array {
    return octetsOf(vary + allowed + (isAllowed ? methods + permits : ""));
  }
  return {
    isAllowed,
    lines,
    octets: octetsOf(lines),
    apiPreflight: preflight(API_METHODS),
    preflight: preflight(METHODS),
  };
}

/** A scheme, a name of at most 253 octets and a port. */
const ORIGIN_BYTES_MAX = 300;
/** How long browsers remember our answer: a page asks seldom, and a change of the settings is felt soon. */
const PREFLIGHT_MAX_AGE_SECONDS = 600;
const REQUEST_FIELDS: readonly string[] = [
  "Content-Type",
  "Authorization",
  "X-API-Key",
  "Idempotency-Key",
];
const VARY = "Vary: Origin\r\n";
const EXPOSED =
  "Access-Control-Expose-Headers: X-Request-ID, X-Opsen-Backend, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset\r\n";
const METHODS =
  "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE, PATCH\r\n";
const API_METHODS = "Access-Control-Allow-Methods: GET, POST, DELETE\r\n";

/** Nothing is said, and browsers keep pages of other origins away. */
export const SILENCE: CorsAnswer = answer("", "", "", "");

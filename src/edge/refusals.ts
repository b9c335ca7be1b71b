/**
 * Every refusal of the data path as `application/problem+json` (RFC 9457). The codes are part of the contract: programs
 * go by them, so none is ever renamed. The `detail` is for people and holds nothing of our inside.
 */
import { Buffer } from "node:buffer";
import { REQUEST_REFUSALS } from "../http1/refusal.ts";
import type { RateRefusal } from "../policy/rate_limiter.ts";
import type { ProblemBody } from "../wire/answers.ts";
import {
  capacityFields,
  type NoCapacity,
  retrySecondsOf,
} from "../wire/no_capacity.ts";

/** Status and detail of each code beside those of the codec. */
const DATA_PATH_REFUSALS = {
  unknown_tier: { status: 400, title: "Unknown tier", detail: "Unknown tier" },
  ambiguous_path: {
    status: 400,
    title: "Ambiguous path",
    detail: "The path can be read to lead elsewhere; send it in its plain form",
  },
  invalid_sticky_id: {
    status: 400,
    title: "Invalid session id",
    detail: "Invalid session id",
  },
  missing_token: { status: 401, detail: "Missing token" },
  invalid_token: { status: 401, detail: "Invalid token" },
  missing_key: {
    status: 401,
    title: "Missing API key",
    detail: "Missing API key",
  },
  wrong_key: {
    status: 403,
    title: "Invalid API key",
    detail: "Invalid API key",
  },
  key_expired: {
    status: 403,
    title: "API key expired",
    detail: "API key expired",
  },
  key_revoked: {
    status: 403,
    title: "API key revoked",
    detail: "API key revoked",
  },
  missing_scope: {
    status: 403,
    title: "Key may not do this",
    detail: "The key lacks the scope route",
  },
  tier_not_allowed: {
    status: 403,
    title: "Key may not ask for the tier",
    detail: "The key may not ask for the tier",
  },
  cross_site: {
    status: 403,
    title: "Request of another site",
    detail:
      "A page of another site may change nothing here (cors_allowed_origins)",
  },
  address_not_allowed: {
    status: 403,
    title: "Address not allowed",
    detail: "Address not allowed",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    detail: "Rate limit exceeded",
  },
  too_many_requests_in_progress: {
    status: 429,
    title: "Too many requests in progress",
    detail: "Too many requests of this address are in progress",
  },
  request_timeout: { status: 408, detail: "The request took too long" },
  internal_error: { status: 500, detail: "Internal server error" },
  upstream_unreachable: {
    status: 502,
    detail: "The backend can't be reached",
  },
  upstream_tls: {
    status: 502,
    detail: "The backend's certificate or TLS handshake was refused",
  },
  upstream_closed: {
    status: 502,
    detail: "The backend ended the connection before it answered",
  },
  upstream_malformed: {
    status: 502,
    detail: "The backend's response is malformed",
  },
  upstream_not_allowed: {
    status: 502,
    detail: "The backend is where endpoint_allow allows none",
  },
  no_capacity: {
    status: 503,
    title: "No capacity",
    detail: "No available clients with sufficient resources",
  },
  draining: {
    status: 503,
    title: "Server is stopping",
    detail: "Server is stopping",
  },
  token_unverifiable: {
    status: 503,
    detail: "The token can't be checked now",
  },
  too_many_connections: { status: 503, detail: "Too many connections" },
  upstream_connect_timeout: {
    status: 504,
    detail: "The backend did not accept a connection in time",
  },
  upstream_timeout: {
    status: 504,
    detail: "The backend did not answer in time",
  },
} as const satisfies Readonly<Record<string, Refusal>>;

/** How a code is answered. */
interface Refusal {
  readonly status: number;
  /** The title where the API answers with the same code; else the reason phrase. */
  readonly title?: string;
  readonly detail: string;
}

/** What is wrong with a request, in words. */
const CODEC_DETAILS: Readonly<Record<keyof typeof REQUEST_REFUSALS, string>> = {
  bad_request_line: "Malformed request line",
  bad_target: "Malformed request target",
  bad_version: "Malformed HTTP version",
  bad_field: "Malformed header field",
  bad_host: "Missing, repeated or malformed Host",
  bad_connection: "Malformed Connection or Upgrade",
  bad_content_length: "Malformed or repeated Content-Length",
  bad_transfer_encoding: "Transfer-Encoding can't be relied on",
  bad_chunk: "Malformed chunk",
  bad_trailer: "Malformed trailer section",
  method_not_allowed: "Method not allowed",
  body_too_large: "Request body too large",
  target_too_long: "Request target too long",
  head_too_large: "Request head too large",
  too_many_fields: "Too many header fields",
  version_not_supported: "HTTP version not supported",
};

/** One of the codes. */
export type RefusalCode =
  | keyof typeof DATA_PATH_REFUSALS
  | keyof typeof REQUEST_REFUSALS;

/** What some refusals say besides their code. */
export interface RefusalExtras {
  /** Words that replace the usual ones. */
  readonly detail?: string;
  /** Why nothing had room. */
  readonly capacity?: NoCapacity;
  /** Whether the connection ends with it, though another request could follow. */
  readonly isLast?: boolean;
  /** How often a request may be sent, and when the next one. */
  readonly rate?: RateRefusal;
  /** The key of the configuration behind it, for the log, where the code does not say. */
  readonly setting?: string;
  /** Seconds after which asking again makes sense, where `capacity` does not say. */
  readonly retryAfterSeconds?: number;
}

/** The status that a code is answered with. */
export function statusOf(code: RefusalCode): number {
  return code in REQUEST_REFUSALS
    ? REQUEST_REFUSALS[code as keyof typeof REQUEST_REFUSALS]
    : DATA_PATH_REFUSALS[code as keyof typeof DATA_PATH_REFUSALS].status;
}

/** How a refusal is put into words. */
export interface RefusalOptions {
  readonly keepAlive: boolean;
  readonly isHead: boolean;
  /** Lines for browsers, each with its end (browser_fields.ts). */
  readonly browserLines?: string;
  readonly extras?: RefusalExtras | undefined;
}

/** The whole response to a refused request; without its body for HEAD. */
export interface RefusalAnswer {
  readonly status: number;
  readonly code: RefusalCode;
  readonly octets: Uint8Array;
  /** How many of them are the body. */
  readonly bodyBytes: number;
}

/** What a refused request is answered with. */
export function refusalAnswer(
  code: RefusalCode,
  requestId: string,
  { keepAlive, isHead, browserLines = "", extras = {} }: RefusalOptions,
): RefusalAnswer {
  const status = statusOf(code);
  const reason = REASONS[status] ?? "Error";
  const title = titleOf(code) ?? reason;
  const problem: ProblemBody = {
    type: `urn:opsen:problem:${code}`,
    title,
    status,
    detail: extras.detail ?? detailOf(code),
    code,
    request_id: requestId,
    ...(extras.capacity !== undefined && capacityFields(extras.capacity)),
  };
  const body = JSON.stringify(problem);
  const isAscii = ASCII.test(body);
  const bodyBytes = isAscii ? body.length : Buffer.byteLength(body);
  const { capacity, rate } = extras;
  const retryAfterSeconds = capacity === undefined
    ? rate?.retrySeconds ?? extras.retryAfterSeconds
    : retrySecondsOf(capacity);
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${bodyBytes}`,
    `X-Request-ID: ${requestId}`,
    ...(code === "method_not_allowed"
      ? ["Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"]
      : []),
    ...(code in CHALLENGES ? [CHALLENGES[code] ?? ""] : []),
    ...(retryAfterSeconds === undefined
      ? []
      : [`Retry-After: ${retryAfterSeconds}`]),
    ...(rate === undefined ? [] : rateLines(rate)),
    ...(keepAlive ? [] : ["Connection: close"]),
    `${browserLines}\r\n`,
  ].join("\r\n");
  // Without a loop over its letters, and in one piece: refusals are what is sent when there is too much to do.
  const text = isHead ? head : head + body;
  const octets = Buffer.from(text, isAscii ? "latin1" : "utf8");
  return { status, code, octets, bodyBytes: isHead ? 0 : bodyBytes };
}

/** No refusal's head holds anything else. */
const ASCII = /^[^\u0080-\uffff]*$/;

function rateLines({ limit, remaining, resetSeconds }: RateRefusal): string[] {
  return [
    `RateLimit-Limit: ${limit}`,
    `RateLimit-Remaining: ${remaining}`,
    `RateLimit-Reset: ${resetSeconds}`,
  ];
}

function detailOf(code: RefusalCode): string {
  return code in CODEC_DETAILS
    ? CODEC_DETAILS[code as keyof typeof CODEC_DETAILS]
    : DATA_PATH_REFUSALS[code as keyof typeof DATA_PATH_REFUSALS].detail;
}

function titleOf(code: RefusalCode): string | undefined {
  if (code === "body_too_large") return "Request body too large";
  const refusals: Readonly<Record<string, Refusal>> = DATA_PATH_REFUSALS;
  return refusals[code]?.title;
}

/** How one shows who one is (RFC 6750, section 3). */
const CHALLENGES: Partial<Readonly<Record<RefusalCode, string>>> = {
  missing_key: "WWW-Authenticate: Bearer",
  missing_token: "WWW-Authenticate: Bearer",
  invalid_token: 'WWW-Authenticate: Bearer error="invalid_token"',
};

/** Reason phrases (RFC 9110, section 15). */
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

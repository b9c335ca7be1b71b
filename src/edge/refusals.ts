/**
 * Every refusal of the data path as `application/problem+json` (RFC 9457). The codes are part of the contract: programs
 * go by them, so none is ever renamed. The `detail` is for people and holds nothing of our inside.
 */
import { octetsOf } from "../http1/octets.ts";
import { REQUEST_REFUSALS } from "../http1/refusal.ts";
import type { ProblemBody } from "../wire/answers.ts";
import {
  capacityFields,
  type NoCapacity,
  retrySecondsOf,
} from "../wire/no_capacity.ts";

/** Status and detail of each code beside those of the codec. */
const DATA_PATH_REFUSALS = {
  unknown_tier: { status: 400, title: "Unknown tier", detail: "Unknown tier" },
  invalid_sticky_id: {
    status: 400,
    title: "Invalid session id",
    detail: "Invalid session id",
  },
  address_not_allowed: {
    status: 403,
    title: "Address not allowed",
    detail: "Address not allowed",
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
  /** Seconds after which asking again makes sense, where `capacity` does not say. */
  readonly retryAfterSeconds?: number;
}

/** The status that a code is answered with. */
export function statusOf(code: RefusalCode): number {
  return code in REQUEST_REFUSALS
    ? REQUEST_REFUSALS[code as keyof typeof REQUEST_REFUSALS]
    : DATA_PATH_REFUSALS[code as keyof typeof DATA_PATH_REFUSALS].status;
}

/** The whole response to a refused request; without its body for HEAD. */
export function refusalBytes(
  code: RefusalCode,
  requestId: string,
  { keepAlive, isHead, extras = {} }: {
    readonly keepAlive: boolean;
    readonly isHead: boolean;
    readonly extras?: RefusalExtras | undefined;
  },
): Uint8Array {
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
  const body = UTF8.encode(JSON.stringify(problem));
  const { capacity } = extras;
  const retryAfterSeconds = capacity === undefined
    ? extras.retryAfterSeconds
    : retrySecondsOf(capacity);
  const head = octetsOf([
    `HTTP/1.1 ${status} ${reason}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${body.length}`,
    `X-Request-ID: ${requestId}`,
    ...(code === "method_not_allowed"
      ? ["Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"]
      : []),
    ...(retryAfterSeconds === undefined
      ? []
      : [`Retry-After: ${retryAfterSeconds}`]),
    ...(keepAlive ? [] : ["Connection: close"]),
    "\r\n",
  ].join("\r\n"));
  const response = new Uint8Array(head.length + (isHead ? 0 : body.length));
  response.set(head);
  if (!isHead) response.set(body, head.length);
  return response;
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

const UTF8 = new TextEncoder();

/** Reason phrases (RFC 9110, section 15). */
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

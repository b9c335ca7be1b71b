/**
 * Every refusal of the API. The codes are part of the contract: programs go by them, so none is ever renamed. The
 * `detail` is for people and for scripts that search for the words of the Go server; it holds nothing of our inside.
 */
import type { Tally } from "../engine/decision.ts";
import type { ProblemBody } from "../wire/answers.ts";
import type { Fault } from "../wire/parse.ts";

/** Status and title of each code. */
export const PROBLEMS = {
  invalid_json: { status: 400, title: "Invalid JSON body" },
  missing_field: { status: 400, title: "Missing required field" },
  invalid_field: { status: 400, title: "Invalid field" },
  invalid_sticky_id: { status: 400, title: "Invalid session id" },
  unknown_tier: { status: 400, title: "Unknown tier" },
  body_aborted: { status: 400, title: "Request body ended early" },
  missing_key: { status: 401, title: "Missing API key" },
  wrong_key: { status: 403, title: "Invalid API key" },
  address_not_allowed: { status: 403, title: "Address not allowed" },
  unknown_path: { status: 404, title: "Page not found" },
  unknown_client: { status: 404, title: "Unknown client" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  body_timeout: { status: 408, title: "Request body took too long" },
  body_too_large: { status: 413, title: "Request body too large" },
  unsupported_media_type: { status: 415, title: "Unsupported content type" },
  unsupported_encoding: { status: 415, title: "Unsupported content coding" },
  internal_error: { status: 500, title: "Internal server error" },
  no_capacity: { status: 503, title: "No capacity" },
  fleet_full: { status: 503, title: "Fleet full" },
  draining: { status: 503, title: "Server is stopping" },
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly title: string }>
>;

/** One of the codes in {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal on its way to the caller. */
export interface Problem extends ProblemExtras {
  readonly kind: "problem";
  readonly code: ProblemCode;
  readonly detail: string;
}

/** What some refusals say besides their code and words. */
export interface ProblemExtras {
  /** What is wrong with which field. */
  readonly faults?: readonly Fault[];
  /** Why each backend was passed over. */
  readonly tally?: Tally;
  /** Number of backends that the tally sums to. */
  readonly fleetSize?: number;
  /** Further header fields, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal. */
export function problem(
  code: ProblemCode,
  detail: string,
  extras: ProblemExtras = {},
): Problem {
  return { kind: "problem", code, detail, ...extras };
}

/** The refusal as `application/problem+json` (RFC 9457). */
export function problemResponse(refusal: Problem, requestId: string): Response {
  const { status, title } = PROBLEMS[refusal.code];
  const body: ProblemBody = {
    type: `urn:opsen:problem:${refusal.code}`,
    title,
    status,
    detail: refusal.detail,
    code: refusal.code,
    request_id: requestId,
    ...(refusal.faults !== undefined && { errors: [...refusal.faults] }),
    ...(refusal.tally !== undefined && { tally: { ...refusal.tally } }),
    ...(refusal.fleetSize !== undefined && { fleet_size: refusal.fleetSize }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "x-request-id": requestId,
      ...refusal.headers,
    },
  });
}

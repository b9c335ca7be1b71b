/**
 * Every refusal of the API. The codes are part of the contract: programs go by them, so none is ever renamed. The
 * `detail` is for people and for scripts that search for the words of the Go server; it holds nothing of our inside.
 */
import type { Principal } from "../policy/principal.ts";
import type { RateRefusal } from "../policy/rate_limiter.ts";
import type { ToldDecision } from "../traffic_ports.ts";
import type { ProblemBody } from "../wire/answers.ts";
import { capacityFields, type NoCapacity } from "../wire/no_capacity.ts";
import type { Fault } from "../wire/parse.ts";
import type { Audited } from "./endpoint.ts";

/** Status and title of each code. */
export const PROBLEMS = {
  invalid_json: { status: 400, title: "Invalid JSON body" },
  missing_field: { status: 400, title: "Missing required field" },
  invalid_field: { status: 400, title: "Invalid field" },
  invalid_sticky_id: { status: 400, title: "Invalid session id" },
  invalid_idempotency_key: { status: 400, title: "Invalid idempotency key" },
  unknown_tier: { status: 400, title: "Unknown tier" },
  body_aborted: { status: 400, title: "Request body ended early" },
  missing_key: { status: 401, title: "Missing API key" },
  wrong_key: { status: 403, title: "Invalid API key" },
  missing_scope: { status: 403, title: "Key may not do this" },
  tier_not_allowed: { status: 403, title: "Key may not ask for the tier" },
  key_expired: { status: 403, title: "API key expired" },
  key_revoked: { status: 403, title: "API key revoked" },
  backend_revoked: { status: 403, title: "Backend revoked" },
  wrong_backend: { status: 403, title: "Key of another backend" },
  wrong_enrol_token: { status: 403, title: "Invalid enrolment token" },
  enrol_token_expired: { status: 403, title: "Enrolment token expired" },
  enrol_token_used_up: { status: 403, title: "Enrolment token used up" },
  enrol_token_revoked: { status: 403, title: "Enrolment token revoked" },
  cross_site: { status: 403, title: "Page of another site" },
  address_not_allowed: { status: 403, title: "Address not allowed" },
  endpoint_not_allowed: { status: 403, title: "Endpoint not allowed" },
  unknown_path: { status: 404, title: "Page not found" },
  unknown_client: { status: 404, title: "Unknown client" },
  unknown_lease: { status: 404, title: "Unknown lease" },
  unknown_session: { status: 404, title: "Unknown session" },
  unknown_decision: { status: 404, title: "Unknown decision" },
  unknown_version: { status: 404, title: "Unknown version" },
  unknown_key: { status: 404, title: "Unknown key" },
  unknown_token: { status: 404, title: "Unknown token" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  body_timeout: { status: 408, title: "Request body took too long" },
  too_many_unavailable: { status: 409, title: "Too many unavailable" },
  key_exists: { status: 409, title: "Key exists" },
  key_configured: { status: 409, title: "Key is configured" },
  not_a_credential: { status: 409, title: "Not a credential" },
  already_enrolled: { status: 409, title: "Already enrolled" },
  id_in_use: { status: 409, title: "Id in use" },
  credential_in_use: { status: 409, title: "Credential in use" },
  too_many_credentials: { status: 409, title: "Too many credentials" },
  too_many_tokens: { status: 409, title: "Too many tokens" },
  too_many_keys: { status: 409, title: "Too many keys" },
  body_too_large: { status: 413, title: "Request body too large" },
  unsupported_media_type: { status: 415, title: "Unsupported content type" },
  unsupported_encoding: { status: 415, title: "Unsupported content coding" },
  idempotency_key_reused: { status: 422, title: "Idempotency key reused" },
  config_refused: { status: 422, title: "Configuration refused" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal_error: { status: 500, title: "Internal server error" },
  config_not_applied: { status: 500, title: "Configuration not applied" },
  not_reloadable: { status: 501, title: "Configuration can't change" },
  log_level_fixed: { status: 501, title: "Log level can't change" },
  no_capacity: { status: 503, title: "No capacity" },
  too_many_readers: { status: 503, title: "Too many readers" },
  fleet_full: { status: 503, title: "Fleet full" },
  not_ready: { status: 503, title: "Not ready" },
  draining: { status: 503, title: "Server is stopping" },
  store_unavailable: { status: 503, title: "Database unavailable" },
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly title: string }>
>;

/** One of the codes in {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal on its way to the caller. */
export interface Problem extends ProblemExtras {
  readonly kind: "problem";
  readonly code: ProblemCode;
  /** For the caller; holds no secret and nothing of our inside. */
  readonly detail: string;
}

/** What some refusals say besides their code and words. */
export interface ProblemExtras {
  /** What is wrong with which field. */
  readonly faults?: readonly Fault[];
  /** Why nothing had room. */
  readonly capacity?: NoCapacity;
  /** Ids of the backends that are unavailable. */
  readonly unavailable?: readonly string[];
  /** What is wrong with a configuration, a line each. */
  readonly problems?: readonly string[];
  /** What the audit trail says of it. */
  readonly audited?: Audited;
  /** What was asked for, for the access log. */
  readonly decision?: ToldDecision;
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

/** Keys can be limited to tiers. */
export function tierNotAllowed(
  { name }: Pick<Principal, "name">,
  tier: string,
): Problem {
  const detail = `API key "${name}" may not ask for the tier "${tier}"`;
  return problem("tier_not_allowed", detail);
}

/** The caller has sent too many requests lately. */
export function rateLimited(rate: RateRefusal): Problem {
  const { limit, remaining, resetSeconds, retrySeconds } = rate;
  return problem("rate_limited", "Rate limit exceeded", {
    headers: {
      "retry-after": `${retrySeconds}`,
      "ratelimit-limit": `${limit}`,
      "ratelimit-remaining": `${remaining}`,
      "ratelimit-reset": `${resetSeconds}`,
    },
  });
}

/** While a server stops it finishes what is in flight and begins nothing new. */
export function serverIsStopping(): Problem {
  return problem("draining", "Server is stopping", {
    headers: { "connection": "close", "retry-after": "1" },
  });
}

/** The body of the refusal as `application/problem+json` (RFC 9457). */
export function problemBody(refusal: Problem, requestId: string): ProblemBody {
  const { status, title } = PROBLEMS[refusal.code];
  return {
    type: `urn:opsen:problem:${refusal.code}`,
    title,
    status,
    detail: refusal.detail,
    code: refusal.code,
    request_id: requestId,
    ...(refusal.faults !== undefined && { errors: [...refusal.faults] }),
    ...(refusal.unavailable !== undefined && {
      unavailable: [...refusal.unavailable],
    }),
    ...(refusal.problems !== undefined && { problems: [...refusal.problems] }),
    ...(refusal.capacity !== undefined && capacityFields(refusal.capacity)),
  };
}

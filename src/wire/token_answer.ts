/** Enrolment tokens as operators see them. The token itself is in the answer to who makes it, and in no other. */
import * as z from "zod";
import { type TokenLife, tokenState } from "../policy/token_state.ts";

const TOKEN_FIELDS = {
  /** What lists and revocations call it; no secret. */
  id: z.string(),
  /** How many enrolments it is good for. */
  max_uses: z.number(),
  /** Addresses and ranges where machines that enrol with it may be, besides what the configuration allows. */
  allow_endpoints: z.array(z.string()),
  /** When it was made. */
  created_at: z.string(),
  /** When it ends by itself. */
  expires_at: z.string(),
};

/** The answer of `POST /_opsen/tokens`; instants are RFC 3339 in UTC. */
export const tokenMadeAnswer = z.object({
  ...TOKEN_FIELDS,
  /** The token, which nobody is told a second time. */
  token: z.string(),
  /** False when the database did not take it, so that a restart forgets it. */
  durable: z.literal(false).optional(),
});

/** The JSON of that answer. */
export type TokenMadeAnswer = z.output<typeof tokenMadeAnswer>;

/** One token in a list. */
export const tokenAnswer = z.object({
  ...TOKEN_FIELDS,
  /** `good` while it enrols; `used_up` when `uses` has come to `max_uses`. */
  state: z.enum(["good", "revoked", "expired", "used_up"]),
  /** Enrolments with it so far. */
  uses: z.number(),
  /** Name of the key that made it. */
  created_by: z.string(),
  /** When it was taken back; absent when it was not. */
  revoked_at: z.string().optional(),
});

/** The JSON of one token. */
export type TokenAnswer = z.output<typeof tokenAnswer>;

/** The answer of `GET /_opsen/tokens`, first made first. */
export const tokensAnswer = z.object({
  /** First made first. */
  tokens: z.array(tokenAnswer),
});

/** The JSON of that answer. */
export type TokensAnswer = z.output<typeof tokensAnswer>;

/** The answer of `DELETE /_opsen/tokens/{id}`. */
export const tokenRevokedAnswer = z.object({
  /** Nobody enrols with it any more; who did stays. */
  status: z.literal("revoked"),
  /** The token's id. */
  id: z.string(),
  /** False when the database did not take it, so that a restart makes the token good again. */
  durable: z.literal(false).optional(),
});

/** The JSON of that answer. */
export type TokenRevokedAnswer = z.output<typeof tokenRevokedAnswer>;

/** What is known of a token; instants are wall-clock milliseconds. */
export interface KnownToken extends TokenLife {
  readonly id: string;
  readonly endpointAllow: readonly string[];
  readonly createdMs: number;
  readonly createdBy: string;
}

/** The answer to who made it. */
export function tokenMadeAnswerOf(
  known: KnownToken,
  token: string,
  isDurable: boolean,
): TokenMadeAnswer {
  return {
    ...fieldsOf(known),
    token,
    ...(!isDurable && { durable: false as const }),
  };
}

/** The token under its JSON names, as it is at an instant of the wall clock. */
export function tokenAnswerOf(known: KnownToken, nowMs: number): TokenAnswer {
  const { uses, createdBy, revokedMs } = known;
  return {
    ...fieldsOf(known),
    state: tokenState(known, nowMs),
    uses,
    created_by: createdBy,
    ...(revokedMs !== undefined && { revoked_at: instant(revokedMs) }),
  };
}

function fieldsOf(known: KnownToken) {
  return {
    id: known.id,
    max_uses: known.usesMax,
    allow_endpoints: [...known.endpointAllow],
    created_at: instant(known.createdMs),
    expires_at: instant(known.expiresMs),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** What a token must be like (RFC 7519, RFC 8725), checked with jose. Owns no state. */
import { errors, jwtVerify, type JWTVerifyOptions } from "jose";
import type { TokenVerdict } from "../trust_ports.ts";
import { SESSION_ID_CHARS_MAX, TIER_CHARS_MAX } from "../wire/bounds.ts";
import { type KeyFinder, KeysUnavailableError } from "./jwt_keys.ts";
import type { JwtSettings } from "./jwt_verifier.ts";

/** What a token is, and until when; `untilMs` counts for good ones. */
export interface Checked {
  readonly verdict: TokenVerdict;
  /** Wall clock. */
  readonly untilMs: number;
}

/** Checks one token at an instant of the wall clock; rejects only for a fault of the program. */
export type JwtCheck = (token: string, nowMs: number) => Promise<Checked>;

/** Keys without an id that a token without one is tried with. */
const TRIES_MAX = 16;

/** The check that settings ask for, with the keys of `find`. */
export function jwtCheck(settings: JwtSettings, find: KeyFinder): JwtCheck {
  const { issuer, audience, algorithms, leewaySeconds } = settings;
  const usual: JWTVerifyOptions = {
    algorithms: [...algorithms],
    ...(issuer !== "" && { issuer }),
    ...(audience !== "" && { audience }),
    clockTolerance: leewaySeconds,
    requiredClaims: ["exp"],
  };
  return async (token, nowMs) => {
    const options = { ...usual, currentDate: new Date(nowMs) };
    try {
      const { payload } = await verified(token, find, options);
      const untilMs = ((payload.exp ?? 0) + leewaySeconds) * 1000;
      return { verdict: verdictOf(payload, settings), untilMs };
    } catch (error) {
      return { verdict: refusalOf(error), untilMs: nowMs };
    }
  };
}

async function verified(
  token: string,
  find: KeyFinder,
  options: JWTVerifyOptions,
): ReturnType<typeof jwtVerify> {
  try {
    return await jwtVerify(token, find, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tries = 0;
    for await (const key of error) {
      if (++tries > TRIES_MAX) break;
      try {
        return await jwtVerify(token, key, options);
      } catch (fault) {
        const isOther = fault instanceof errors.JWSSignatureVerificationFailed;
        if (!isOther) throw fault;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function verdictOf(
  payload: Readonly<Record<string, unknown>>,
  { tierClaim, stickyClaim }: JwtSettings,
): TokenVerdict {
  const tier = textOf(payload, tierClaim, TIER_CHARS_MAX);
  const stickyId = textOf(payload, stickyClaim, SESSION_ID_CHARS_MAX);
  if (tier === null) return invalid(claimFault(tierClaim, TIER_CHARS_MAX));
  if (stickyId === null) {
    return invalid(claimFault(stickyClaim, SESSION_ID_CHARS_MAX));
  }
  return { kind: "valid", tier, stickyId };
}

/** A claim; undefined where there is none, null for one that can't be used. */
function textOf(
  payload: Readonly<Record<string, unknown>>,
  claim: string,
  charsMax: number,
): string | undefined | null {
  if (claim === "" || !Object.hasOwn(payload, claim)) return undefined;
  const value = payload[claim];
  const isUsable = typeof value === "string" && value !== "" &&
    value.length <= charsMax && !/\p{Cc}/u.test(value);
  return isUsable ? value : null;
}

function claimFault(claim: string, charsMax: number): string {
  return `The token's claim "${claim}" must be a text of 1 to ${charsMax} characters without control characters`;
}

/** What jose says, in words that hold nothing of the token. */
function refusalOf(error: unknown): TokenVerdict {
  if (error instanceof KeysUnavailableError) {
    return {
      kind: "refused",
      code: "token_unverifiable",
      detail: "The keys that tokens are checked with can't be had now",
    };
  }
  if (error instanceof errors.JWTExpired) {
    return invalid("The token has expired");
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    return invalid(
      reason === "missing"
        ? `The token has no claim "${claim}"`
        : `The token's claim "${claim}" is not what is wanted`,
    );
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return invalid("The token is signed with an algorithm that is not wanted");
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return invalid("The token is signed with a key that is not known");
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return invalid("The token's signature is wrong");
  }
  if (error instanceof errors.JOSEError || isUnusableKey(error)) {
    return invalid("The token is no signed JWT");
  }
  throw error;
}

/** Keys and algorithms that don't go together are the token's fault: it names them. */
function isUnusableKey(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException;
}

function invalid(detail: string): TokenVerdict {
  return { kind: "refused", code: "invalid_token", detail };
}

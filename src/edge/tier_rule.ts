/** Who may ask for which tier, and how often. */
import { mayAskFor } from "../policy/principal.ts";
import type { RateRefusal } from "../policy/rate_limiter.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Guest } from "./guest.ts";
import type { Refused } from "./guard.ts";

/** Why a sender must not ask for a tier, or not now; undefined when it may, and the request is counted then. */
export function tierRefusal(
  tier: string,
  { principal, standing }: Guest,
  { rates }: EdgeParts,
  now: number,
): Refused | undefined {
  if (principal !== undefined && !mayAskFor(principal, tier)) {
    const detail =
      `API key "${principal.name}" may not ask for the tier "${tier}"`;
    return { kind: "refused", code: "tier_not_allowed", extras: { detail } };
  }
  if (standing.isExempt) return undefined;
  const rate = rates?.takeTier(tier, standing.key, now);
  return rate && tooMany(rate, `rate_limit_per_minute of the tier "${tier}"`);
}

/** The refusal of a request that comes too soon. */
export function tooMany(rate: RateRefusal, setting?: string): Refused {
  const extras = { rate, ...(setting !== undefined && { setting }) };
  return { kind: "refused", code: "rate_limited", extras };
}

/** The answer when nothing fits: every backend counted under the first reason that removed it. */
import type { Slot } from "./slot.ts";
import { shortfall } from "./classic.ts";
import {
  REFUSAL_REASONS,
  type RefusalReason,
  type Refused,
} from "./decision.ts";
import type { Tier } from "./tier.ts";

/** Why each of these backends can't take the tier. */
export function refusalOf(slots: readonly Slot[], tier: Tier): Refused {
  const tally = Object.fromEntries(
    REFUSAL_REASONS.map((reason) => [reason, 0]),
  ) as Record<RefusalReason, number>;
  for (const slot of slots) {
    const reason = shortfall(slot, tier);
    if (reason !== undefined) tally[reason]++;
  }
  return { kind: "refused", tally, fleetSize: slots.length };
}

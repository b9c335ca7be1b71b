/** The answer when nothing fits: every backend counted under the first reason that removed it. */
import type { Slot } from "./slot.ts";
import { shortfall } from "./classic.ts";
import type { RefusalReason, Refused } from "./decision.ts";
import type { Tier } from "./tier.ts";

/** Why each of these backends can't take the tier. */
export function refusalOf(slots: readonly Slot[], tier: Tier): Refused {
  const tally = emptyTally();
  for (const slot of slots) {
    const reason = shortfall(slot, tier);
    if (reason !== undefined) tally[reason]++;
  }
  return { kind: "refused", tally, fleetSize: slots.length };
}

/** Written out, because a refusal must be no dearer than a placement: building it from a list took ten times as long. */
function emptyTally(): Record<RefusalReason, number> {
  return {
    stale: 0,
    unhealthy: 0,
    ejected: 0,
    draining: 0,
    cores: 0,
    memory: 0,
    storage: 0,
    gpu_count: 0,
    gpu_memory: 0,
  };
}

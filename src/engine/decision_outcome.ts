/** What the log of decisions keeps of an answer. */
import type { Placed, Refused } from "./decision.ts";
import type { DecisionOutcome } from "./decision_log.ts";

/** What the log keeps of a placement. */
export function placedOutcome(
  { backendId, hold, stickiness }: Placed,
  waitedMs?: number,
): DecisionOutcome {
  const { leaseId } = hold;
  return { kind: "placed", backendId, leaseId, stickiness, waitedMs };
}

/** What the log keeps of a refusal. */
export function refusedOutcome(
  { tally, fleetSize, nearest }: Refused,
  waitedMs?: number,
): DecisionOutcome {
  return { kind: "refused", tally, fleetSize, nearest, waitedMs };
}

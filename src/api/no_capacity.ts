/** The refusal when nothing has room: why, how close it was, and when asking again may help. */
import type { Refused } from "../engine/decision.ts";
import { type QueueEnd, retrySecondsOf } from "../wire/no_capacity.ts";
import { type Problem, problem } from "./problems.ts";

/** The refusal of an ask for a tier; `queue` says how waiting ended where asks may wait. */
export function noCapacity(
  refused: Refused,
  tier: string,
  queue?: QueueEnd,
): Problem {
  const capacity = { refused, queue };
  return problem(
    "no_capacity",
    "No available clients with sufficient resources",
    {
      capacity,
      decision: { tier },
      headers: { "retry-after": String(retrySecondsOf(capacity)) },
    },
  );
}

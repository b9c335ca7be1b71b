/** The refusal when nothing has room: why, how close it was, and when asking again may help. */
import type { Refused } from "../engine/decision.ts";
import { type Problem, problem, type QueueProblem } from "./problems.ts";

/** The refusal; `queue` says how waiting ended where asks may wait. */
export function noCapacity(
  { tally, fleetSize, nearest, retryAfterMs }: Refused,
  queue?: QueueProblem,
): Problem {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return problem(
    "no_capacity",
    "No available clients with sufficient resources",
    {
      tally,
      fleetSize,
      retryAfterMs,
      ...(nearest !== undefined && { nearest }),
      ...(queue !== undefined && { queue }),
      headers: { "retry-after": String(seconds) },
    },
  );
}

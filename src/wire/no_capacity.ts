/** What a refusal for want of room says besides its code: the same from the API and from the proxy. */
import type { Refused } from "../engine/decision.ts";
import type { ProblemBody } from "./answers.ts";
import { nearMissOf } from "./near_miss.ts";

const MS_PER_SECOND = 1000;

/** How waiting for room ended. */
export interface QueueEnd {
  /** It took too long, or too many waited already. */
  readonly state: "timed_out" | "full";
  /** Asks that wait still. */
  readonly depth: number;
  /** How long the request waited, milliseconds. */
  readonly waitedMs: number;
}

/** Nothing had room. */
export interface NoCapacity {
  readonly refused: Refused;
  /** Undefined when nobody may wait. */
  readonly queue: QueueEnd | undefined;
}

/** The fields of the problem body. */
export function capacityFields(
  { refused, queue }: NoCapacity,
): Partial<ProblemBody> {
  const { tally, fleetSize, nearest, retryAfterMs } = refused;
  return {
    tally: { ...tally },
    fleet_size: fleetSize,
    ...(nearest !== undefined && { nearest: nearMissOf(nearest) }),
    retry_after_ms: Math.ceil(retryAfterMs),
    ...(queue !== undefined && {
      queue: {
        state: queue.state,
        depth: queue.depth,
        waited_ms: Math.round(queue.waitedMs),
      },
    }),
  };
}

/** The same instant for `Retry-After`, which knows whole seconds; never now. */
export function retrySecondsOf({ refused }: NoCapacity): number {
  return Math.max(1, Math.ceil(refused.retryAfterMs / MS_PER_SECOND));
}

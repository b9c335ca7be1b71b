/** The asks that wait for room, as `GET /_opsen/queue` shows them. */
import * as z from "zod";
import type { QueueView } from "../engine/wait_queue.ts";

/** The queue; all zeros when nobody may wait. */
export const queueAnswer = z.object({
  /** Whether asks may wait for room at all. */
  enabled: z.boolean(),
  /** Asks that wait. */
  depth: z.number(),
  /** Most that may wait. */
  max_length: z.number(),
  /** How many wait for each tier; tiers that nobody waits for are absent. */
  by_tier: z.record(z.string(), z.number()),
  /** How long the oldest ask has waited; 0 when nobody waits. */
  oldest_wait_ms: z.number(),
  /** Asks that got room after waiting, since the start. */
  served: z.number(),
  /** Asks that waited in vain, since the start. */
  timed_out: z.number(),
  /** Asks whose callers left before there was room, since the start. */
  withdrawn: z.number(),
  /** Asks that found the queue full, since the start. */
  turned_away: z.number(),
  /** Mean wait of those that got room, since the start. */
  served_wait_ms_mean: z.number(),
  /** Longest wait of those that got room, since the start. */
  served_wait_ms_max: z.number(),
});

/** The JSON of the queue. */
export type QueueAnswer = z.output<typeof queueAnswer>;

/** The queue under its JSON names. */
export function queueAnswerOf(view: QueueView | undefined): QueueAnswer {
  return {
    enabled: view !== undefined,
    depth: view?.depth ?? 0,
    max_length: view?.lengthMax ?? 0,
    by_tier: { ...view?.byTier },
    oldest_wait_ms: Math.round(view?.oldestMs ?? 0),
    served: view?.served ?? 0,
    timed_out: view?.timedOut ?? 0,
    withdrawn: view?.withdrawn ?? 0,
    turned_away: view?.turnedAway ?? 0,
    served_wait_ms_mean: Math.round(view?.servedMsMean ?? 0),
    served_wait_ms_max: Math.round(view?.servedMsMax ?? 0),
  };
}

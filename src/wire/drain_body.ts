/** `POST /_opsen/backends/{id}/drain`: the limits of the drain. */
import * as z from "zod";
import type { DrainOptions } from "../engine/drain.ts";
import { DRAIN_SECONDS_MAX, UNAVAILABLE_MAX } from "./bounds.ts";

/** A drain; nothing in it is needed. */
export const drainBody = z.object({
  /** Sessions that are left after so long are moved, 0 for at once; without it they stay as long as they live. */
  deadline_seconds: z.number().min(0).max(DRAIN_SECONDS_MAX).nullish(),
  /** Refused when more machines than that would be stale, unhealthy, ejected or draining, this one included. */
  max_unavailable: z.int().min(1).max(UNAVAILABLE_MAX).nullish(),
}).transform(({ deadline_seconds, max_unavailable }): DrainOptions => ({
  ...(typeof deadline_seconds === "number" && {
    deadlineMs: deadline_seconds * 1000,
  }),
  ...(typeof max_unavailable === "number" && {
    unavailableMax: max_unavailable,
  }),
}));

/** The backend that lacks least, as refusals and decisions name it. */
import * as z from "zod";
import type { NearMiss } from "../engine/decision.ts";

/** The near miss; absent where no backend takes work at all. */
export const nearMissAnswer = z.object({
  /** The machine. */
  client_id: z.string(),
  /** The dimension in which it lacks most, one of the tally's. */
  lacks: z.string(),
  /** How much, in whole cores, GPUs or km too many, or in GB to two digits. */
  short_by: z.number(),
  /** Of `short_by`: `cores`, `GB`, `GPUs` or `km`. */
  unit: z.string(),
});

/** The JSON of a near miss. */
export type NearMissAnswer = z.output<typeof nearMissAnswer>;

/** Digits of a GB that people read. */
const STEPS_PER_GB = 100;

/** The near miss under its JSON names, rounded up: with so much more it would fit. */
export function nearMissOf(nearest: NearMiss): NearMissAnswer {
  const { backendId, lacks, shortBy, unit } = nearest;
  return {
    client_id: backendId,
    lacks,
    short_by: unit === "GB"
      ? Math.ceil(shortBy * STEPS_PER_GB - FLOAT_SLACK) / STEPS_PER_GB
      : Math.ceil(shortBy - FLOAT_SLACK),
    unit,
  };
}

/** Differences of fractions miss round numbers by less; rounding up must not make a step of it. */
const FLOAT_SLACK = 1e-6;

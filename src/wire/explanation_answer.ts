/** Why a decision comes out as it does, as people and commands read it. */
import * as z from "zod";
import type {
  Candidate,
  Explanation,
  Shortage,
} from "../engine/explanation.ts";

const backend = {
  /** The machine. */
  client_id: z.string(),
  /** As it reports it; may be empty. */
  hostname: z.string(),
  /** Great-circle kilometres; null when either place is not known. */
  distance_km: z.number().nullable(),
};

const shortageAnswer = z.object({
  /** The dimension: `place`, `cores`, `memory`, `storage`, `gpu_count` or `gpu_memory`. */
  reason: z.string(),
  /** What there is; for `place` how far it is. */
  have: z.number(),
  /** What the tier wants; for `place` how far it may be. */
  need: z.number(),
  /** Of both: `cores`, `GB`, `GPUs` or `km`. */
  unit: z.string(),
});

/** A backend that could take the tier, or one that could not. */
export const candidateAnswer = z.union([
  z.object({
    ...backend,
    /** The sum of the terms; the lowest wins. */
    score: z.number(),
    /** Points by name: `cpu`, `memory` and `gpu` for their use, `latency`, `knee` for being nearly full, `guard` for passing a target, `distance`. */
    terms: z.record(z.string(), z.number()),
  }),
  z.object({
    ...backend,
    /**
     * The first that applies, the one it is counted under: `stale` (no report lately), `unhealthy` (probes fail),
     * `ejected` (requests to it failed), `draining`, `place` (another country, or too far), or what it has too little
     * of: `cores`, `memory`, `storage`, `gpu_count`, `gpu_memory`. Also `cores` while its room is kept for another ask.
     */
    reason: z.string(),
    /** Every dimension in which it has too little; none when it takes no work at all, or is in another country. */
    shortages: z.array(shortageAnswer),
    /** Where it is, when that is what removed it; empty when it is not known. */
    country: z.string().optional(),
  }),
]);

/** The JSON of one backend. */
export type CandidateAnswer = z.output<typeof candidateAnswer>;

/** All backends: those that fit by score, then the others as they registered. */
export const explanationAnswer = z.object({
  /** The rule that decides, as configured. */
  mode: z.enum(["adaptive", "classic"]),
  /** Those that fit by score, best first, then the others as they registered. */
  candidates: z.array(candidateAnswer),
  /** The second best; null when there is none. */
  runner_up: z.string().nullable(),
  /** Points between the best two; null when there are no two. */
  margin: z.number().nullable(),
});

/** The JSON of an explanation. */
export type ExplanationAnswer = z.output<typeof explanationAnswer>;

/** The explanation under its JSON names. */
export function explanationAnswerOf(
  explanation: Explanation,
): ExplanationAnswer {
  const { mode, candidates, runnerUp, margin } = explanation;
  return {
    mode,
    candidates: candidates.map(candidateAnswerOf),
    runner_up: runnerUp ?? null,
    margin: margin ?? null,
  };
}

function candidateAnswerOf(candidate: Candidate): CandidateAnswer {
  const { backendId, hostname, distanceKm } = candidate;
  const named = {
    client_id: backendId,
    hostname,
    distance_km: distanceKm ?? null,
  };
  switch (candidate.kind) {
    case "fits":
      return {
        ...named,
        score: candidate.score,
        terms: { ...candidate.terms },
      };
    case "removed":
      return {
        ...named,
        reason: candidate.reason,
        shortages: candidate.shortages.map(shortageAnswerOf),
        ...(candidate.country !== undefined && { country: candidate.country }),
      };
  }
}

function shortageAnswerOf({ reason, have, need, unit }: Shortage) {
  return { reason, have, need, unit };
}

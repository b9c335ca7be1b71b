/** Candidates of decisions for tests of commands. */
import type {
  CandidateAnswer,
  ExplanationAnswer,
} from "../../src/wire/explanation_answer.ts";

/** A backend that fits; the terms that are not given are zero. */
export function fitting(
  id: string,
  terms: Readonly<Record<string, number>>,
  km = 0,
): CandidateAnswer {
  const all = {
    cpu: 0,
    memory: 0,
    gpu: 0,
    latency: 0,
    knee: 0,
    guard: 0,
    distance: 0,
    ...terms,
  };
  return {
    client_id: id,
    hostname: `host-${id}`,
    distance_km: km,
    score: Object.values(all).reduce((sum, points) => sum + points, 0),
    terms: all,
  };
}

/** A backend that does not, by the first of its shortages or for a reason of its own. */
export function removed(
  id: string,
  ...shortages: readonly (readonly [string, number, number, string])[]
): CandidateAnswer {
  return {
    client_id: id,
    hostname: `host-${id}`,
    distance_km: 12.4,
    reason: shortages[0]?.[0] ?? "stale",
    shortages: shortages.map(([reason, have, need, unit]) => ({
      reason,
      have,
      need,
      unit,
    })),
  };
}

/** The explanation with these candidates; those that fit stand by score already. */
export function explanation(
  ...candidates: readonly CandidateAnswer[]
): ExplanationAnswer {
  const [best, second] = candidates.flatMap((candidate) =>
    "score" in candidate ? [candidate] : []
  );
  return {
    mode: "adaptive",
    candidates: [...candidates],
    runner_up: second?.client_id ?? null,
    margin: best === undefined || second === undefined
      ? null
      : second.score - best.score,
  };
}

/** What a span says of a decision: what came of it, and every term of the score of the one that was chosen. */
import type { LoggedDecision } from "../engine/decision_log.ts";

/** Attributes of a span, as OpenTelemetry takes them. */
export type SpanAttributes = Record<string, string | number | boolean>;

/** The attributes of a decision. */
export function decisionAttributes(decision: LoggedDecision): SpanAttributes {
  const { tier, source, outcome, stickyId } = decision;
  const attributes: SpanAttributes = {
    "opsen.tier": tier,
    "opsen.source": source,
    "opsen.result": outcome.kind,
    "opsen.has_session": stickyId !== undefined,
  };
  if (outcome.waitedMs !== undefined) {
    attributes["opsen.waited_ms"] = outcome.waitedMs;
  }
  switch (outcome.kind) {
    case "placed":
      attributes["opsen.backend"] = outcome.backendId;
      attributes["opsen.stickiness"] = outcome.stickiness;
      addScore(attributes, decision, outcome.backendId);
      break;
    case "refused":
      attributes["opsen.fleet_size"] = outcome.fleetSize;
      for (const [reason, count] of Object.entries(outcome.tally)) {
        if (count > 0) attributes[`opsen.refused.${reason}`] = count;
      }
      break;
    case "withdrawn":
      break;
  }
  return attributes;
}

/** Decisions are explained only so often in a second (decision_log.ts); of the others the terms are not known. */
function addScore(
  attributes: SpanAttributes,
  { explanation }: LoggedDecision,
  backendId: string,
): void {
  if (typeof explanation === "string") {
    attributes["opsen.unexplained"] = explanation;
    return;
  }
  const { mode, candidates, margin, runnerUp } = explanation;
  attributes["opsen.mode"] = mode;
  attributes["opsen.candidates"] = candidates.length;
  attributes["opsen.candidates.fitting"] =
    candidates.filter(({ kind }) => kind === "fits").length;
  if (runnerUp !== undefined) attributes["opsen.runner_up"] = runnerUp;
  if (margin !== undefined) attributes["opsen.margin"] = margin;
  for (const candidate of candidates) {
    if (candidate.kind !== "fits" || candidate.backendId !== backendId) {
      continue;
    }
    attributes["opsen.score"] = candidate.score;
    for (const [term, points] of Object.entries(candidate.terms)) {
      attributes[`opsen.term.${term}`] = points;
    }
    if (candidate.distanceKm !== undefined) {
      attributes["opsen.distance_km"] = candidate.distanceKm;
    }
  }
}

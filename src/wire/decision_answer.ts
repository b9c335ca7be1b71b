/** A decision of the log as people and commands read it, with all its candidates or as a summary. */
import * as z from "zod";
import {
  CANDIDATES_KEPT_MAX,
  type DecisionOutcome,
  EXPLAINED_PER_SECOND_MAX,
  type LoggedDecision,
  type Unexplained,
} from "../engine/decision_log.ts";
import {
  explanationAnswer,
  explanationAnswerOf,
} from "./explanation_answer.ts";
import { leaseIdOf } from "./lease_id.ts";
import { nearMissAnswer, nearMissOf } from "./near_miss.ts";

/** A decision without its candidates. */
export const decisionSummary = z.object({
  /** The `X-Request-ID` of the answer that it led to. */
  request_id: z.string(),
  /** When it was made, RFC 3339 in UTC. */
  at: z.string(),
  /** Who asked: a caller of `POST /route`, or the proxy for a request. */
  source: z.enum(["route", "proxy"]),
  /** The tier that was asked for. */
  tier: z.string(),
  /** Id of the caller's session; absent when it named none. */
  sticky_id: z.string().optional(),
  /** Where the caller is; absent when that is not known. */
  place: z.object({
    /** Degrees north. */
    latitude: z.number(),
    /** Degrees east. */
    longitude: z.number(),
  }).optional(),
  /** `refused`: nothing had room; `withdrawn`: the caller left, or the server stopped, while the ask waited. */
  outcome: z.enum(["placed", "refused", "withdrawn"]),
  /** Placed: the machine. */
  client_id: z.string().optional(),
  /** Placed: what was booked there; a lease may have ended since. */
  lease_id: z.string().optional(),
  /** Placed: `none` without a session, or its machine was `kept`, `assigned` for the first time, or it `moved`. */
  stickiness: z.enum(["none", "kept", "assigned", "moved"]).optional(),
  /** Placed and explained: the machine's score; absent when a session kept it where nothing more would fit. */
  score: z.number().optional(),
  /** Refused: how many machines each reason removed, by the names that `reason` has in a Candidate; sums to `fleet_size`. */
  tally: z.record(z.string(), z.number()).optional(),
  /** Refused: machines that were looked at. */
  fleet_size: z.number().optional(),
  /** Refused: the machine that lacks least; absent when none takes work at all. */
  nearest: nearMissAnswer.optional(),
  /** How long it waited for room, milliseconds; absent when it did not. */
  waited_ms: z.number().optional(),
  /** Whether the candidates are known. */
  explained: z.boolean(),
});

/** The JSON of a summary. */
export type DecisionSummary = z.output<typeof decisionSummary>;

/** A decision with its candidates, or with the reason why they are not there. */
export const decisionAnswer = z.object({
  ...decisionSummary.shape,
  /** How every machine stood before anything was booked; absent when that was not kept. */
  explanation: explanationAnswer.optional(),
  /** Why it was not, for people; absent when it was. */
  not_explained_because: z.string().optional(),
});

/** The JSON of a decision. */
export type DecisionAnswer = z.output<typeof decisionAnswer>;

/** The answer of `GET /_opsen/decisions`, newest first. */
export const decisionsAnswer = z.object({
  /** Newest first. */
  decisions: z.array(decisionSummary),
});

/** The JSON of that answer. */
export type DecisionsAnswer = z.output<typeof decisionsAnswer>;

/** The decision under its JSON names. */
export function decisionAnswerOf(decision: LoggedDecision): DecisionAnswer {
  const { explanation } = decision;
  return {
    ...decisionSummaryOf(decision),
    ...(typeof explanation === "object"
      ? { explanation: explanationAnswerOf(explanation) }
      : { not_explained_because: wordsOf(explanation) }),
  };
}

/** The decision without its candidates. */
export function decisionSummaryOf(decision: LoggedDecision): DecisionSummary {
  const { requestId, atMs, source, tier, stickyId, place } = decision;
  return {
    request_id: requestId,
    at: new Date(atMs).toISOString(),
    source,
    tier,
    ...(stickyId !== undefined && { sticky_id: stickyId }),
    ...(place !== undefined && {
      place: { latitude: place.latitude, longitude: place.longitude },
    }),
    ...outcomeOf(decision.outcome),
    ...scoreOf(decision),
    explained: typeof decision.explanation === "object",
  };
}

function outcomeOf(outcome: DecisionOutcome) {
  const waited = outcome.waitedMs !== undefined &&
    { waited_ms: Math.round(outcome.waitedMs) };
  switch (outcome.kind) {
    case "placed":
      return {
        outcome: outcome.kind,
        client_id: outcome.backendId,
        lease_id: leaseIdOf(outcome.leaseId),
        stickiness: outcome.stickiness,
        ...waited,
      };
    case "refused":
      return {
        outcome: outcome.kind,
        tally: { ...outcome.tally },
        fleet_size: outcome.fleetSize,
        ...(outcome.nearest && { nearest: nearMissOf(outcome.nearest) }),
        ...waited,
      };
    case "withdrawn":
      return { outcome: outcome.kind, ...waited };
  }
}

function scoreOf({ outcome, explanation }: LoggedDecision) {
  if (outcome.kind !== "placed" || typeof explanation !== "object") return {};
  const chosen = explanation.candidates.find(({ backendId }) =>
    backendId === outcome.backendId
  );
  return chosen?.kind === "fits" ? { score: chosen.score } : {};
}

function wordsOf(unexplained: Unexplained): string {
  switch (unexplained) {
    case "over_budget":
      return `More asks came in that second than are explained, which are ${EXPLAINED_PER_SECOND_MAX} at most and fewer in a large fleet; ask again with ?explain=1`;
    case "gave_way":
      return `Explanations are kept for ${CANDIDATES_KEPT_MAX} candidates in all, and newer ones took their room`;
  }
}

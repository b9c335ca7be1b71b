/** Decisions in words: how one came out, how close a refusal was, how long somebody waited. */
import type { DecisionSummary } from "../wire/decision_answer.ts";
import type { NearMissAnswer } from "../wire/near_miss.ts";

/** How a placement stands to the session; nothing when no session was named. */
const STICKINESS_WORDS = {
  none: "",
  kept: " (session kept)",
  assigned: " (new session)",
  moved: " (session moved)",
} as const;

/** How the decision came out, in one sentence without its period. */
export function outcomeOf(decision: DecisionSummary): string {
  const { waited_ms: waitedMs } = decision;
  const waited = waitedMs === undefined
    ? ""
    : `, waited ${secondsOf(waitedMs)}`;
  return `${resultOf(decision)}${waited}`;
}

function resultOf(decision: DecisionSummary): string {
  switch (decision.outcome) {
    case "placed": {
      const { client_id: backend, stickiness = "none" } = decision;
      const on = backend === undefined ? "" : ` on ${backend}`;
      return `placed${on}${STICKINESS_WORDS[stickiness]}`;
    }
    case "refused":
      return `refused${refusalReasonOf(decision)}`;
    case "withdrawn":
      return "withdrawn: the caller left or the server stopped";
  }
}

function refusalReasonOf(
  { nearest, tally, fleet_size: fleetSize }: DecisionSummary,
): string {
  if (nearest !== undefined) return `: nearest is ${nearestOf(nearest)}`;
  if (fleetSize === 0) return ": there are no backends";
  const reasons = tallyOf(tally ?? {});
  return reasons === "" ? "" : `: ${reasons}`;
}

/** Such as `rack-7, which lacks 3.1 GB of gpu_memory`, or `rack-7, which is 120 km too far away`. */
export function nearestOf(
  { client_id: backend, lacks, short_by: shortBy, unit }: NearMissAnswer,
): string {
  if (unit === "km") return `${backend}, which is ${shortBy} km too far away`;
  const counted = `${shortBy} ${shortBy === 1 ? unit.replace(/s$/, "") : unit}`;
  const isSaid = lacks === unit || lacks === "gpu_count";
  return `${backend}, which lacks ${counted}${isSaid ? "" : ` of ${lacks}`}`;
}

/** Such as `2 stale, 1 cores`; what removed no backend is left out. */
export function tallyOf(tally: Readonly<Record<string, number>>): string {
  return Object.entries(tally).filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`).join(", ");
}

/** Milliseconds as people say them: `1.2 s`. */
export function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** When asking again makes sense: a line. */
export function tryAgainIn(ms: number): string {
  return `Try again in ${Math.max(1, Math.ceil(ms / 1000))} s\n`;
}

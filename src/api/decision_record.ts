/** What becomes known of a decision of `POST /route` afterwards: an entry of the log. */
import type { Ask, Decision } from "../engine/decision.ts";
import type { DecisionOutcome } from "../engine/decision_log.ts";
import type { Explanation } from "../engine/explanation.ts";
import type { ApiDeps } from "./api_deps.ts";

/** An ask on its way to a decision. */
export interface Asked {
  readonly requestId: string;
  readonly ask: Ask;
  /** When it was asked, monotonic milliseconds. */
  readonly at: number;
  /** How things stood then; undefined when this ask is not one of those that are explained. */
  readonly explanation: Explanation | undefined;
  /** How long choosing and booking took; set once that is done. */
  tookMs: number;
}

/** The ask as the log will want it: explained before anything is booked, when the budget allows. */
export function asked(
  { balancer, decisions }: ApiDeps,
  requestId: string,
  ask: Ask,
  at: number,
): Asked {
  const explanation = decisions.wants(at)
    ? balancer.explain(ask, at)
    : undefined;
  return { requestId, ask, at, explanation, tookMs: 0 };
}

/** Has the decision counted. */
export function count(
  { meter }: ApiDeps,
  { ask: { tier }, tookMs }: Asked,
  decision: Decision,
  waitedMs?: number,
): void {
  meter?.decided(decision, tier, "route", tookMs, waitedMs);
}

/** Keeps the decision. */
export function record(
  { decisions, clock }: ApiDeps,
  { requestId, ask, explanation }: Asked,
  outcome: DecisionOutcome,
): void {
  const { tier, stickyId, place } = ask;
  decisions.add({
    requestId,
    atMs: clock.wallMs(),
    source: "route",
    tier,
    stickyId,
    place,
    outcome,
    explanation: explanation ?? "over_budget",
  });
}

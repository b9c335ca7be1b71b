/** `POST /route?explain=1`: what would be decided now, and why. Nothing is booked and nothing is logged. */
import type { Balancer } from "../engine/balancer.ts";
import type { Ask } from "../engine/decision.ts";
import type { Explanation } from "../engine/explanation.ts";
import { explainAnswerOf } from "../wire/explain_answer.ts";
import { answer, type ApiRequest, type Outcome } from "./endpoint.ts";
import { problem } from "./problems.ts";

/** Whether the request is a dry run. Asks have no query as a rule, so this looks for one before it takes it apart. */
export function isDryRun({ url }: ApiRequest): boolean {
  if (!url.includes("?")) return false;
  const value = new URL(url).searchParams.get("explain");
  return value === "1" || value === "true";
}

/** The dry run's answer. */
export function explained(balancer: Balancer, ask: Ask, now: number): Outcome {
  const explanation = balancer.explain(ask, now);
  return explanation === undefined
    ? problem("unknown_tier", `Unknown tier: ${ask.tier}`)
    : answer(
      explainAnswerOf(explanation, keptOn(balancer, ask, explanation, now)),
    );
}

/**
 * The backend that the session stays on, if it does: that of its live lease of the tier, also where no second one would
 * fit; else the one it is assigned to, as long as the tier fits there.
 */
function keptOn(
  balancer: Balancer,
  { stickyId, tier }: Ask,
  { candidates }: Explanation,
  now: number,
): string | undefined {
  if (stickyId === undefined) return undefined;
  const lease = balancer.leaseOfSession(stickyId, tier, now);
  if (lease !== undefined) return lease.slot.registration.id;
  const assigned = balancer.assignments().find((assignment) =>
    assignment.stickyId === stickyId && assignment.tier === tier
  )?.backendId;
  return candidates.find(({ kind, backendId }) =>
    kind === "fits" && backendId === assigned
  )?.backendId;
}

/** The answer of `POST /route?explain=1`: what would be decided, and why. Nothing is booked. */
import * as z from "zod";
import { emptyTally, type RefusalReason } from "../engine/decision.ts";
import type { Explanation } from "../engine/explanation.ts";
import {
  explanationAnswer,
  explanationAnswerOf,
} from "./explanation_answer.ts";

/** The dry run. */
export const explainAnswer = z.object({
  /** Whether a machine would be chosen. */
  decision: z.enum(["placed", "refused"]),
  /** The machine; null when none fits. Of near equals any one may win. */
  would_choose: z.string().nullable(),
  /** The tier that was asked for. */
  tier: z.string(),
  /** Only when the session stays where it is, whatever the scores say. */
  kept_by_session: z.literal(true).optional(),
  /** How many machines each `reason` of the candidates removes; only when the answer is a refusal. */
  tally: z.record(z.string(), z.number()).optional(),
  ...explanationAnswer.shape,
});

/** The JSON of a dry run. */
export type ExplainAnswer = z.output<typeof explainAnswer>;

/** The dry run under its JSON names; `keptOn` is the backend that the session does not leave. */
export function explainAnswerOf(
  explanation: Explanation,
  keptOn: string | undefined,
): ExplainAnswer {
  const chosen = keptOn ?? bestOf(explanation);
  return {
    decision: chosen === undefined ? "refused" : "placed",
    would_choose: chosen ?? null,
    tier: explanation.tier,
    ...(keptOn !== undefined && { kept_by_session: true as const }),
    ...(chosen === undefined && { tally: tallyOf(explanation) }),
    ...explanationAnswerOf(explanation),
  };
}

function bestOf({ candidates }: Explanation): string | undefined {
  const [first] = candidates;
  return first?.kind === "fits" ? first.backendId : undefined;
}

function tallyOf({ candidates }: Explanation): Record<RefusalReason, number> {
  const tally = emptyTally();
  for (const candidate of candidates) {
    if (candidate.kind === "removed") tally[candidate.reason]++;
  }
  return tally;
}

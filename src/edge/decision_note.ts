/**
 * One decision on its way to the log: explained before the room is booked, kept when it is known what came of it. Made
 * only for the few that the log wants. Owner: a routing.
 */
import type { Ask, Decision } from "../engine/decision.ts";
import type { DecisionOutcome } from "../engine/decision_log.ts";
import { placedOutcome, refusedOutcome } from "../engine/decision_outcome.ts";
import type { Explanation } from "../engine/explanation.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { RequestId } from "./request_ids.ts";

/** A decision that the log wants. */
export class DecisionNote {
  readonly #ask: Ask;
  readonly #id: RequestId;
  readonly #explanation: Explanation;
  readonly #parts: EdgeParts;

  /** Not decided yet. */
  constructor(
    ask: Ask,
    id: RequestId,
    explanation: Explanation,
    parts: EdgeParts,
  ) {
    this.#ask = ask;
    this.#id = id;
    this.#explanation = explanation;
    this.#parts = parts;
  }

  /** It was decided, perhaps after it had waited for so many milliseconds. */
  decided(decision: Decision, waitedMs: number | undefined): void {
    switch (decision.kind) {
      case "placed":
        return this.#add(placedOutcome(decision, waitedMs));
      case "refused":
        return this.#add(refusedOutcome(decision, waitedMs));
      case "unknown_tier":
      case "key_reused":
        return;
    }
  }

  /** The request was over before there was room. */
  withdrawn(waitedMs: number): void {
    this.#add({ kind: "withdrawn", waitedMs });
  }

  #add(outcome: DecisionOutcome): void {
    const { tier, stickyId, place } = this.#ask;
    const { clock, decisions, requestIds } = this.#parts;
    decisions?.add({
      requestId: requestIds.text(this.#id),
      atMs: clock.wallMs(),
      source: "proxy",
      tier,
      stickyId,
      place,
      outcome,
      explanation: this.#explanation,
    });
  }
}

/** A note for the decision that is about to be made; undefined when the log does not want it, or there is no such tier. */
export function noteOf(
  ask: Ask,
  id: RequestId,
  parts: EdgeParts,
  now: number,
): DecisionNote | undefined {
  const { decisions, placer } = parts;
  if (decisions === undefined || !decisions.wants(now)) return undefined;
  const explanation = placer.explain(ask, now);
  return explanation && new DecisionNote(ask, id, explanation, parts);
}

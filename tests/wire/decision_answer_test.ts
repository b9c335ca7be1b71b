import assert from "node:assert/strict";
import type { LoggedDecision } from "../../src/engine/decision_log.ts";
import type { Explanation } from "../../src/engine/explanation.ts";
import {
  decisionAnswer,
  decisionAnswerOf,
  decisionSummary,
  decisionSummaryOf,
} from "../../src/wire/decision_answer.ts";
import { balancerOver } from "../engine/machines.ts";

const WITHDRAWN: LoggedDecision = {
  requestId: "k3v9x0qa-1f",
  atMs: Date.UTC(2026, 0, 1),
  source: "proxy",
  tier: "small",
  stickyId: undefined,
  place: undefined,
  outcome: { kind: "withdrawn", waitedMs: 12.6 },
  explanation: "gave_way",
};

Deno.test("a decision without reasons says what took them", () => {
  const answer = decisionAnswerOf(WITHDRAWN);
  const { not_explained_because: because = "", ...rest } = answer;
  assert.deepEqual(rest, {
    request_id: "k3v9x0qa-1f",
    at: "2026-01-01T00:00:00.000Z",
    source: "proxy",
    tier: "small",
    outcome: "withdrawn",
    waited_ms: 13,
    explained: false,
  });
  assert.match(because, /50000 candidates/);
  assert.deepEqual(decisionAnswer.parse(answer), answer);
});

Deno.test("a summary has the score of the backend that was chosen, and no candidates", () => {
  const summary = decisionSummaryOf(placedOn("idle"));
  assert.equal(summary.score, 10);
  assert.equal(summary.explained, true);
  assert.ok(!("explanation" in summary));
  assert.deepEqual(decisionSummary.parse(summary), summary);
});

Deno.test("a backend that would not have fitted has no score", () => {
  assert.ok(!("score" in decisionSummaryOf(placedOn("full"))));
});

Deno.test("a decision outlives its JSON", () => {
  const answer = decisionAnswerOf(placedOn("idle"));
  assert.equal(answer.explanation?.candidates.length, 3);
  const read = decisionAnswer.parse(JSON.parse(JSON.stringify(answer)));
  assert.deepEqual(read, answer);
});

function placedOn(backendId: string): LoggedDecision {
  const balancer = balancerOver({
    busy: { cpuPct: 30 },
    idle: { cpuPct: 10 },
    full: { memoryFreeGb: 0 },
  }, {
    routing: { mode: "classic" },
    ejection: undefined,
    queue: undefined,
    chance: () => 0.5,
  });
  const explanation = balancer.explain({ tier: "small" }, 0) as Explanation;
  return {
    ...WITHDRAWN,
    outcome: {
      kind: "placed",
      backendId,
      leaseId: 36,
      stickiness: "none",
      waitedMs: undefined,
    },
    explanation,
  };
}

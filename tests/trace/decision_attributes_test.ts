import assert from "node:assert/strict";
import type { LoggedDecision } from "../../src/engine/decision_log.ts";
import { emptyTally } from "../../src/engine/decision.ts";
import { decisionAttributes } from "../../src/trace/decision_attributes.ts";

const PLACED: LoggedDecision = {
  requestId: "r",
  atMs: 0,
  source: "proxy",
  tier: "small",
  stickyId: undefined,
  place: undefined,
  outcome: {
    kind: "placed",
    backendId: "a",
    leaseId: 1,
    stickiness: "none",
    waitedMs: undefined,
  },
  explanation: {
    tier: "small",
    mode: "adaptive",
    isRequest: true,
    runnerUp: undefined,
    margin: undefined,
    candidates: [
      {
        kind: "fits",
        backendId: "a",
        hostname: "h",
        distanceKm: 12,
        score: 7,
        terms: {
          ...{ cpu: 1, memory: 2, gpu: 0, latency: 3, knee: 0, guard: 0 },
          distance: 1,
        },
      },
      {
        kind: "removed",
        backendId: "b",
        hostname: "h",
        distanceKm: undefined,
        reason: "stale",
        shortages: [],
      },
    ],
  },
};

Deno.test("a placement says its score and every term of it", () => {
  assert.deepEqual(decisionAttributes(PLACED), {
    "opsen.tier": "small",
    "opsen.source": "proxy",
    "opsen.result": "placed",
    "opsen.has_session": false,
    "opsen.backend": "a",
    "opsen.stickiness": "none",
    "opsen.mode": "adaptive",
    "opsen.candidates": 2,
    "opsen.candidates.fitting": 1,
    "opsen.score": 7,
    "opsen.term.cpu": 1,
    "opsen.term.memory": 2,
    "opsen.term.gpu": 0,
    "opsen.term.latency": 3,
    "opsen.term.knee": 0,
    "opsen.term.guard": 0,
    "opsen.term.distance": 1,
    "opsen.distance_km": 12,
  });
});

Deno.test("a decision that was not explained says why its terms are not known", () => {
  const attributes = decisionAttributes({
    ...PLACED,
    explanation: "over_budget",
  });
  assert.equal(attributes["opsen.unexplained"], "over_budget");
  assert.ok(!("opsen.score" in attributes));
});

Deno.test("a refusal says what removed how many, and no session's id is told", () => {
  const attributes = decisionAttributes({
    ...PLACED,
    stickyId: "alice",
    outcome: {
      kind: "refused",
      tally: { ...emptyTally(), memory: 3 },
      fleetSize: 3,
      nearest: undefined,
      waitedMs: 250,
    },
  });
  assert.deepEqual(attributes, {
    "opsen.tier": "small",
    "opsen.source": "proxy",
    "opsen.result": "refused",
    "opsen.has_session": true,
    "opsen.waited_ms": 250,
    "opsen.fleet_size": 3,
    "opsen.refused.memory": 3,
  });
});

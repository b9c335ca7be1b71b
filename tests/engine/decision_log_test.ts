import assert from "node:assert/strict";
import {
  CANDIDATES_KEPT_MAX,
  CANDIDATES_PER_SECOND_MAX,
  DecisionLog,
  EXPLAINED_PER_SECOND_MAX,
  type LoggedDecision,
} from "../../src/engine/decision_log.ts";
import type { Candidate, Explanation } from "../../src/engine/explanation.ts";

Deno.test("the newest decisions are kept, and the oldest give way", () => {
  const log = new DecisionLog({ entries: 3, samplePct: 0 });
  for (const id of ["a", "b", "c", "d", "e"]) log.add(decision(id));
  assert.deepEqual(idsOf(log.recent(10)), ["e", "d", "c"]);
  assert.deepEqual(idsOf(log.recent(2)), ["e", "d"]);
  assert.equal(log.find("b"), undefined);
  assert.equal(log.find("c")?.requestId, "c");
});

Deno.test("a log whose size changes keeps the newest, in their order", () => {
  const log = new DecisionLog({ entries: 3, samplePct: 0 });
  for (const id of ["a", "b", "c", "d", "e"]) log.add(decision(id));
  log.configure({ entries: 2, samplePct: 0 });
  assert.deepEqual(idsOf(log.recent(10)), ["e", "d"]);
  log.configure({ entries: 4, samplePct: 0 });
  for (const id of ["f", "g", "h"]) log.add(decision(id));
  assert.deepEqual(idsOf(log.recent(10)), ["h", "g", "f", "e"]);
  log.configure({ entries: 0, samplePct: 0 });
  log.add(decision("i"));
  assert.deepEqual(log.recent(10), []);
});

Deno.test("of two decisions about one request the newest is found", () => {
  const log = new DecisionLog({ entries: 3, samplePct: 0 });
  log.add(decision("a", { tier: "small" }));
  log.add(decision("a", { tier: "large" }));
  assert.equal(log.find("a")?.tier, "large");
});

Deno.test("decisions are found by tier and by outcome, newest first", () => {
  const log = new DecisionLog({ entries: 10, samplePct: 0 });
  const outcome = { kind: "withdrawn", waitedMs: 5 } as const;
  log.add(decision("a", { tier: "small" }));
  log.add(decision("b", { tier: "large", outcome }));
  log.add(decision("c", { tier: "small", outcome }));
  log.add(decision("d", { tier: "small" }));
  assert.deepEqual(idsOf(log.recent(9, { tier: "small" })), ["d", "c", "a"]);
  assert.deepEqual(idsOf(log.recent(9, { outcome: "withdrawn" })), ["c", "b"]);
  assert.deepEqual(
    idsOf(log.recent(1, { tier: "small", outcome: "placed" })),
    ["d"],
  );
});

Deno.test("so many decisions of a second are explained, and as many of the next", () => {
  const log = new DecisionLog({ entries: 10, samplePct: 0 });
  const explainedFrom = (now: number) => {
    let explained = 0;
    for (let ask = 0; ask < 1000; ask++) {
      if (log.wants(now + ask * 0.5)) explained++;
    }
    return explained;
  };
  assert.equal(explainedFrom(5000), EXPLAINED_PER_SECOND_MAX);
  assert.equal(log.wants(5999), false);
  assert.equal(explainedFrom(6000), EXPLAINED_PER_SECOND_MAX);
});

Deno.test("fewer decisions are explained where each looks at many candidates", () => {
  const log = new DecisionLog({ entries: 10, samplePct: 0 });
  let explained = 0;
  while (log.wants(0)) {
    explained++;
    log.add(explainedDecision("a", CANDIDATES_PER_SECOND_MAX / 4));
  }
  assert.equal(explained, 4);
  assert.equal(log.wants(1000), true);
});

Deno.test("nothing is explained that nobody would read", () => {
  assert.equal(new DecisionLog({ entries: 0, samplePct: 0 }).wants(0), false);
  assert.equal(new DecisionLog({ entries: 0, samplePct: 1 }).wants(0), true);
});

Deno.test("a log without entries keeps nothing", () => {
  const log = new DecisionLog({ entries: 0, samplePct: 100 });
  log.add(explainedDecision("a", 3));
  assert.equal(log.find("a"), undefined);
  assert.deepEqual(log.recent(10), []);
});

Deno.test("the oldest explanations give way to newer ones, and their summaries stay", () => {
  const log = new DecisionLog({ entries: 100, samplePct: 0 });
  const size = CANDIDATES_KEPT_MAX / 2;
  for (const id of ["a", "b"]) log.add(explainedDecision(id, size));
  log.add(decision("between"));
  assert.equal(stateOf(log, "a"), "explained");
  log.add(explainedDecision("c", 1));
  assert.equal(stateOf(log, "a"), "gave_way");
  assert.equal(stateOf(log, "between"), "over_budget");
  assert.equal(stateOf(log, "b"), "explained");
  assert.equal(stateOf(log, "c"), "explained");
  assert.deepEqual(idsOf(log.recent(9)), ["c", "between", "b", "a"]);
});

Deno.test("candidates of decisions that gave way make room for new ones", () => {
  const log = new DecisionLog({ entries: 2, samplePct: 0 });
  const size = CANDIDATES_KEPT_MAX / 2;
  for (let round = 0; round < 7; round++) {
    log.add(explainedDecision(`${round}`, size));
  }
  assert.deepEqual(
    log.recent(9).map(({ explanation }) => typeof explanation),
    ["object", "object"],
  );
});

Deno.test("never are more candidates kept than the bound, whatever the sizes", () => {
  const log = new DecisionLog({ entries: 50, samplePct: 0 });
  for (let round = 0; round < 400; round++) {
    const size = round * 7919 % (CANDIDATES_KEPT_MAX / 5);
    log.add(explainedDecision(`${round}`, round % 3 === 0 ? 0 : size));
    let kept = 0;
    for (const { explanation } of log.recent(50)) {
      if (typeof explanation === "object") {
        kept += explanation.candidates.length;
      }
    }
    assert.ok(kept <= CANDIDATES_KEPT_MAX, `${kept} after ${round}`);
  }
});

Deno.test("an explanation beyond the bound leaves its summary", () => {
  const log = new DecisionLog({ entries: 5, samplePct: 0 });
  log.add(explainedDecision("a", CANDIDATES_KEPT_MAX + 1));
  assert.equal(stateOf(log, "a"), "gave_way");
  log.add(explainedDecision("b", 1));
  assert.equal(stateOf(log, "b"), "explained");
});

Deno.test("explained decisions are sampled by chance, the others never", () => {
  const samplesAt = (samplePct: number, chance: number) => {
    const taken: string[] = [];
    const take = ({ requestId }: LoggedDecision) => void taken.push(requestId);
    const log = new DecisionLog({ entries: 0, samplePct }, {
      chance: () => chance,
      take,
    });
    log.add(explainedDecision("a", 1));
    log.add(decision("b"));
    return taken;
  };
  assert.deepEqual(samplesAt(25, 0.2499), ["a"]);
  assert.deepEqual(samplesAt(25, 0.25), []);
  assert.deepEqual(samplesAt(0, 0), []);
});

/** What is left of a decision's explanation, in a word: a failing test must not print its candidates. */
function stateOf(log: DecisionLog, requestId: string): string | undefined {
  const explanation = log.find(requestId)?.explanation;
  return typeof explanation === "object" ? "explained" : explanation;
}

function decision(
  requestId: string,
  changes: Partial<LoggedDecision> = {},
): LoggedDecision {
  return {
    requestId,
    atMs: 0,
    source: "route",
    tier: "small",
    stickyId: undefined,
    place: undefined,
    outcome: {
      kind: "placed",
      backendId: "b",
      leaseId: 1,
      stickiness: "none",
      waitedMs: undefined,
    },
    explanation: "over_budget",
    ...changes,
  };
}

function explainedDecision(requestId: string, size: number): LoggedDecision {
  const candidate: Candidate = {
    kind: "removed",
    backendId: "b",
    hostname: "host-b",
    distanceKm: 0,
    reason: "cores",
    shortages: [],
  };
  const explanation: Explanation = {
    tier: "small",
    mode: "classic",
    isRequest: false,
    candidates: new Array<Candidate>(size).fill(candidate),
    runnerUp: undefined,
    margin: undefined,
  };
  return decision(requestId, { explanation });
}

function idsOf(decisions: readonly LoggedDecision[]): string[] {
  return decisions.map(({ requestId }) => requestId);
}

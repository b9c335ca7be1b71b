import assert from "node:assert/strict";
import { EXPLAINED_PER_SECOND_MAX } from "../../src/engine/decision_log.ts";
import {
  decisionAnswer,
  decisionsAnswer,
} from "../../src/wire/decision_answer.ts";
import type { ApiHome } from "./api_home.ts";
import { homeOver } from "./small_fleet.ts";

const SESSIONS = { settings: { stickyHeader: "X-Session-ID" } };

Deno.test("a placement is found by its request id, with the candidates as they stood before the booking", async () => {
  const home = homeOver({ a: { cores: 1 }, b: { cpuPct: 50 } }, SESSIONS);
  const ask = { tier: "small", client_lat: 52.5, client_lon: 13.4 };
  const id = await asked(home, ask, { "x-session-id": "s1" });
  const decision = await found(home, id);
  assert.deepEqual(decision.place, { latitude: 52.5, longitude: 13.4 });
  assert.equal(decision.at, new Date(home.clock.wallMs()).toISOString());
  assert.deepEqual(
    [decision.source, decision.tier, decision.sticky_id, decision.outcome],
    ["route", "small", "s1", "placed"],
  );
  assert.deepEqual(
    [decision.client_id, decision.lease_id, decision.stickiness],
    ["a", "1", "assigned"],
  );
  const [first] = decision.explanation?.candidates ?? [];
  assert.ok(first !== undefined && "score" in first);
  assert.equal(first.client_id, "a");
  assert.equal(decision.score, first.score);
});

Deno.test("a refusal is found with its tally and its nearest miss", async () => {
  const home = homeOver({ a: { memoryFreeGb: 0.25 } });
  const id = await asked(home, { tier: "small" });
  const decision = await found(home, id);
  assert.equal(decision.outcome, "refused");
  assert.equal(decision.tally?.memory, 1);
  assert.equal(decision.fleet_size, 1);
  assert.equal(decision.nearest?.short_by, 0.75);
  assert.equal(decision.explanation?.candidates.length, 1);
});

Deno.test("beyond the budget of a second a decision is a summary that says why", async () => {
  const home = homeOver({ a: {} });
  for (let ask = 0; ask < EXPLAINED_PER_SECOND_MAX; ask++) {
    await asked(home, { tier: "free" });
  }
  const late = await found(home, await asked(home, { tier: "free" }));
  assert.deepEqual([late.explained, late.explanation], [false, undefined]);
  assert.match(late.not_explained_because ?? "", /20 at most/);
  assert.equal(late.outcome, "refused");
  home.clock.advance(1000);
  const next = await found(home, await asked(home, { tier: "free" }));
  assert.equal(next.explained, true);
});

Deno.test("decisions are listed newest first, by tier and by outcome", async () => {
  const home = homeOver({ a: {} });
  const ids: string[] = [];
  for (const tier of ["small", "gpu-inference", "free", "small"]) {
    ids.push(await asked(home, { tier }));
  }
  await home.post("/route", { tier: "huge" });
  const listed = async (query: string) => {
    const [status, body] = await home.get(`/_opsen/decisions${query}`);
    assert.equal(status, 200);
    const answer = decisionsAnswer.parse(body);
    assert.deepEqual(answer, body);
    return answer.decisions.map(({ request_id }) => ids.indexOf(request_id));
  };
  assert.deepEqual(await listed(""), [3, 2, 1, 0]);
  assert.deepEqual(await listed("?limit=2"), [3, 2]);
  assert.deepEqual(await listed("?tier=small"), [3, 0]);
  assert.deepEqual(await listed("?outcome=refused"), [1]);
  assert.deepEqual(await listed("?outcome=withdrawn"), []);
  for (const query of ["?limit=0", "?outcome=lost"]) {
    const [status, body] = await home.get(`/_opsen/decisions${query}`);
    assert.deepEqual([status, body.code], [400, "invalid_field"]);
  }
});

Deno.test("a sampled decision is found in the database when memory has it no more", async () => {
  const home = homeOver({ a: {} }, {
    decisions: { entries: 1, samplePct: 100 },
  });
  const id = await asked(home, { tier: "small" });
  const inMemory = await found(home, id);
  await asked(home, { tier: "small" });
  assert.equal(home.decisions.find(id), undefined);
  assert.deepEqual(await found(home, id), inMemory);
  const [stored] = home.store.tables.decisions;
  assert.equal(stored?.atMs, home.clock.wallMs());
});

Deno.test("as many decisions are stored as are to be, and none that is not explained", async () => {
  const storedAt = async (samplePct: number) => {
    const home = homeOver({ a: {} }, { decisions: { samplePct } });
    for (let ask = 0; ask < 30; ask++) await asked(home, { tier: "free" });
    return home.store.tables.decisions.length;
  };
  assert.equal(await storedAt(50), 0);
  assert.equal(await storedAt(51), EXPLAINED_PER_SECOND_MAX);
});

Deno.test("what was never decided is not found, nor what can't be read", async () => {
  const home = homeOver({ a: {} });
  home.store.saveDecision({ requestId: "odd", atMs: 0, json: '{"v":9}' });
  home.store.saveDecision({ requestId: "torn", atMs: 0, json: "{" });
  for (const id of ["never", "odd", "torn", "%zz", "a%2Fb"]) {
    const [status, body] = await home.get(`/_opsen/decisions/${id}`);
    assert.deepEqual([status, body.code], [404, "unknown_decision"]);
  }
  assert.equal(home.logger.messages("warn").length, 2);
});

Deno.test("asks of one key and one session are told apart from first placements", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  const session = { "x-session-id": "s1" };
  await asked(home, { tier: "small" }, session);
  const again = await found(
    home,
    await asked(home, { tier: "small" }, session),
  );
  assert.equal(again.stickiness, "kept");
  assert.equal(again.lease_id, "1");
});

async function asked(
  home: ApiHome,
  ask: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const response = await home.send("POST", "/route", JSON.stringify(ask), {
    "content-type": "application/json",
    ...headers,
  });
  await response.body?.cancel();
  return response.headers.get("x-request-id") ?? "";
}

async function found(home: ApiHome, id: string) {
  const [status, body] = await home.get(`/_opsen/decisions/${id}`);
  assert.equal(status, 200);
  const answer = decisionAnswer.parse(body);
  assert.deepEqual(answer, body);
  return answer;
}

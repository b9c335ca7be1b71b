import assert from "node:assert/strict";
import { explainAnswer } from "../../src/wire/explain_answer.ts";
import type { ApiHome } from "./api_home.ts";
import { homeOver } from "./small_fleet.ts";

const SESSIONS = { settings: { stickyHeader: "X-Session-ID" } };

Deno.test("a dry run says what would be chosen and why, and books nothing", async () => {
  const home = homeOver({
    busy: { cpuPct: 30 },
    idle: { cpuPct: 10 },
    full: { memoryFreeGb: 0.25 },
  });
  const before = home.state();
  const answer = await explained(home, "small");
  assert.equal(home.state(), before);
  assert.deepEqual(home.decisions.recent(9), []);
  assert.deepEqual(
    [answer.decision, answer.would_choose, answer.runner_up, answer.mode],
    ["placed", "idle", "busy", "classic"],
  );
  assert.equal(answer.margin, 20);
  assert.deepEqual(
    answer.candidates.map(({ client_id }) => client_id),
    ["idle", "busy", "full"],
  );
  const [idle, , full] = answer.candidates;
  assert.ok(idle !== undefined && "score" in idle);
  assert.equal(
    Object.values(idle.terms).reduce((sum, points) => sum + points, 0),
    idle.score,
  );
  assert.deepEqual(full, {
    client_id: "full",
    hostname: "host-of-full",
    distance_km: null,
    reason: "memory",
    shortages: [{ reason: "memory", have: 0.25, need: 1, unit: "GB" }],
  });
  const [, placed] = await home.post("/route", { tier: "small" });
  assert.equal(placed.client_id, answer.would_choose);
});

Deno.test("a dry run that would be refused counts the reasons like the refusal", async () => {
  const home = homeOver({ a: { cpuPct: 99 }, b: { memoryFreeGb: 0.25 } });
  const answer = await explained(home, "small");
  assert.deepEqual(
    [answer.decision, answer.would_choose, answer.runner_up, answer.margin],
    ["refused", null, null, null],
  );
  const [, refusal] = await home.post("/route", { tier: "small" });
  assert.deepEqual(answer.tally, refusal.tally);
});

Deno.test("a session that keeps its lease is said to, also where no second one would fit", async () => {
  const home = homeOver({ a: { cores: 1 }, b: { cores: 1 } }, SESSIONS);
  const session = { "x-session-id": "s1" };
  const [, placed] = await home.post("/route", { tier: "small" }, session);
  const answer = await explained(home, "small", session);
  assert.equal(answer.kept_by_session, true);
  assert.equal(answer.would_choose, placed.client_id);
  assert.equal(answer.decision, "placed");
  const kept = answer.candidates.find(({ client_id }) =>
    client_id === placed.client_id
  );
  assert.ok(kept !== undefined && "reason" in kept);
  const other = await explained(home, "small", { "x-session-id": "s2" });
  assert.notEqual(other.would_choose, placed.client_id);
  assert.ok(!("kept_by_session" in other));
});

Deno.test("a session whose lease has ended goes back to where it was, if the tier fits there", async () => {
  const home = homeOver({ a: {}, b: {} }, SESSIONS);
  home.balancer.restore({ stickyId: "s1", tier: "small", backendId: "b" });
  home.balancer.restore({
    stickyId: "s2",
    tier: "gpu-inference",
    backendId: "b",
  });
  const session = { "x-session-id": "s1" };
  const answer = await explained(home, "small", session);
  assert.deepEqual([answer.would_choose, answer.kept_by_session], ["b", true]);
  const unfit = await explained(home, "gpu-inference", {
    "x-session-id": "s2",
  });
  assert.deepEqual([unfit.decision, unfit.would_choose], ["refused", null]);
});

Deno.test("a dry run for a tier that nobody configured is refused by name", async () => {
  const home = homeOver({});
  const [status, body] = await home.post("/route?explain=1", { tier: "huge" });
  assert.deepEqual([status, body.code], [400, "unknown_tier"]);
});

Deno.test("any other query books as ever", async () => {
  const home = homeOver({ a: {} });
  for (const query of ["?", "?explain=0", "?explain", "?x=explain=1"]) {
    const [status, body] = await home.post(`/route${query}`, { tier: "free" });
    assert.equal(status, 200);
    assert.ok("lease_id" in body, query);
  }
});

async function explained(
  home: ApiHome,
  tier: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const [status, body] = await home.post("/route?explain=1", { tier }, headers);
  assert.equal(status, 200);
  const answer = explainAnswer.parse(body);
  assert.deepEqual(answer, body);
  return answer;
}

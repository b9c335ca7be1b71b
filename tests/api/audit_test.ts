import assert from "node:assert/strict";
import { auditAnswer } from "../../src/wire/audit_answer.ts";
import type { AuditEntry } from "../../src/trust_ports.ts";
import { ApiHome } from "./api_home.ts";

const AT_MS = Date.UTC(2026, 0, 31, 12);

Deno.test("the trail is told newest first, by time, by actor, by action", async () => {
  const home = new ApiHome();
  const save = (changes: Partial<AuditEntry>) =>
    home.store.saveAudit({
      atMs: AT_MS,
      actor: "root",
      action: "backend.drain",
      target: "a",
      from: "203.0.113.9",
      requestId: "r1",
      result: "ok",
      ...changes,
    });
  await save({});
  await save({ atMs: AT_MS + 1, actor: "ops", result: "unknown_client" });
  await save({
    ...{ atMs: AT_MS + 86_400_000, actor: "signal", action: "config.reload" },
    ...{ target: "", from: "", requestId: "" },
  });
  const listed = async (query: string) => {
    const [status, body] = await home.get(`/_opsen/audit${query}`);
    assert.equal(status, 200);
    const { entries } = auditAnswer.parse(body);
    assert.deepEqual({ entries }, body);
    return entries;
  };
  const [reload, refused, drained] = await listed("");
  assert.deepEqual(reload, {
    at: "2026-02-01T12:00:00.000Z",
    actor: "signal",
    action: "config.reload",
    result: "ok",
  });
  assert.equal(refused?.result, "unknown_client");
  assert.deepEqual(drained, {
    at: "2026-01-31T12:00:00.000Z",
    actor: "root",
    action: "backend.drain",
    target: "a",
    from: "203.0.113.9",
    request_id: "r1",
    result: "ok",
  });
  const actors = async (query: string) =>
    (await listed(query)).map(({ actor }) => actor);
  assert.deepEqual(await actors("?limit=1"), ["signal"]);
  assert.deepEqual(await actors("?actor=root"), ["root"]);
  assert.deepEqual(await actors("?action=backend.drain"), ["ops", "root"]);
  assert.deepEqual(await actors("?since=2026-02-01"), ["signal"]);
  assert.deepEqual(await actors("?since=2026-01-31T12:00:00.001Z"), [
    "signal",
    "ops",
  ]);
  for (const query of ["?limit=0", "?limit=10001", "?since=yesterday"]) {
    const [status, body] = await home.get(`/_opsen/audit${query}`);
    assert.deepEqual([status, body.code], [400, "invalid_field"], query);
  }
});

Deno.test("a trail that can't be read is no empty one", async () => {
  const home = new ApiHome();
  home.store.degrade("disk full");
  const [status, body] = await home.get("/_opsen/audit");
  assert.deepEqual([status, body.code], [503, "store_unavailable"]);
});

Deno.test("the trail is for those who may do everything, and looking at it leaves none", async () => {
  const home = new ApiHome({ keys: ["secret"] });
  const path = "/_opsen/audit";
  const refused = await home.send("GET", path);
  assert.equal(refused.status, 401);
  await refused.body?.cancel();
  const shown = await home.send("GET", path, undefined, {
    "x-api-key": "secret",
  });
  assert.deepEqual(await shown.json(), { entries: [] });
});

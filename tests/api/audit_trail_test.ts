import assert from "node:assert/strict";
import type { AuditEntry } from "../../src/trust_ports.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { NOBODY } from "../trust/key_examples.ts";
import { ApiHome } from "./api_home.ts";

const OWNER = { "x-api-key": "sesame" };

/** The trail, oldest first, as the parts that a test names. */
function trailOf<Part extends keyof AuditEntry>(
  home: ApiHome,
  ...parts: readonly Part[]
) {
  const query = { sinceMs: 0, actor: undefined, action: undefined };
  return home.store.audit({ ...query, limit: 10_000 }).toReversed()
    .map((entry) => parts.map((part) => entry[part]));
}

Deno.test("what changes something is written down with who, what, to what, from where and what came of it", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  const [, drained] = await home.post(
    "/_opsen/backends/rack-7/drain",
    {},
    OWNER,
  );
  await home.post("/_opsen/keys", { name: "ci" }, OWNER);
  await home.send("DELETE", "/_opsen/keys/ci", undefined, OWNER);
  await home.post("/clients/purge", {}, OWNER);
  assert.deepEqual(trailOf(home, "actor", "action", "target", "result"), [
    ["key-1", "backend.drain", "rack-7", "unknown_client"],
    ["key-1", "key.create", "ci", "ok"],
    ["key-1", "key.revoke", "ci", "ok"],
    ["key-1", "backends.purge", "", "ok"],
  ]);
  const [first] = trailOf(home, "atMs", "from", "requestId");
  assert.deepEqual(first, [
    home.clock.wallMs(),
    "192.0.2.9",
    drained.request_id,
  ]);
});

Deno.test("what would steer a terminal is written as a path has it", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  for (const text of ["a\u009b31m", "\u202eb", "c\n", "d e", "\ud83d\ude00"]) {
    const path = `/_opsen/backends/${encodeURIComponent(text)}/drain`;
    await home.send("POST", path, "{}");
  }
  await home.send(
    "POST",
    `/_opsen/backends/${"%F0%9F%98%80".repeat(80)}x/drain`,
  );
  const targets = trailOf(home, "target").flat();
  assert.deepEqual(targets.slice(0, 5), [
    ...["a%C2%9B31m", "%E2%80%AEb", "c%0A", "d e", "\u{1f600}"],
  ]);
  assert.ok(targets.every((target) => target.length <= 128));
});

Deno.test("what only looks leaves no line", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  await home.send("GET", "/clients", undefined, OWNER);
  await home.send("GET", "/_opsen/keys", undefined, OWNER);
  await home.post("/route", { tier: "small" }, OWNER);
  assert.deepEqual(trailOf(home, "action"), []);
});

Deno.test("the line is stored before the answer leaves", async () => {
  const home = new ApiHome();
  const { promise, resolve } = Promise.withResolvers<"durable">();
  home.store.saveAudit = () => promise;
  let isAnswered = false;
  const answer = home.post("/clients/purge", {}).then(() => isAnswered = true);
  await new Promise((settled) => setTimeout(settled, 0));
  assert.equal(isAnswered, false);
  resolve("durable");
  assert.equal(await answer, true);
});

Deno.test("a refusal is written down under the name of the key, or as anyone's", async () => {
  const home = new ApiHome();
  home.keys.configure([{
    principal: { ...NOBODY, name: "reader", scopes: ["read"] },
    hash: keyHash("r"),
  }]);
  await home.post("/clients/purge", {}, { "x-api-key": "r" });
  await home.post("/clients/purge", {}, { "x-api-key": "guessed" });
  await home.post("/clients/purge", {});
  assert.deepEqual(trailOf(home, "actor", "result"), [
    ["reader", "missing_scope"],
    ["anyone", "wrong_key"],
    ["anyone", "missing_key"],
  ]);
});

Deno.test("what fails unexpectedly is written down too", async () => {
  const home = new ApiHome();
  home.balancer.releaseAll = () => {
    throw new Error("broken");
  };
  const [status] = await home.post("/clients/purge-pending", {});
  assert.equal(status, 500);
  assert.deepEqual(trailOf(home, "action", "result"), [
    ["leases.purge", "internal_error"],
  ]);
});

Deno.test("strangers who knock without end fill neither the trail nor the places of others", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  const knock = async (times: number, headers: Record<string, string>) => {
    for (let i = 0; i < times; i++) {
      await home.post("/clients/purge", {}, headers);
    }
  };
  await knock(200, { "x-api-key": "guessed" });
  assert.equal(trailOf(home, "atMs").length, 10);
  await home.post("/_opsen/backends/x/drain", {}, OWNER);
  await knock(1, OWNER);
  assert.deepEqual(trailOf(home, "actor", "result").slice(10), [
    ["key-1", "unknown_client"],
    ["key-1", "ok"],
  ]);
  home.clock.advance(60_000);
  await knock(1, { "x-api-key": "guessed" });
  assert.equal(trailOf(home, "atMs").length, 13);
  const left = home.logger.lines.find(({ message }) =>
    message === "Refused calls left out of the audit trail"
  );
  assert.equal(left?.data.missed, 190);
});

Deno.test("no line holds a key", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  const [, made] = await home.post("/_opsen/keys", { name: "ci" }, OWNER);
  await home.post("/clients/purge", {}, { "x-api-key": "guessed-key" });
  const trail = JSON.stringify(
    trailOf(home, "actor", "action", "target", "from", "requestId", "result"),
  );
  for (const key of ["sesame", String(made.key), "guessed-key"]) {
    assert.ok(!trail.includes(key));
  }
});

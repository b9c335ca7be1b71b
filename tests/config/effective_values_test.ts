import assert from "node:assert/strict";
import { effectiveValues, MASK } from "../../src/config/effective_values.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { type Above, loadServerText } from "./load_text.ts";

const HASH = "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";

/** Value and source of each path. */
async function valuesOf(text: string, above: Above = {}) {
  const loaded = await loadServerText(text, above);
  if (loaded.kind === "invalid") throw new Error(loaded.problems.join("\n"));
  return new Map(
    effectiveValues(SERVER_ROLE, loaded.config, loaded.sources).map((
      { path, value, source },
    ) => [path, { value, source }]),
  );
}

Deno.test("every key is told with its value and where it comes from", async () => {
  const values = await valuesOf(
    "stale_minutes: 9\nrouting: {weights: {cpu: 2}}\n",
    {
      env: { OPSEN_HOST: "::1" },
      flags: [{ path: "port", flag: "--port", value: "9000" }],
    },
  );
  assert.equal(values.size, leavesOf(SERVER_ROLE.keys).length);
  assert.deepEqual(values.get("port"), { value: 9000, source: "--port" });
  assert.deepEqual(values.get("host"), { value: "::1", source: "OPSEN_HOST" });
  assert.deepEqual(values.get("stale_minutes"), {
    value: 9,
    source: "server.yml:1:16",
  });
  assert.deepEqual(values.get("routing.weights.cpu"), {
    value: 2,
    source: "server.yml:2:26",
  });
  assert.deepEqual(values.get("log_level"), {
    value: "info",
    source: "default",
  });
});

Deno.test("a secret that is set is masked wherever it stands, one that is not set is shown as empty", async () => {
  const text = `server_key: hunter2
api_keys: [hunter2, {name: ci, key: hunter2}, {key_hash: ${HASH}}]
events_url: http://hooks.example.com/hunter2
config_url: https://user:hunter2@example.com/a@b
jwt: {jwks_url: "https://user:hunter2@idp.example.com/a@b"}
`;
  const values = await valuesOf(text);
  assert.ok(!JSON.stringify([...values]).includes("hunter2"));
  assert.ok(!JSON.stringify([...values]).includes(HASH));
  assert.equal(values.get("server_key")?.value, MASK);
  assert.equal(values.get("config_url")?.value, MASK);
  assert.deepEqual(
    values.get("jwt.jwks_url")?.value,
    `https://${MASK}@idp.example.com/a@b`,
  );
  assert.equal((await valuesOf("")).get("server_key")?.value, "");
});

Deno.test("every secret key of the table is masked", async () => {
  for (const { key, path, outside } of leavesOf(SERVER_ROLE.keys)) {
    if (!key.secret || outside === undefined) continue;
    const values = await valuesOf("", {
      env: { [outside.variable]: "http://hunter2" },
    });
    assert.ok(!JSON.stringify(values.get(path)).includes("hunter2"), path);
    assert.ok(JSON.stringify(values.get(path)).includes(MASK), path);
  }
});

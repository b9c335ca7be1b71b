import assert from "node:assert/strict";
import { newKey } from "../../src/wire/key_text.ts";
import { ApiHome } from "./api_home.ts";
import { join } from "./small_fleet.ts";

const OWNER = { "x-api-key": "owner-key" };
const MACHINE = {
  client_id: "m-1",
  hostname: "m-1",
  local_ip: "10.0.0.7",
  total_cpu: 4,
  total_memory_gb: 8,
};

/** A server with one key. */
function closedHome(): ApiHome {
  return new ApiHome({ keys: ["owner-key"] });
}

async function tokenOf(
  home: ApiHome,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<{ token: string; id: string }> {
  const [status, body] = await home.post("/_opsen/tokens", wish, OWNER);
  assert.equal(status, 200, JSON.stringify(body));
  return { token: String(body.token), id: String(body.id) };
}

/** The credential of a machine that has just enrolled. */
async function enrolled(home: ApiHome, clientId: string): Promise<string> {
  const { token } = await tokenOf(home);
  const ask = { client_id: clientId, token };
  const [status, body] = await home.post("/_opsen/enrol", ask);
  assert.equal(status, 200, JSON.stringify(body));
  return String(body.credential);
}

function statsOf(clientId: string) {
  return {
    client_id: clientId,
    hostname: clientId,
    cpu_cores: 1,
    cpu_usage_avg: [10],
    memory_total_gb: 8,
    memory_used_gb: 1,
    memory_avail_gb: 7,
    disk_total_gb: 8,
    disk_used_gb: 1,
    disk_avail_gb: 7,
  };
}

Deno.test("an operator makes a token, a machine trades it and speaks for itself alone", async () => {
  const home = closedHome();
  const { token, id } = await tokenOf(home, {
    ttl_seconds: 60,
    max_uses: 2,
    allow_endpoints: ["203.0.113.0/24"],
  });
  const [status, body] = await home.post("/_opsen/enrol", {
    client_id: "m-1",
    token,
  });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ["client_id", "credential"]);
  const own = { "x-api-key": String(body.credential) };
  assert.deepEqual(await home.post("/register", MACHINE, own), [
    200,
    { status: "registered" },
  ]);
  assert.equal((await home.post("/stats", statsOf("m-1"), own))[0], 200);
  for (
    const [path, message] of [
      ["/register", { ...MACHINE, client_id: "m-2" }],
      ["/stats", statsOf("m-2")],
    ] as const
  ) {
    const before = home.state();
    const [code, refused] = await home.post(path, message, own);
    assert.deepEqual([code, refused.code], [403, "wrong_backend"]);
    assert.equal(home.state(), before);
  }
  const [view] = home.balancer.backends(home.clock.monotonicMs());
  assert.equal(view?.registration.registeredFrom, "192.0.2.9");
  assert.deepEqual(view?.registration.endpointAllow, ["203.0.113.0/24"]);
  assert.deepEqual(
    home.store.tables.audit.map((
      { actor, action, target, result },
    ) => [actor, action, target, result]),
    [
      ["key-1", "token.create", id, "ok"],
      [`token ${id}`, "agent.enrol", "m-1", "ok"],
    ],
  );
});

Deno.test("the shared key goes on speaking for every machine that was not taken out", async () => {
  const home = closedHome();
  await enrolled(home, "m-1");
  assert.equal((await home.post("/register", MACHINE, OWNER))[0], 200);
  assert.equal((await home.post("/stats", statsOf("m-1"), OWNER))[0], 200);
});

Deno.test("a machine that was taken out is heard under no key", async () => {
  const home = closedHome();
  const credential = await enrolled(home, "m-1");
  await home.post("/register", MACHINE, { "x-api-key": credential });
  const stored = home.keys.storedKey("agent:m-1");
  assert.ok(stored !== undefined);
  home.keys.put({ ...stored, revokedMs: 1 });
  for (
    const [path, message] of [
      ["/register", MACHINE],
      ["/stats", statsOf("m-1")],
    ] as const
  ) {
    const [status, body] = await home.post(path, message, OWNER);
    assert.deepEqual([status, body.code], [403, "backend_revoked"]);
    const [own, ofOwn] = await home.post(path, message, {
      "x-api-key": credential,
    });
    assert.deepEqual([own, ofOwn.code], [403, "key_revoked"]);
  }
});

Deno.test("every refusal of an enrolment has its code, and nothing of a token is in it or in the audit trail", async () => {
  const home = closedHome();
  const spent = await tokenOf(home);
  await home.post("/_opsen/enrol", { client_id: "m-1", token: spent.token });
  const old = await tokenOf(home, { ttl_seconds: 1 });
  const gone = await tokenOf(home);
  const path = `/_opsen/tokens/${gone.id}`;
  const revoked = await home.send("DELETE", path, undefined, OWNER);
  assert.deepEqual(await revoked.json(), { status: "revoked", id: gone.id });
  home.clock.advance(1000);
  const good = await tokenOf(home, { max_uses: 9 });
  join(home, "m-9");
  const texts: string[] = [];
  for (
    const [clientId, token, status, code] of [
      ["m-2", newKey("token"), 403, "wrong_enrol_token"],
      ["m-2", old.token, 403, "enrol_token_expired"],
      ["m-2", spent.token, 403, "enrol_token_used_up"],
      ["m-2", gone.token, 403, "enrol_token_revoked"],
      ["m-1", good.token, 409, "already_enrolled"],
      ["m-9", good.token, 409, "id_in_use"],
    ] as const
  ) {
    const ask = { client_id: clientId, token };
    const [found, body] = await home.post("/_opsen/enrol", ask);
    assert.deepEqual([found, body.code], [status, code]);
    texts.push(JSON.stringify(body));
    assert.equal(home.store.tables.audit.at(-1)?.result, code);
    assert.equal(home.store.tables.audit.at(-1)?.target, clientId);
  }
  const all = texts.join() + JSON.stringify(home.store.tables.audit) +
    JSON.stringify(home.logger.lines);
  for (const { token } of [spent, old, gone, good]) {
    assert.ok(!all.includes(token));
  }
  const ask = { client_id: "m-9", token: good.token };
  assert.equal((await home.post("/_opsen/enrol", ask, OWNER))[0], 200);
});

Deno.test("tokens are listed with their state and without themselves", async () => {
  const home = closedHome();
  const { token, id } = await tokenOf(home, { max_uses: 1 });
  await home.post("/_opsen/enrol", { client_id: "m-1", token });
  const response = await home.send(
    "GET",
    "/_opsen/tokens",
    undefined,
    OWNER,
  );
  const text = await response.text();
  assert.ok(!text.includes(token));
  const { tokens } = JSON.parse(text);
  assert.equal(tokens.length, 1);
  const [{ state, uses, created_by: by, ...rest }] = tokens;
  assert.deepEqual([rest.id, state, uses, by], [id, "used_up", 1, "key-1"]);
  const expiresInMs = Date.parse(rest.expires_at) - Date.parse(rest.created_at);
  assert.equal(expiresInMs, 3_600_000);
});

Deno.test("whoever is no administrator learns nothing of tokens and makes none", async () => {
  const home = closedHome();
  const credential = await enrolled(home, "m-1");
  const own = { "x-api-key": credential, "content-type": "application/json" };
  for (
    const [method, path] of [
      ["GET", "/_opsen/tokens"],
      ["POST", "/_opsen/tokens"],
      ["DELETE", "/_opsen/tokens/aa"],
    ] as const
  ) {
    const body = method === "POST" ? "{}" : undefined;
    assert.equal((await home.send(method, path, body, {})).status, 401);
    const refused = await home.send(method, path, body, own);
    assert.equal((await refused.json()).code, "missing_scope");
  }
  assert.equal(home.enrolment.tokens().length, 1);
});

Deno.test("bodies that ask for the impossible are refused, and make nothing", async () => {
  const home = closedHome();
  for (
    const body of [
      { ttl_seconds: 0 },
      { ttl_seconds: 1e9 },
      { ttl_seconds: 1.5 },
      { max_uses: 0 },
      { max_uses: 1e6 },
      { allow_endpoints: ["everywhere"] },
      { allow_endpoints: ["10.0.0.0/33"] },
      { allow_endpoints: Array(65).fill("10.0.0.0/8") },
    ]
  ) {
    const [status, answer] = await home.post("/_opsen/tokens", body, OWNER);
    assert.deepEqual(
      [status, answer.code],
      [400, "invalid_field"],
      JSON.stringify(body),
    );
  }
  assert.equal(home.enrolment.tokens().length, 0);
  const { token } = await tokenOf(home);
  for (
    const body of [
      { client_id: "a b", token },
      { client_id: "m-1", token: "x".repeat(257) },
      { client_id: "m-1", token, credential: "short" },
      { client_id: "m-1", token, credential: `opsen_agent_${"a".repeat(42)}` },
    ]
  ) {
    const [status, answer] = await home.post("/_opsen/enrol", body);
    assert.deepEqual([status, answer.code], [400, "invalid_field"]);
  }
  const [status, answer] = await home.post("/_opsen/enrol", {
    client_id: "m-1",
  });
  assert.deepEqual([status, answer.code], [400, "missing_field"]);
});

Deno.test("what only memory has is said, for tokens and credentials", async () => {
  const home = closedHome();
  home.store.degrade("disk full");
  const [, made] = await home.post("/_opsen/tokens", {}, OWNER);
  assert.equal(made.durable, false);
  const ask = { client_id: "m-1", token: String(made.token) };
  assert.equal((await home.post("/_opsen/enrol", ask))[1].durable, false);
});

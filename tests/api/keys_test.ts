import assert from "node:assert/strict";
import { MADE_KEYS_MAX } from "../../src/api/keys.ts";
import {
  keyChangeAnswer,
  keysAnswer,
  madeKeyAnswer,
} from "../../src/wire/key_answer.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { REGISTER, REGISTRATION, STATS } from "../wire/samples.ts";
import { credential, storedKey } from "../trust/key_examples.ts";
import { ApiHome, read } from "./api_home.ts";

const OWNER = { "x-api-key": "sesame" };
const { id: ID } = REGISTRATION;

function closedHome(): ApiHome {
  return new ApiHome({ keys: ["sesame"] });
}

async function change(home: ApiHome, method: string, path: string) {
  return await read(await home.send(method, path, undefined, OWNER));
}

Deno.test("a key that was made opens what it was made for, and nothing of it but its hash is kept", async () => {
  const home = closedHome();
  const [status, body] = await home.post("/_opsen/keys", {
    name: "ci",
    scopes: ["read"],
    tiers: ["small"],
    expires: "2999-01-31",
  }, OWNER);
  assert.equal(status, 200);
  const { key, ...rest } = madeKeyAnswer.parse(body);
  assert.deepEqual(rest, {
    name: "ci",
    scopes: ["read"],
    tiers: ["small"],
    expires: "2999-02-01T00:00:00.000Z",
  });
  const shown = { "x-api-key": key };
  const opened = await home.send("GET", "/clients", undefined, shown);
  assert.equal(opened.status, 200);
  assert.equal((await home.post("/clients/purge", {}, shown))[0], 403);
  const [stored] = home.store.loadTrust().keys;
  assert.deepEqual([stored?.name, stored?.hash, stored?.createdBy], [
    "ci",
    keyHash(key),
    "key-1",
  ]);
  const list = await (await home.send("GET", "/_opsen/keys", undefined, OWNER))
    .text();
  const everything = list + JSON.stringify(home.store.loadTrust()) +
    JSON.stringify(home.logger.lines);
  assert.ok(!everything.includes(key));
  assert.ok(!list.includes(keyHash(key)));
});

Deno.test("the first key closes an open server", async () => {
  const home = new ApiHome();
  assert.equal((await home.post("/_opsen/keys", { name: "owner" }))[0], 200);
  assert.equal((await home.get("/clients"))[0], 401);
});

Deno.test("keys are listed with where they stand and what became of them", async () => {
  const home = closedHome();
  home.keys.put(storedKey("ci", { createdMs: 5, revokedMs: 9 }));
  home.keys.put(credential(ID));
  const [, body] = await change(home, "GET", "/_opsen/keys");
  assert.deepEqual(keysAnswer.parse(body), body);
  assert.deepEqual(body, {
    keys: [
      { name: "key-1", source: "config" },
      {
        name: "ci",
        source: "stored",
        created: "1970-01-01T00:00:00.005Z",
        created_by: "anyone",
        revoked: "1970-01-01T00:00:00.009Z",
      },
      {
        name: `agent:${ID}`,
        scopes: ["agent"],
        source: "agent",
        client_id: ID,
        created: "1970-01-01T00:00:00.000Z",
        created_by: "anyone",
      },
    ],
  });
});

Deno.test("a name is given once, and again after its key was revoked", async () => {
  const home = closedHome();
  const made = async (name: string) =>
    (await home.post("/_opsen/keys", { name }, OWNER))[1];
  const first = await made("ci");
  assert.equal((await made("ci")).code, "key_exists");
  assert.equal((await made("key-1")).code, "key_exists");
  await change(home, "DELETE", "/_opsen/keys/ci");
  const second = await made("ci");
  const codeOf = async (key: unknown) =>
    (await home.post("/clients/purge", {}, { "x-api-key": String(key) }))[1]
      .code;
  assert.deepEqual([await codeOf(first.key), await codeOf(second.key)], [
    "wrong_key",
    undefined,
  ]);
});

for (
  const [words, body] of [
    ["an agent's name", { name: "agent:x" }],
    ["the name of server_key", { name: "server_key" }],
    ["a name with a space", { name: "a b" }],
    ["no scope at all", { name: "ci", scopes: [] }],
    ["an unknown scope", { name: "ci", scopes: ["write"] }],
    ["no tier at all", { name: "ci", tiers: [] }],
    ["a day that is none", { name: "ci", expires: "2999-02-31" }],
    ["a day that is over", { name: "ci", expires: "1969-01-01" }],
  ] as const
) {
  Deno.test(`a key with ${words} is not made`, async () => {
    const home = closedHome();
    const [status, answer] = await home.post("/_opsen/keys", body, OWNER);
    assert.deepEqual([status, answer.code], [400, "invalid_field"]);
    assert.deepEqual(home.keys.stored, []);
  });
}

Deno.test("a key that was revoked is refused by its name, and can be revoked again", async () => {
  const home = closedHome();
  const key = { name: "ci" };
  const made = madeKeyAnswer.parse(
    (await home.post("/_opsen/keys", key, OWNER))[1],
  );
  for (let i = 0; i < 2; i++) {
    const [status, body] = await change(home, "DELETE", "/_opsen/keys/ci");
    assert.equal(status, 200);
    assert.deepEqual(keyChangeAnswer.parse(body), {
      status: "revoked",
      name: "ci",
    });
  }
  const refused = await home.post("/route", {}, { "x-api-key": made.key });
  assert.deepEqual([refused[0], refused[1].code], [403, "key_revoked"]);
  assert.equal(home.store.loadTrust().keys[0]?.revokedMs, home.clock.wallMs());
});

Deno.test("a configured key and an unknown one are not revoked, and the answer says where to look", async () => {
  const home = closedHome();
  const [status, body] = await change(home, "DELETE", "/_opsen/keys/key-1");
  assert.deepEqual([status, body.code], [409, "key_configured"]);
  assert.match(String(body.detail), /configuration.*api_keys/);
  const [unknown] = await change(home, "DELETE", "/_opsen/keys/nobody");
  assert.equal(unknown, 404);
});

Deno.test("a backend whose credential is revoked is gone at once, with its sessions and their room", async () => {
  const home = new ApiHome();
  home.keys.put(credential(ID));
  await home.post("/register", REGISTER);
  await home.post("/stats", STATS);
  const [placed] = await home.post("/route", { tier: "small" });
  assert.equal(placed, 200);
  const [status] = await home.get("/_opsen/leases");
  assert.equal(status, 200);
  const revoked = await read(
    await home.send("DELETE", `/_opsen/keys/agent:${ID}`, undefined, {}),
  );
  assert.equal(revoked[0], 200);
  assert.equal(home.balancer.size, 0);
  assert.equal(home.balancer.leaseCount, 0);
  assert.equal(home.store.tables.backends.size, 0);
  assert.equal(home.keys.isShutOut(ID), true);
});

Deno.test("a backend that shows a shared key is shut out too, until it is restored", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  const path = `/_opsen/keys/agent%3A${ID}`;
  const revoke = await home.send("DELETE", path, undefined, {});
  assert.equal(revoke.status, 200);
  await revoke.body?.cancel();
  assert.deepEqual([home.keys.isShutOut(ID), home.balancer.size], [true, 0]);
  const [status, body] = await home.post(`${path}/restore`, {});
  assert.deepEqual([status, body], [200, {
    status: "restored",
    name: `agent:${ID}`,
  }]);
  assert.equal(home.keys.isShutOut(ID), false);
  assert.deepEqual(home.store.loadTrust().keys, []);
});

Deno.test("a key that is no credential is not restored: that could open the server", async () => {
  const home = new ApiHome();
  home.keys.put(storedKey("ci", { revokedMs: 1, hash: keyHash("x") }));
  home.keys.put(storedKey("owner", { hash: keyHash("sesame") }));
  const [status, body] = await home.post(
    "/_opsen/keys/ci/restore",
    {},
    OWNER,
  );
  assert.deepEqual([status, body.code], [409, "not_a_credential"]);
});

Deno.test("there are so many keys and no more, and one that was revoked makes room", async () => {
  const home = closedHome();
  for (let i = 0; i < MADE_KEYS_MAX; i++) home.keys.put(storedKey(`k${i}`));
  const made = async (name: string) =>
    (await home.post("/_opsen/keys", { name }, OWNER))[1].code;
  assert.equal(await made("more"), "too_many_keys");
  home.keys.put(storedKey("k7", { revokedMs: 1 }));
  assert.equal(await made("more"), undefined);
  assert.equal(home.keys.storedKey("k7"), undefined);
  assert.equal(home.keys.stored.length, MADE_KEYS_MAX);
});

Deno.test("a key that only memory has is said to be so", async () => {
  const home = closedHome();
  home.store.degrade("the disk is full");
  const [, body] = await home.post("/_opsen/keys", { name: "ci" }, OWNER);
  assert.equal(body.durable, false);
  const [, revoked] = await change(home, "DELETE", "/_opsen/keys/ci");
  assert.equal(revoked.durable, false);
});

for (
  const [path, name] of [
    ["/_opsen/keys", "mine"],
    ["/_opsen/tokens", undefined],
    ["/_opsen/backends/a/drain", undefined],
  ] as const
) {
  Deno.test(`whoever holds the body of POST ${path} back can't use a key that was revoked meanwhile`, async () => {
    const home = closedHome();
    home.keys.put(storedKey("stolen"));
    const before = home.store.loadTrust();
    const body = new TransformStream<Uint8Array<ArrayBuffer>>();
    const answering = home.send("POST", path, body.readable, {
      "content-type": "application/json",
      "x-api-key": "key of stolen",
    });
    const sender = body.writable.getWriter();
    await sender.write(new TextEncoder().encode("{"));
    await change(home, "DELETE", "/_opsen/keys/stolen");
    const { keys } = home.store.loadTrust();
    await sender.write(
      new TextEncoder().encode(
        name === undefined ? "}" : `${JSON.stringify({ name }).slice(1)}`,
      ),
    );
    await sender.close();
    const [status, answer] = await read(await answering);
    assert.deepEqual([status, answer.code], [403, "key_revoked"]);
    assert.deepEqual(home.store.loadTrust(), { ...before, keys });
  });
}

Deno.test("no key is made for a tier that there is not", async () => {
  const settings = { tierNames: ["small"] };
  const home = new ApiHome({ keys: ["sesame"], settings });
  const made = (name: string, tiers: readonly string[]) =>
    home.post("/_opsen/keys", { name, tiers }, OWNER);
  const [status, body] = await made("ci", ["small", "smal"]);
  assert.deepEqual([status, body.code, body.detail], [
    400,
    "unknown_tier",
    "Unknown tier: smal",
  ]);
  assert.deepEqual(home.store.loadTrust().keys, []);
  assert.equal((await made("ci", ["small"]))[0], 200);
});

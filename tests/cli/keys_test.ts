import assert from "node:assert/strict";
import { keyHash } from "../../src/wire/key_text.ts";
import type { KeysAnswer } from "../../src/wire/key_answer.ts";
import { configuredKeys } from "../../src/trust/configured_keys.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";
import { serverConfig } from "../config/load_text.ts";

const MADE = { name: "ci", key: "opsen_abc", scopes: ["route"] };

const KEYS: KeysAnswer = {
  keys: [
    { name: "server_key", source: "config" },
    {
      name: "ci",
      scopes: ["route", "read"],
      tiers: ["lite"],
      expires: "2020-01-01T00:00:00.000Z",
      source: "stored",
      created: "2019-03-04T05:06:07.089Z",
      created_by: "server_key",
    },
    {
      name: "agent:rack-7",
      scopes: ["agent"],
      source: "agent",
      client_id: "rack-7",
      created: "2026-03-04T05:06:07.089Z",
      created_by: "token:1f",
      revoked: "2026-03-04T06:06:07.089Z",
    },
  ],
};

Deno.test("a key that is made goes to standard output alone", async () => {
  await using server = new FakeServer(MADE);
  const { code, out, err } = await server.run("keys", "create", "ci");
  assert.deepEqual([code, out], [0, "opsen_abc\n"]);
  assert.match(err, /^Made the key of ci; it is not shown again\n$/);
  const json = await server.run("keys", "create", "ci", "--json");
  assert.deepEqual(JSON.parse(json.out), MADE);
  const memory = await answered(
    ["keys", "create", "ci"],
    { ...MADE, durable: false },
  );
  assert.match(memory.err, /a restart forgets it/);
});

Deno.test("what a key may do is asked of the server", async () => {
  await using server = new FakeServer(MADE);
  await server.run(
    ...["keys", "create", "ci", "--scopes", "route, read", "--tiers", "a,b"],
    ...["--expires", "2999-01-31"],
  );
  const beforeMs = Date.now();
  await server.run("keys", "create", "ci", "--expires", "90d");
  const [limited, expiring] = server.asked.map(({ body }) => JSON.parse(body));
  assert.deepEqual(limited, {
    name: "ci",
    scopes: ["route", "read"],
    tiers: ["a", "b"],
    expires: "2999-01-31",
  });
  const daysAhead = (Date.parse(expiring.expires) - beforeMs) / 86_400_000;
  assert.ok(daysAhead >= 90 && daysAhead < 91, `${daysAhead}`);
});

Deno.test("what can't be meant is said before a server is asked", async () => {
  await using server = new FakeServer(MADE);
  for (
    const [args, words] of [
      [["a b"], /name: found "a b", wanted/],
      [["agent:x"], /name: found/],
      [["server_key"], /name: found/],
      [["ci", "--scopes", "route,write"], /--scopes: found "write"/],
      [["ci", "--scopes", ""], /--scopes: found ""/],
      [["ci", "--tiers", "a,,b"], /--tiers: found "a,,b"/],
      [["ci", "--expires", "2020-01-01"], /--expires: found "2020-01-01"/],
      [["ci", "--expires", "soon"], /--expires: found "soon"/],
      [["ci", "--expires", "0d"], /--expires: found "0d"/],
    ] as const
  ) {
    const { code, out, err } = await server.run("keys", "create", ...args);
    assert.deepEqual([code, out], [64, ""], args.join(" "));
    assert.match(err, words);
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("a key that is made without a server comes with an entry that a server takes", async () => {
  const { code, out, err } = await opsen([
    ...["keys", "create", "ci", "--offline", "--scopes", "route,read"],
    ...["--tiers", "lite", "--expires", "2999-01-31"],
  ]);
  assert.equal(code, 0);
  const key = out.trimEnd();
  assert.match(key, /^opsen_[A-Za-z0-9_-]{43}$/);
  assert.ok(!err.includes(key));
  const entry = err.slice(err.indexOf("api_keys:"));
  const [taken] = configuredKeys(await serverConfig(entry));
  assert.deepEqual([taken?.principal.name, taken?.hash], ["ci", keyHash(key)]);
  assert.deepEqual(taken?.principal.scopes, ["route", "read"]);
  assert.deepEqual(taken?.principal.tiers, ["lite"]);

  const json = JSON.parse(
    (await opsen(["keys", "create", "9", "--offline", "--json"])).out,
  );
  assert.equal(json.key_hash, `sha256:${keyHash(json.key)}`);
});

Deno.test("keys are a table, without anything that opens", async () => {
  await using server = new FakeServer(KEYS);
  const { code, out } = await server.run("keys");
  assert.equal(code, 0);
  assert.equal(
    out,
    `NAME          SOURCE  STATE     SCOPES      TIERS  EXPIRES               CREATED               BY
server_key    config  accepted  all         all    -                     -                     -
ci            stored  expired   route,read  lite   2020-01-01T00:00:00Z  2019-03-04T05:06:07Z  server_key
agent:rack-7  agent   revoked   agent       all    -                     2026-03-04T05:06:07Z  token:1f
`,
  );
  const json = await server.run("keys", "list", "--json");
  assert.deepEqual(JSON.parse(json.out), KEYS);
  const none = await answered(["keys"], { keys: [] });
  assert.equal(none.out, "No keys\n");
});

Deno.test("keys are revoked and restored by their names", async () => {
  await using server = new FakeServer({ status: "revoked", name: "a" });
  const revoked = await server.run("keys", "revoke", "agent:rack/7");
  assert.deepEqual([revoked.code, revoked.out], [0, "Revoked a\n"]);
  await server.run("keys", "restore", "agent:rack-7");
  assert.deepEqual(
    server.asked.map(({ method, path }) => [method, path]),
    [
      ["DELETE", "/_opsen/keys/agent%3Arack%2F7"],
      ["POST", "/_opsen/keys/agent%3Arack-7/restore"],
    ],
  );
  const { code, err } = await answered(
    ["keys", "revoke", "server_key"],
    refusal("key_configured", "it is configured"),
    409,
  );
  assert.deepEqual([code, err], [1, "it is configured\n"]);
  assert.equal((await server.run("keys", "revoke", "..")).code, 64);
});

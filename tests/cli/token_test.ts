import assert from "node:assert/strict";
import type { TokenMadeAnswer } from "../../src/wire/token_answer.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";

const MADE: TokenMadeAnswer = {
  id: "0a1b2c3d4e",
  token: "opsen_token_AAAA",
  max_uses: 50,
  allow_endpoints: ["10.0.0.0/8"],
  created_at: "2026-03-04T05:06:07.089Z",
  expires_at: "2026-03-04T06:06:07.089Z",
};
const TOKEN = {
  ...MADE,
  token: undefined,
  state: "used_up",
  uses: 50,
  created_by: "ops",
};

Deno.test("a token alone goes to standard output, so that a script can keep it", async () => {
  await using server = new FakeServer(MADE);
  const { code, out, err } = await server.run(
    ...["token", "create", "--ttl", "1h30m", "--max-uses", "50"],
    ...["--allow-endpoint", "10.0.0.0/8", "--allow-endpoint", "::1"],
  );
  assert.deepEqual([code, out], [0, "opsen_token_AAAA\n"]);
  assert.equal(
    err,
    "Token 0a1b2c3d4e: for 50 machines until 2026-03-04T06:06:07Z\n",
  );
  const json = await server.run("token", "create", "--json");
  assert.deepEqual([JSON.parse(json.out), json.err], [MADE, ""]);
  assert.deepEqual(
    server.asked.map(({ path, body }) => [path, JSON.parse(body)]),
    [
      {
        ttl_seconds: 5400,
        max_uses: 50,
        allow_endpoints: ["10.0.0.0/8", "::1"],
      },
      { ttl_seconds: 3600, max_uses: 1, allow_endpoints: [] },
    ].map((body) => ["/_opsen/tokens", body]),
  );
});

Deno.test("what no token can be good for is said before a server is asked", async () => {
  await using server = new FakeServer(MADE);
  for (
    const args of [
      ["--ttl", "0s"],
      ["--ttl", "soon"],
      ["--ttl", "400d"],
      ["--ttl", "1.5"],
      ["--max-uses", "0"],
      ["--max-uses", "many"],
    ]
  ) {
    const { code, out, err } = await server.run("token", "create", ...args);
    assert.deepEqual([code, out], [64, ""], args.join(" "));
    assert.match(err, /^--(ttl|max-uses): found ".+", wanted 1/);
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("tokens are a table that says which are good, never the tokens themselves", async () => {
  const { code, out } = await answered(["token"], { tokens: [TOKEN] });
  assert.equal(code, 0);
  assert.equal(
    out,
    `TOKEN       STATE     USES  EXPIRES               CREATED               BY   ALLOWED
0a1b2c3d4e  used up  50/50  2026-03-04T06:06:07Z  2026-03-04T05:06:07Z  ops  10.0.0.0/8
`,
  );
  const none = await answered(["token", "list"], { tokens: [] });
  assert.equal(none.out, "No tokens\n");
});

Deno.test("a token is taken back by its id", async () => {
  const revoked = { status: "revoked", id: "0a1b2c3d4e" };
  await using server = new FakeServer(revoked);
  const { code, out } = await server.run("token", "revoke", "0a1b2c3d4e");
  assert.deepEqual([code, out], [0, "Revoked 0a1b2c3d4e\n"]);
  assert.deepEqual(
    server.asked.map(({ method, path }) => [method, path]),
    [["DELETE", "/_opsen/tokens/0a1b2c3d4e"]],
  );
  const unknown = await answered(
    ["token", "revoke", "zz"],
    refusal("unknown_token", "Unknown token: zz"),
    404,
  );
  assert.deepEqual([unknown.code, unknown.err], [
    1,
    'Unknown token: zz; "opsen token list" lists those that there are\n',
  ]);
  assert.equal((await server.run("token", "revoke", "..")).code, 64);
});

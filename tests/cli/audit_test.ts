import assert from "node:assert/strict";
import { EXIT_CODE } from "../../src/cli/exit_code.ts";
import { answered, FakeServer } from "./fake_server.ts";

const TRAIL = {
  entries: [
    {
      at: "2026-03-04T05:06:08.000Z",
      actor: "signal",
      action: "config.reload",
      result: "config_refused",
    },
    {
      at: "2026-03-04T05:06:07.089Z",
      actor: "root",
      action: "backend.drain",
      target: "rack-7\u001b[2J",
      from: "203.0.113.9",
      request_id: "k3v9x0qa-1f",
      result: "ok",
    },
  ],
};

Deno.test("the trail is a table, in which nothing that a caller chose steers the terminal", async () => {
  await using server = new FakeServer(TRAIL);
  const { code, out, err } = await server.run("audit");
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `TIME                  WHO     WHAT           TARGET           FROM         RESULT
2026-03-04T05:06:08Z  signal  config.reload  -                -            config_refused
2026-03-04T05:06:07Z  root    backend.drain  rack-7\\u001b[2J  203.0.113.9  ok
`,
  );
  assert.equal(server.asked[0]?.path, "/_opsen/audit?limit=50");
  const json = await server.run("audit", "--json");
  assert.deepEqual(JSON.parse(json.out), TRAIL);
  const none = await answered(["audit"], { entries: [] });
  assert.match(none.out, /^No such lines/);
});

Deno.test("what is asked for is what the server is asked for", async () => {
  await using server = new FakeServer(TRAIL);
  await server.run(
    ...["audit", "--since", "2026-01-31", "--actor", "a&b"],
    ...["--action", "backend.drain", "--limit", "7"],
  );
  assert.equal(
    server.asked[0]?.path,
    "/_opsen/audit?limit=7&since=2026-01-31T00%3A00%3A00.000Z&actor=a%26b&action=backend.drain",
  );
  const before = Date.now();
  await server.run("audit", "--since", "24h");
  const since = new URLSearchParams(server.asked[1]?.path.split("?")[1])
    .get("since");
  const agoMs = Date.parse(since ?? "") - (before - 86_400_000);
  assert.ok(agoMs >= 0 && agoMs <= Date.now() - before, `${agoMs}`);
});

Deno.test("what makes no sense is said before any server is asked", async () => {
  await using server = new FakeServer(TRAIL);
  for (
    const [flag, value, wanted] of [
      ["--since", "yesterday", /^--since: found "yesterday", wanted a dur/],
      ["--since", "2026-02-31", /^--since: found/],
      ["--limit", "0", /^--limit: found "0", wanted a whole number/],
      ["--limit", "10001", /^--limit: found/],
    ] as const
  ) {
    const { code, err } = await server.run("audit", flag, value);
    assert.equal(code, EXIT_CODE.usage);
    assert.match(err, wanted);
  }
  assert.deepEqual(server.asked, []);
});

import assert from "node:assert/strict";
import { answered, FakeServer, refusal } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";

const APPLIED = {
  ...{ outcome: "applied", cause: "api", version: 4, hash: "ab" },
  ...{ at: "2026-01-01T00:00:00.000Z", changed: ["tiers", "panic"] },
  ...{ needs_restart: ["port"], problems: [], notes: [] },
};

const HISTORY = {
  ...{ version: 4, hash: "ab", kept_versions: [2, 3, 4] },
  history: [
    {
      ...APPLIED,
      ...{ cause: "start", version: 3, changed: [], needs_restart: [] },
    },
    {
      ...APPLIED,
      ...{ outcome: "refused", version: 3, changed: [], needs_restart: [] },
      problems: ["a", "b", "c", "d", "e"],
    },
    { ...APPLIED, cause: "rollback", rolled_back_to: 2 },
  ],
};

Deno.test("reload says what changed and what waits for a restart", async () => {
  await using server = new FakeServer(APPLIED);
  const { code, out, err } = await server.run("reload");
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    "Version 4 is in force: tiers, panic\nAfter a restart only: port\n",
  );
  await server.run("reload", "--force");
  assert.deepEqual(
    server.asked.map(({ method, path, body }) => [method, path, body]),
    [
      ["POST", "/_opsen/config/reload", "{}"],
      ["POST", "/_opsen/config/reload", '{"force":true}'],
    ],
  );
  const json = await server.run("reload", "--json");
  assert.deepEqual(JSON.parse(json.out), APPLIED);
});

Deno.test("nothing new is 0 too, with what should be known of it", async () => {
  const { code, out } = await answered(["reload"], {
    ...APPLIED,
    ...{ outcome: "unchanged", changed: [], needs_restart: [] },
    notes: ["It was rolled back"],
  });
  assert.deepEqual([code, out], [
    0,
    "Unchanged, version 4 is in force\nIt was rolled back\n",
  ]);
});

Deno.test("a refused configuration prints its problems as at start and is 64", async () => {
  const problems = ["server.yml:1:1 prt: found an unknown key", "two"];
  const body = refusal("config_refused", "Configuration refused", { problems });
  const { code, out, err } = await answered(["reload"], body, 422);
  assert.deepEqual([code, out], [64, ""]);
  assert.equal(err, `${problems.join("\n")}\nConfiguration refused\n`);
  const json = await answered(["reload", "--json"], body, 422);
  assert.deepEqual([json.code, JSON.parse(json.out).problems], [64, problems]);
});

Deno.test("other refusals are 1, an older server is named, and silence is 2", async () => {
  const locked = await answered(
    ["reload"],
    refusal("missing_key", "Missing API key"),
    401,
  );
  assert.equal(locked.code, 1);
  assert.match(locked.err, /^Missing API key\nNo key was sent: /);
  const older = await answered(
    ["reload"],
    refusal("unknown_path", "Page not found"),
    404,
  );
  assert.match(
    older.err,
    /^This server has no \/_opsen\/config\/reload: it is/,
  );
  const silent = await opsen(["reload", "--server", "http://127.0.0.1:1"]);
  assert.equal(silent.code, 2);
});

Deno.test("a rollback says which version came back", async () => {
  await using server = new FakeServer({
    ...APPLIED,
    ...{ cause: "rollback", needs_restart: [], rolled_back_to: 2 },
  });
  const { code, out } = await server.run("config", "rollback", "2");
  assert.deepEqual([code, out], [
    0,
    "Version 4 is in force with what version 2 was: tiers, panic\n",
  ]);
  await server.run("config", "rollback");
  assert.deepEqual(server.asked.map(({ body }) => body), [
    '{"version":2}',
    "{}",
  ]);
  const wrong = await server.run("config", "rollback", "two");
  assert.equal(wrong.code, 64);
  assert.equal(server.asked.length, 2);
});

Deno.test("the history is a table with the versions that can be brought back", async () => {
  await using server = new FakeServer(HISTORY);
  const { code, out } = await server.run("config", "history");
  assert.equal(code, 0);
  assert.equal(
    out,
    `WHEN                  OUTCOME  VERSION  CAUSE     DETAILS
2026-01-01T00:00:00Z  applied  3        start     -
2026-01-01T00:00:00Z  refused  3        api       a, b, c and 2 more
2026-01-01T00:00:00Z  applied  4        rollback  back to version 2, tiers, panic and 1 more
Version 4 is in force; opsen config rollback brings back 2, 3
`,
  );
  const json = await server.run("config", "history", "--json");
  assert.deepEqual(JSON.parse(json.out), HISTORY);
});

import assert from "node:assert/strict";
import { FakeServer } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";

const SET = { level: "debug", until: "2026-11-22T05:10:00.000Z" };

Deno.test("the level is shown, as configured or until when", async () => {
  await using server = new FakeServer({ level: "info" });
  const { code, out } = await server.run("log-level");
  assert.deepEqual([code, out], [0, "info, as configured\n"]);
  await using changed = new FakeServer(SET);
  assert.equal(
    (await changed.run("log-level")).out,
    `debug until ${SET.until}\n`,
  );
  const json = await changed.run("log-level", "--json");
  assert.deepEqual(JSON.parse(json.out), SET);
});

Deno.test("what is asked of the server is what was said", async () => {
  await using server = new FakeServer(SET);
  await server.run("log-level");
  await server.run("log-level", "debug");
  await server.run("log-level", "warn", "--for", "1h30m");
  await server.run("log-level", "--reset");
  assert.deepEqual(
    server.asked.map(({ method, path, body }) => [method, path, body]),
    [
      ["GET", "/_opsen/log-level", ""],
      ["POST", "/_opsen/log-level", `{"level":"debug"}`],
      ["POST", "/_opsen/log-level", `{"level":"warn","seconds":5400}`],
      ["DELETE", "/_opsen/log-level", ""],
    ],
  );
});

Deno.test("what can't be meant is said before anybody is asked", async () => {
  await using server = new FakeServer(SET);
  for (
    const [args, said] of [
      [["loud"], /level: found "loud", wanted one of debug/],
      [["debug", "--for", "soon"], /--for: found "soon"/],
      [["debug", "--for", "25h"], /--for: found "25h"/],
      [["--for", "10m"], /--for: found no level/],
      [["debug", "--reset"], /--reset: found a level/],
    ] as const
  ) {
    const { code, err } = await server.run("log-level", ...args);
    assert.equal(code, 64);
    assert.match(err, said);
  }
  assert.deepEqual(server.asked, []);
  assert.equal((await opsen(["log-level", "a", "b"])).code, 64);
});

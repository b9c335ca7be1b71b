import assert from "node:assert/strict";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { exampleYaml } from "../../src/config/example_yaml.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { loadServerText } from "./load_text.ts";

Deno.test("the documented server.yml loads, word for word", async () => {
  const text = await Deno.readTextFile(
    new URL("../fixtures/original-server.yml", import.meta.url),
  );
  const loaded = await loadServerText(text);
  assert.ok(loaded.kind === "loaded");
  const named = loaded.notices.filter(({ level }) => level === "warn").map((
    { key },
  ) => key);
  assert.deepEqual(named.toSorted(), [
    "default_tier",
  ]);
});

Deno.test("keys of the connection pool are said to developers", async () => {
  const loaded = await loadServerText("db_max_idle_conns: 1\n");
  assert.ok(loaded.kind === "loaded");
  assert.deepEqual(loaded.notices, [
    {
      level: "debug",
      key: "db_max_idle_conns",
      message:
        "db_max_idle_conns has no effect: it describes a pool that an embedded SQLite handle does not have",
    },
  ]);
});

Deno.test("a file that sets every key names every key without effect exactly once", async () => {
  const loaded = await loadServerText(
    exampleYaml(SERVER_ROLE).replaceAll(/^# /gm, ""),
  );
  assert.ok(loaded.kind === "loaded");
  const named = loaded.notices.flatMap(({ key }) => key.split(", "));
  const idle = leavesOf(SERVER_ROLE.keys).filter(({ state }) =>
    state !== undefined
  ).map(({ path }) => path);
  // By default nothing waits, so whoever spells out how long is told.
  const unread = ["queue.max_length", "queue.max_wait_seconds"];
  assert.deepEqual(named.toSorted(), [...idle, ...unread].toSorted());
});

Deno.test("what is not built is exactly this", () => {
  const idle = (keys: Parameters<typeof leavesOf>[0]) =>
    leavesOf(keys).filter(({ state }) => state !== undefined).map((
      { path, state },
    ) => `${path}: ${state}`).toSorted();
  assert.deepEqual(idle(SERVER_ROLE.keys), [
    "db_conn_max_lifetime: no_effect",
    "db_max_idle_conns: no_effect",
    "db_max_open_conns: no_effect",
  ]);
  assert.deepEqual(idle(CLIENT_ROLE.keys), []);
});

import assert from "node:assert/strict";
import { isReservedKeyName } from "../../src/policy/key_name.ts";
import { reloadEntry } from "../../src/server/reload_trail.ts";
import type { ReloadOutcome } from "../../src/wire/reload_outcome.ts";
import { ReloadWorld } from "../reload/reload_world.ts";

Deno.test("a configuration that came by a signal, a file or a URL is in the trail, and what the API asked for is not there twice", () => {
  const outcome: ReloadOutcome = {
    ...{ kind: "applied", cause: "signal", version: 3, hash: "", atMs: 17 },
    ...{ changed: [], needsRestart: [], problems: [], notes: [] },
    rolledBackTo: undefined,
  };
  const told = (changes: Partial<ReloadOutcome>) =>
    reloadEntry({ ...outcome, ...changes });
  assert.deepEqual(told({}), {
    atMs: 17,
    actor: "signal",
    action: "config.reload",
    target: "version 3",
    from: "",
    requestId: "",
    result: "ok",
  });
  const refused = told({ cause: "watch", kind: "refused" });
  assert.deepEqual(
    [refused?.actor, refused?.target, refused?.result],
    ["file", "", "config_refused"],
  );
  assert.equal(told({ cause: "url", kind: "failed" })?.actor, "url");
  for (const cause of ["signal", "watch", "url"] as const) {
    const actor = told({ cause })?.actor ?? "";
    assert.ok(isReservedKeyName(actor), `a key may pass for ${actor}`);
  }
  for (const cause of ["start", "api", "rollback"] as const) {
    assert.equal(told({ cause }), undefined);
  }
});

Deno.test("an outcome is told once, also one that a look meets again and again", async () => {
  await using world = new ReloadWorld();
  const { reloader } = await world.start();
  world.outcomes.length = 0;
  await reloader.reload("watch");
  await reloader.reload("signal");
  world.write("port: none\n");
  await reloader.reload("watch");
  await reloader.reload("watch");
  await reloader.reload("signal");
  world.write("port: 2\n");
  await reloader.reload("watch");
  assert.deepEqual(
    world.outcomes.map(({ cause, kind }) => `${cause} ${kind}`),
    ["signal unchanged", "watch refused", "signal refused", "watch applied"],
  );
});

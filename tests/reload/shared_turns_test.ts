import assert from "node:assert/strict";
import { type ReloadAsk, SharedTurns } from "../../src/reload/shared_turns.ts";
import type { ReloadOutcome } from "../../src/wire/reload_outcome.ts";

/** Turns that take a while each, and what was seen of them. */
function slowTurns() {
  const seen: (ReloadAsk | string)[] = [];
  let running = 0;
  const slowly = async (what: ReloadAsk | string) => {
    seen.push(what);
    assert.equal(++running, 1, "Two run at once");
    await new Promise((go) => setTimeout(go, 1));
    running--;
  };
  const turns = new SharedTurns(async (ask): Promise<ReloadOutcome> => {
    await slowly(ask);
    return {
      ...{ kind: "applied", cause: ask.cause, version: 1, hash: "", atMs: 0 },
      ...{ changed: [], needsRestart: [], problems: [], notes: [] },
      rolledBackTo: undefined,
    };
  });
  return { turns, seen, slowly };
}

Deno.test("whatever is asked for runs one after the other, in the order of asking", async () => {
  const { turns, seen, slowly } = slowTurns();
  await Promise.all([
    turns.take(() => slowly("first")),
    turns.take(() => slowly("second")),
    turns.reload("api", false),
    turns.take(() => slowly("third")),
  ]);
  assert.deepEqual(
    seen.map((what) => typeof what === "string" ? what : what.cause),
    ["first", "second", "api", "third"],
  );
});

Deno.test("those who share a reload get all that any of them wanted of it", async () => {
  const { turns, seen } = slowTurns();
  await Promise.all([
    turns.reload("watch", false),
    turns.reload("url", false),
    turns.reload("api", true),
  ]);
  assert.deepEqual(seen, [
    { cause: "watch", look: { file: true, url: true }, isForced: true },
  ]);
  await turns.reload("url", false);
  assert.deepEqual(seen[1], {
    ...{ cause: "url", look: { file: false, url: true }, isForced: false },
  });
});

Deno.test("one that fails doesn't hold up the others", async () => {
  const { turns, slowly } = slowTurns();
  const failing = turns.take(() => Promise.reject(new Error("a slip")));
  const next = turns.take(() => slowly("next"));
  await assert.rejects(failing, /a slip/);
  await next;
});

import assert from "node:assert/strict";
import { saidOf } from "../../src/wire/said.ts";

Deno.test("an answer that says nothing of the client, such as a Go server's, says neither", () => {
  const nothing = { isDrained: false, conflict: undefined };
  for (
    const text of [
      ...['{"status":"received"}', "", "<html>", "null", "[]", '"drained"'],
      ...['{"drained":"true","conflict":7}', '{"drained":'],
    ]
  ) assert.deepEqual(saidOf(text), nothing, text);
});

Deno.test("that the client is drained and that its id is used twice is read", () => {
  assert.deepEqual(saidOf('{"status":"ok","drained":true,"conflict":"b, a"}'), {
    isDrained: true,
    conflict: "b, a",
  });
});

Deno.test("the server's words can't steer a terminal or fill a log", () => {
  const conflict = `a\u001b[2J\n\u202e${"x".repeat(5000)}`;
  const said = saidOf(JSON.stringify({ conflict })).conflict ?? "";
  assert.match(said, /^a\[2Jx+$/);
  assert.ok(said.length <= 600);
});

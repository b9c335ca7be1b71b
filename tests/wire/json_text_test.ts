import assert from "node:assert/strict";
import { JSON_DEPTH_MAX } from "../../src/wire/bounds.ts";
import { parseJson } from "../../src/wire/json_text.ts";

Deno.test("JSON is read, and of two members with one name the later counts", () => {
  assert.deepEqual(parseJson(' {"a": 1, "a": 2} '), {
    kind: "json",
    value: { a: 2 },
  });
});

Deno.test("arrays and objects may be as deep in one another as the bound, not deeper", () => {
  assert.equal(parseJson(nested(JSON_DEPTH_MAX)).kind, "json");
  assert.deepEqual(parseJson(nested(JSON_DEPTH_MAX + 1)), {
    kind: "not_json",
    reason: `more than ${JSON_DEPTH_MAX} arrays or objects in one another`,
  });
  assert.equal(parseJson('{"a":'.repeat(100_000)).kind, "not_json");
});

Deno.test("brackets side by side or inside strings are not depth", () => {
  const wide = `[${new Array(1000).fill("[{}]").join()}]`;
  assert.equal(parseJson(wide).kind, "json");
  const quoted = JSON.stringify(`"\\${"[{".repeat(1000)}\\\\"`);
  assert.equal(parseJson(`{"a":${quoted},"b":"\\\\"}`).kind, "json");
});

for (
  const text of ["", " ", "{", "{'a':1}", "NaN", "{}{}", '{"a":1,}', "\u0000"]
) {
  Deno.test(`${JSON.stringify(text)} is not JSON, and the answer says why`, () => {
    const parsed = parseJson(text);
    assert.equal(parsed.kind, "not_json");
    assert.match(parsed.kind === "not_json" ? parsed.reason : "", /JSON/);
  });
}

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeInvisible } from "../../src/log/escape_invisible.ts";

Deno.test("line ends, tabs, escapes, overrides and separators are written out", () => {
  assert.equal(escapeInvisible("a\nb\r\tc"), String.raw`a\nb\r\tc`);
  assert.equal(
    escapeInvisible("\x1b[2J\x00\x7f\x9b"),
    String.raw`\u001b[2J\u0000\u007f\u009b`,
  );
  assert.equal(
    escapeInvisible("\u202eevil\u2066\u200b\ufeff"),
    String.raw`\u202eevil\u2066\u200b\ufeff`,
  );
  assert.equal(escapeInvisible("\u2028\u2029"), String.raw`\u2028\u2029`);
  assert.equal(escapeInvisible("\u{e0041}"), String.raw`\udb40\udc41`);
  assert.equal(escapeInvisible("\ud800x\udc00"), String.raw`\ud800x\udc00`);
});

Deno.test("what a reader can see stays as it is", () => {
  for (
    const text of ["", "plain", "Zürich", "東京", "😀", `"quoted" \\ back`]
  ) assert.equal(escapeInvisible(text), text);
});

Deno.test("JSON means the same before and after", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(JSON.parse(escapeInvisible(JSON.stringify(text))), text);
  }));
});

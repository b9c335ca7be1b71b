import assert from "node:assert/strict";
import { textTable } from "../../src/cli/text_table.ts";

Deno.test("columns are as wide as their widest cell, and no line ends in spaces", () => {
  const table = textTable(
    [{ title: "NAME" }, { title: "N", right: true }, { title: "LAST" }],
    [["a", "1", "x"], ["longer", "100", ""]],
  );
  assert.equal(
    table,
    "NAME      N  LAST\n" + "a         1  x\n" + "longer  100\n",
  );
});

Deno.test("what callers and machines call themselves neither moves the cursor nor the next column", () => {
  const table = textTable(
    [{ title: "HOST" }, { title: "UP" }],
    [["日本", "a"], ["e\u0301t\u00e9", "b"], ["\u202ex\x1b[2J", "c"]],
  );
  assert.equal(
    table,
    [
      "HOST              UP",
      "日本              a",
      "e\u0301t\u00e9               b",
      "\\u202ex\\u001b[2J  c",
      "",
    ].join("\n"),
  );
});

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

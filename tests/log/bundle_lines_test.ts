import assert from "node:assert/strict";
import { BundleLines, LINES_FILE } from "../../src/log/bundle_lines.ts";

Deno.test("a place of a bundle is the place in the source that its table tells", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const url = `file://${folder}/chunk-A.js`;
    const table = { "chunk-A.js": { "3:140": "src/store/writer.ts:120" } };
    await Deno.writeTextFile(`${folder}/${LINES_FILE}`, JSON.stringify(table));
    const lines = new BundleLines();
    assert.equal(lines.lineOf(url, 3, 140), "src/store/writer.ts:120");
    assert.equal(
      new BundleLines().lineOf(`${folder}/chunk-A.js`, 3, 140),
      "src/store/writer.ts:120",
    );
    assert.equal(lines.lineOf(url, 3, 141), "chunk-A.js:3:141");
    assert.equal(
      lines.lineOf(`file://${folder}/b.js`, 1, 2),
      "b.js:1:2",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without a table, or with a broken one, a place is what the bundle calls it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const url = `file://${folder}/chunk-A.js`;
    assert.equal(new BundleLines().lineOf(url, 3, 140), "chunk-A.js:3:140");
    await Deno.writeTextFile(`${folder}/${LINES_FILE}`, "{");
    assert.equal(new BundleLines().lineOf(url, 3, 140), "chunk-A.js:3:140");
    assert.equal(
      new BundleLines().lineOf("https://example.org/a.js", 1, 2),
      "a.js:1:2",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { callLines } from "../../dist/build/call_lines.ts";
import { bundle } from "../../dist/build/bundle.ts";

Deno.test("a call of a bundle is found where its source map says, others and other people's are not", () => {
  const text = "x;a.info(1);b.log(2);c?.warn(3);d.error(4)";
  // Segments: column 0 → source 0 line 9, column 12 → line 10, column 33 → source 1 line 0.
  const map = JSON.stringify({
    sources: ["../../srv/opsen/src/api/app.ts", "../../cache/z/src/z.js"],
    mappings: "AASA,YACA,qBCVA",
  });
  const places = { folder: "/tmp/x", root: "/srv/opsen" };
  assert.deepEqual(callLines([{ name: "m.js", text, map }], places), {
    "m.js": { "1:5": "src/api/app.ts:10", "1:25": "src/api/app.ts:11" },
  });
});

Deno.test("a program that is bundled says where its source says a line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
    const said = `${root}/tests/dist/fixture/says_a_line.ts`;
    const { entry, modules } = await bundle(root, said, folder);
    assert.ok(modules.every(({ name }) => !name.endsWith(".map")));
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--allow-read", entry],
      stdout: "null",
    }).output();
    const { line } = JSON.parse(new TextDecoder().decode(stderr));
    const source = await Deno.readTextFile(said);
    const at = source.split("\n").findIndex((row) => row.includes(".warn("));
    assert.equal(line, `tests/dist/fixture/says_a_line.ts:${at + 1}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

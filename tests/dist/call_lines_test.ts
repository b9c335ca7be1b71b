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

Deno.test("a call of a method whose name is a value is found too", () => {
  const text = "x[0];c[l](s,u)";
  // Segments: column 0 → source 0 line 9, column 5 → line 10.
  const map = JSON.stringify({
    sources: ["../../srv/opsen/src/server/fleet_news.ts"],
    mappings: "AASA,KACA",
  });
  const places = { folder: "/tmp/x", root: "/srv/opsen" };
  assert.deepEqual(callLines([{ name: "m.js", text, map }], places), {
    "m.js": { "1:10": "src/server/fleet_news.ts:11" },
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
    const lines = new TextDecoder().decode(stderr).trim().split("\n")
      .map((text) => JSON.parse(text).line);
    const rows = (await Deno.readTextFile(said)).split("\n");
    const wanted = [".warn(", "[level]("].map((call) =>
      rows.findIndex((row) => row.includes(call)) + 1
    );
    assert.deepEqual(
      lines,
      wanted.map((at) => `tests/dist/fixture/says_a_line.ts:${at}`),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

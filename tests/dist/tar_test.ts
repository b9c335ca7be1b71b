import assert from "node:assert/strict";
import fc from "fast-check";
import { tar } from "../../dist/build/tar.ts";
import { toolTest } from "../tools.ts";
import { inFolder, run } from "./executable.ts";

toolTest("tar", "an archive holds what was put in", async () => {
  const files = [0, 1, 511, 512, 513, 100_000].map((length) => ({
    name: `module-${length}.js`,
    content: crypto.getRandomValues(new Uint8Array(Math.min(length, 65_536))),
  }));
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.tar`, tar(files));
    const { code, stderr } = await run("tar", ["-xf", "a.tar"], {
      cwd: folder,
    });
    assert.deepEqual([code, stderr], [0, ""]);
    for (const { name, content } of files) {
      assert.deepEqual(await Deno.readFile(`${folder}/${name}`), content);
    }
    assert.equal([...Deno.readDirSync(folder)].length, files.length + 1);
  });
});

Deno.test("an archive is whole blocks, and the same for the same files", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 2000 })), (contents) => {
      const files = contents.map((content, index) => ({
        name: `${index}.js`,
        content,
      }));
      const archive = tar(files);
      assert.equal(archive.length % 512, 0);
      assert.deepEqual(tar(files), archive);
    }),
  );
});

Deno.test("a name that does not fit is refused", () => {
  assert.throws(
    () => tar([{ name: "ü".repeat(51), content: new Uint8Array() }]),
    RangeError,
  );
  tar([{ name: "ü".repeat(50), content: new Uint8Array() }]);
});

import assert from "node:assert/strict";
import { bundle } from "../../dist/build/bundle.ts";
import { inFolder } from "./executable.ts";

Deno.test("a program has the same bytes, wherever it is bundled", async () => {
  await inFolder(async (folder) => {
    const sources = {
      "main.ts": 'for (const n of ["one", "two"]) {\n' +
        '  console.log(await (n === "one" ? import("./one.ts") : import("./two.ts")));\n}\n',
      "one.ts": 'export { shared } from "./shared.ts";\n',
      "two.ts": 'export { shared as two } from "./shared.ts";\n',
      "shared.ts": "export const shared = [1, 2, 3];\n",
    };
    const programs = [];
    for (const place of ["a", "deep/er/b"]) {
      const root = `${folder}/${place}`;
      const into = `${folder}/out-${place.length}/x/${place}`;
      await Deno.mkdir(into, { recursive: true });
      await Deno.mkdir(root, { recursive: true });
      await Deno.writeTextFile(`${root}/deno.json`, "{}");
      for (const [name, text] of Object.entries(sources)) {
        await Deno.writeTextFile(`${root}/${name}`, text);
      }
      programs.push((await bundle(root, `${root}/main.ts`, into)).modules);
      const run = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-config", `${into}/main.js`],
      });
      assert.equal((await run.output()).code, 0);
    }
    const [first, second] = programs;
    assert.ok(first !== undefined && first.length >= 4);
    assert.deepEqual(first, second);
  });
});

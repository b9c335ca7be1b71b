import assert from "node:assert/strict";
import { CONTENTS } from "../../src/ui/contents.ts";
import { uiFiles } from "../../src/ui/files.ts";

/** What the whole page may weigh, everything that it can ever load included. */
const WEIGHT_BYTES_MAX = 200_000;

Deno.test("the page weighs less than 200 KB with all that it can load", () => {
  const bytes = Object.values(CONTENTS)
    .reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
  assert.ok(bytes < WEIGHT_BYTES_MAX, `${bytes} bytes`);
});

Deno.test("every file that the page names is served, and every script of the folder is", () => {
  const names = Object.keys(CONTENTS);
  for (const [name, text] of Object.entries(CONTENTS)) {
    const named = text.matchAll(/\/_opsen\/ui\/([\w-]+\.\w+)"/g);
    const imported = text.matchAll(/from "\.\/([\w-]+\.js)"/g);
    for (const [, file] of [...named, ...imported]) {
      assert.ok(names.includes(file ?? ""), `"${name}" names "${file}"`);
    }
  }
  const folder = new URL("../../src/ui/", import.meta.url);
  const scripts = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.endsWith(".ts"));
  assert.deepEqual(scripts.filter((name) => !names.includes(name)), []);
  const index = CONTENTS["index.html"] ?? "";
  const modules = scripts.filter((name) => name.endsWith(".js"));
  assert.deepEqual(
    modules.filter((name) => !index.includes(`/_opsen/ui/${name}"`)),
    [],
    "not loaded at once",
  );
});

Deno.test("no page of ours carries a style or a script in itself", () => {
  const index = CONTENTS["index.html"] ?? "";
  assert.doesNotMatch(index, /\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(index, /https?:|\/\/[a-z]/);
});

Deno.test("a file has its type and a validator that follows its text; others are none", async () => {
  const app = await uiFiles.file("app.js");
  assert.equal(app?.type, "text/javascript; charset=utf-8");
  assert.match(app?.etag ?? "", /^"[\w=-]{44}"$/);
  const page = await uiFiles.file("index.html");
  assert.equal(page?.type, "text/html; charset=utf-8");
  assert.notEqual(page?.etag, app?.etag);
  for (const name of ["nothing.js", "toString", "__proto__", "../files.ts"]) {
    assert.equal(await uiFiles.file(name), undefined, name);
  }
});

Deno.test("a script loses its comments on the way to a browser, and no line of code", async () => {
  const folder = new URL("../../src/ui/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".js")) continue;
    const source = await Deno.readTextFile(new URL(name, folder));
    const code = source.split("\n")
      .filter((line) => !/^ *(\*|\/\/|\/\*\*(?!.*\*\/ ?\S))/.test(line));
    assert.equal(CONTENTS[name], code.join("\n"), name);
  }
});

import assert from "node:assert/strict";
import { CONTENTS, MODULES } from "../../src/ui/contents.ts";
import { uiFiles } from "../../src/ui/files.ts";
import { oneScript } from "../../src/ui/one_script.ts";

/** What the whole page may weigh, everything that it can ever load included. */
const WEIGHT_BYTES_MAX = 200_000;

/** A reload costs this, and the feed: by default an address may ask 120 times at once, and once a second then. */
const FILES_MAX = 6;

Deno.test("the page weighs less than 200 KB with all that it can load", () => {
  const bytes = Object.values(CONTENTS)
    .reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
  assert.ok(bytes < WEIGHT_BYTES_MAX, `${bytes} bytes`);
});

Deno.test("every file that the page names is served, and every file of the folder is", () => {
  const names = Object.keys(CONTENTS);
  for (const [name, text] of Object.entries(CONTENTS)) {
    const named = text.matchAll(/\/_opsen\/ui\/([\w-]+\.\w+)"/g);
    for (const [, file] of named) {
      assert.ok(names.includes(file ?? ""), `"${name}" names "${file}"`);
    }
  }
  const folder = new URL("../../src/ui/", import.meta.url);
  const known = [...names, ...Object.keys(MODULES)];
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.endsWith(".ts"));
  assert.deepEqual(files.filter((name) => !known.includes(name)), []);
  for (const name of Object.keys(MODULES)) {
    const place = `of_${name.replace(".", "_")} =`;
    assert.equal(CONTENTS["app.js"]?.split(place).length, 2, name);
  }
});

Deno.test("the page asks for few files, so that loading it often stays below what an address may ask for", () => {
  const index = CONTENTS["index.html"] ?? "";
  const files = new Set(index.match(/\/_opsen\/ui\/[\w-]+\.\w+/g));
  assert.ok(files.size <= FILES_MAX, [...files].join());
  assert.doesNotMatch(CONTENTS["app.js"] ?? "", /^ *(import|export) /m);
});

Deno.test("modules that need each other are no script, and neither are those of which one is missing", () => {
  const circle = {
    "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
    "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
  };
  assert.throws(() => oneScript(circle, "a.js"), /"a.js".*needs itself/);
  const torn = { "a.js": circle["a.js"] };
  assert.throws(() => oneScript(torn, "a.js"), /"b.js".*missing/);
  const names = 'const own = 1;\nexport const b = "b";\nown;\n';
  const whole = oneScript({
    "a.js": 'import { b } from "./b.js";\nconst own = `${b}a`;\nseen(own);\n',
    "b.js": names,
  }, "a.js");
  const heard: string[] = [];
  new Function("seen", whole)((text: string) => heard.push(text));
  assert.deepEqual(heard, ["ba"]);
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
    const served = MODULES[name] ?? CONTENTS[name];
    assert.equal(served, code.join("\n"), name);
  }
});

import assert from "node:assert/strict";
import { TextFiles } from "../../src/collect/text_files.ts";
import { toolTest } from "../tools.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { fixture, TemporaryTree } from "./trees.ts";

Deno.test("a file is read whole, again and again, also when it is replaced or shrinks", () => {
  using tree = new TemporaryTree({ stat: "a long first text" });
  const files = new TextFiles();
  const path = `${tree.root}/stat`;
  assert.equal(valueOf(files.read(path)), "a long first text");
  tree.write("stat", "short");
  assert.equal(valueOf(files.read(path)), "short");
  assert.equal(valueOf(files.read(path)), "short");
});

Deno.test("files of /proc, which have no size, are read to their end", () => {
  if (Deno.build.os !== "linux") return;
  const text = valueOf(new TextFiles().read("/proc/meminfo"));
  assert.equal(
    text,
    Deno.readTextFileSync("/proc/meminfo").slice(0, 9) + text.slice(9),
  );
  assert.ok(text.endsWith("\n"));
});

Deno.test("a missing file, an empty file and a folder are absent, with path and cause", () => {
  using tree = new TemporaryTree({ empty: "", "folder/file": "x" });
  const files = new TextFiles();
  assert.match(reasonOf(files.read(`${tree.root}/none`)), /none".*ENOENT/);
  assert.match(reasonOf(files.read(`${tree.root}/empty`)), /empty" is empty/);
  assert.match(reasonOf(files.read(`${tree.root}/folder`)), /folder".*EISDIR/);
  assert.ok(files.exists(`${tree.root}/folder`));
  assert.ok(!files.exists(`${tree.root}/none`));
});

Deno.test("a file without end is absent instead of filling the memory", () => {
  assert.match(reasonOf(new TextFiles().read("/dev/zero")), /longer than/);
});

Deno.test("bytes that are no text do no harm", () => {
  using tree = new TemporaryTree();
  Deno.writeFileSync(`${tree.root}/bytes`, new Uint8Array([0xff, 0x00, 0x80]));
  assert.equal(valueOf(new TextFiles().read(`${tree.root}/bytes`)).length, 3);
});

toolTest("mkfifo", "a pipe in a file's place does not hang the reader", () => {
  using tree = new TemporaryTree();
  const path = `${tree.root}/stat`;
  assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  const files = new TextFiles();
  assert.match(reasonOf(files.read(path)), /is empty/);
  using _writer = Deno.openSync(path, { read: true, write: true });
  assert.match(reasonOf(files.read(path)), /EAGAIN/);
});

Deno.test("a fixture reads like the real thing", () => {
  const text = valueOf(new TextFiles().read(`${fixture("proc_desktop")}/stat`));
  assert.match(text, /^cpu {2}264810 /);
});

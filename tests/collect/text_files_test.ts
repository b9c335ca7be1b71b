import assert from "node:assert/strict";
import { TextFiles } from "../../src/collect/text_files.ts";
import { toolTest } from "../tools.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { TemporaryTree } from "./trees.ts";

Deno.test("a file is read whole, again and again, also when it is replaced or shrinks", () => {
  using tree = new TemporaryTree({ stat: "a long first text" });
  using files = new TextFiles();
  const path = `${tree.root}/stat`;
  assert.equal(valueOf(files.reread(path)), "a long first text");
  tree.write("stat", "short");
  assert.equal(valueOf(files.reread(path)), "short");
  assert.equal(valueOf(files.reread(path)), "short");
  assert.equal(valueOf(files.read(path)), "short");
});

Deno.test({
  name: "a kept file shows what the kernel says now",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using files = new TextFiles();
    const uptimes: number[] = [];
    for (let i = 0; i < 2; i++) {
      uptimes.push(parseFloat(valueOf(files.reread("/proc/uptime"))));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    assert.ok(Number(uptimes[1]) > Number(uptimes[0]), uptimes.join());
  },
});

Deno.test({
  name: "a file of the kernel that is gone is absent, and is looked for again",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using files = new TextFiles();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "await new Promise(() => setTimeout(() => {}, 60000))"],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const path = `/proc/${child.pid}/status`;
    assert.equal(files.reread(path).kind, "present");
    child.kill("SIGKILL");
    await child.status;
    assert.match(
      reasonOf(files.reread(path)),
      /status" can't be read: No such/,
    );
    assert.match(
      reasonOf(files.reread(path)),
      /status" can't be read: No such/,
    );
  },
});

Deno.test({
  name:
    "what is kept open below a folder is closed when the folder is forgotten, and opened again when it is asked for",
  ignore: Deno.build.os !== "linux",
  fn() {
    using files = new TextFiles();
    const paths = ["/proc/self/stat", "/proc/self/net/dev", "/proc/uptime"];
    const open = () =>
      [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
        try {
          return Deno.readLinkSync(`/proc/self/fd/${name}`);
        } catch {
          return "";
        }
      }).filter((path) => /\/(stat|dev|uptime)$/.test(path)).length;
    const before = open();
    for (const path of paths) valueOf(files.reread(path));
    assert.equal(open(), before + 3);
    files.forget("/proc/self");
    assert.equal(open(), before + 1);
    for (const path of paths) valueOf(files.reread(path));
    assert.equal(open(), before + 3);
  },
});

Deno.test("a missing file, an empty file and a folder are absent, with path and cause", () => {
  using tree = new TemporaryTree({ empty: "", "folder/file": "x" });
  using files = new TextFiles();
  assert.match(
    reasonOf(files.read(`${tree.root}/none`)),
    /none" can't be read: No such file or directory$/,
  );
  assert.match(reasonOf(files.read(`${tree.root}/empty`)), /empty" is empty$/);
  assert.match(
    reasonOf(files.read(`${tree.root}/folder`)),
    /folder" can't be read: It is not a file$/,
  );
  assert.ok(files.exists(`${tree.root}/folder`));
  assert.ok(!files.exists(`${tree.root}/none`));
});

Deno.test("a file that is too long is absent instead of filling the memory", () => {
  using tree = new TemporaryTree({ stat: "x".repeat(1 << 20) });
  using files = new TextFiles();
  assert.match(reasonOf(files.read(`${tree.root}/stat`)), /longer than/);
  assert.match(reasonOf(files.read("/dev/zero")), /not a file/);
});

Deno.test("bytes that are no text do no harm", () => {
  using tree = new TemporaryTree();
  Deno.writeFileSync(`${tree.root}/bytes`, new Uint8Array([0xff, 0x00, 0x80]));
  using files = new TextFiles();
  assert.equal(valueOf(files.read(`${tree.root}/bytes`)).length, 3);
});

toolTest("mkfifo", "a pipe in a file's place does not hang the reader", () => {
  using tree = new TemporaryTree();
  const path = `${tree.root}/stat`;
  assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  using files = new TextFiles();
  assert.match(reasonOf(files.read(path)), /not a file/);
  assert.match(reasonOf(files.reread(path)), /not a file/);
});

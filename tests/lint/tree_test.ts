import assert from "node:assert/strict";
import { toolTest } from "../tools.ts";
import { Tree } from "./tree.ts";

const FILES = [
  "src/a.ts",
  "src/ignored.db",
  "dist/opsen",
  "dist/build.ts",
  "node_modules/x/y.ts",
  "tests/fixtures/f.ts",
];

Deno.test("without git the files on the disk count, but for what builds leave", async () => {
  await inFolder(async (root) => {
    const tree = await Tree.open(root);
    assert.deepEqual(tree.paths, [
      "dist/build.ts",
      "src/a.ts",
      "src/ignored.db",
      "tests/fixtures/f.ts",
    ]);
    assert.deepEqual(tree.texts(), ["dist/build.ts", "src/a.ts"]);
    assert.equal(tree.read("src/a.ts"), "text of src/a.ts");
    assert.throws(
      () => tree.read("README.md"),
      /Cannot read "README.md", which the house rules want/,
    );
    assert.deepEqual(
      ["src", "src/", "src/a.ts", "sr"].map((path) => tree.has(path)),
      [true, true, true, false],
    );
  });
});

toolTest(
  "git",
  "with git the tracked files count, and those that are not ignored",
  async () => {
    await inFolder(async (root) => {
      await Deno.writeTextFile(
        new URL(".gitignore", root),
        "*.db\nnode_modules/\n",
      );
      await git(root, "init", "--quiet");
      await git(root, "add", "src/a.ts", "dist/build.ts");
      await Deno.remove(new URL("dist/build.ts", root));
      assert.deepEqual((await Tree.open(root)).paths, [
        ".gitignore",
        "src/a.ts",
        "tests/fixtures/f.ts",
      ]);
    });
  },
);

async function git(root: URL, ...args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command("git", {
    args: [...args],
    cwd: root,
  }).output();
  assert.ok(success, args.join(" "));
}

async function inFolder(work: (root: URL) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const file of FILES) {
      await Deno.mkdir(`${folder}/${file}`.replace(/[^/]*$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${folder}/${file}`, `text of ${file}`);
    }
    await work(new URL(`file://${folder}/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

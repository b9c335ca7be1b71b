import assert from "node:assert/strict";
import { byFolder, parseLcov, percentOf } from "./coverage.ts";

Deno.test("an lcov report gives lines by file, below the root only", () => {
  const text = [
    "SF:/r/src/a/x.ts\nFN:1,f\nDA:1,3\nDA:2,0\nDA:3,1\nLH:2\nLF:3\nend_of_record",
    "SF:/elsewhere/y.ts\nDA:1,1\nend_of_record",
    "SF:/r/src/a/y.ts\nend_of_record",
    "",
  ].join("\n");
  assert.deepEqual(parseLcov(text, "/r/"), [
    { path: "src/a/x.ts", lines: 3, coveredLines: 2 },
    { path: "src/a/y.ts", lines: 0, coveredLines: 0 },
  ]);
});

Deno.test("files are summed up by folder, and nested folders stand for themselves", () => {
  const files = [
    { path: "src/b/x.ts", lines: 10, coveredLines: 5 },
    { path: "src/b/y.ts", lines: 10, coveredLines: 10 },
    { path: "src/b/c/z.ts", lines: 2, coveredLines: 0 },
    { path: "src/a.ts", lines: 1, coveredLines: 1 },
  ];
  assert.deepEqual(byFolder(files), [
    { path: "src", lines: 1, coveredLines: 1 },
    { path: "src/b", lines: 20, coveredLines: 15 },
    { path: "src/b/c", lines: 2, coveredLines: 0 },
  ]);
});

Deno.test("percents are rounded down, and nothing to cover is covered", () => {
  assert.equal(percentOf({ path: "", lines: 1000, coveredLines: 799 }), 79);
  assert.equal(percentOf({ path: "", lines: 0, coveredLines: 0 }), 100);
});

Deno.test("a module that no test imports counts as not covered, and programs that tests start count", async () => {
  const root = await Deno.makeTempDir({ prefix: "opsen coverage " });
  try {
    const body = "{\n  const a = 1;\n  const b = 2;\n  return a + b;\n}\n";
    await write(root, "deno.json", "{}");
    await write(root, "src/tested/a.ts", `export function a() ${body}`);
    await write(root, "src/started/b.ts", `export function b() ${body}b();\n`);
    await write(root, "src/forgotten/c.ts", `export function c() ${body}`);
    await write(
      root,
      "src/types/d.ts",
      "export interface D { readonly d: number }\n",
    );
    await write(
      root,
      "tests/a_test.ts",
      `import { a } from "../src/tested/a.ts";
      Deno.test("a", async () => {
        a();
        await new Deno.Command(Deno.execPath(), { args: ["run", "src/started/b.ts"] }).output();
      });`,
    );
    const { code, stdout, stderr } = await measure(root);
    const coverage = JSON.parse(stdout);
    const percents = Object.fromEntries(
      coverage.folders.map((
        folder: Parameters<typeof percentOf>[0],
      ) => [folder.path, percentOf(folder)]),
    );
    assert.equal(coverage.passed, true);
    assert.deepEqual(Object.keys(percents), [
      "src/forgotten",
      "src/started",
      "src/tested",
    ]);
    assert.equal(percents["src/tested"], 100);
    assert.equal(percents["src/started"], 100);
    assert.ok(percents["src/forgotten"] < 80, JSON.stringify(percents));
    assert.equal(code, 1);
    assert.match(stderr, /"src\/forgotten" is below 80 %/);

    await Deno.remove(`${root}/src/forgotten`, { recursive: true });
    assert.equal((await measure(root)).code, 0);
    await write(
      root,
      "tests/b_test.ts",
      `Deno.test("b", () => { throw new Error("b"); });`,
    );
    assert.equal((await measure(root)).code, 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function write(root: string, path: string, text: string): Promise<void> {
  await Deno.mkdir(`${root}/${path}`.replace(/[^/]*$/, ""), {
    recursive: true,
  });
  await Deno.writeTextFile(`${root}/${path}`, text);
}

async function measure(
  root: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const module = new URL("coverage.ts", import.meta.url).href;
  const url = `file://${encodeURI(root)}/`;
  const source = `import { main } from ${JSON.stringify(module)};
    Deno.exit(await main(["--json"], new URL(${JSON.stringify(url)})));`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-config",
      `data:application/typescript,${encodeURIComponent(source)}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

/** The house rules that no linter knows, as tests over the files of the repository. */
import assert from "node:assert/strict";
import denoJson from "../deno.json" with { type: "json" };
import { standing } from "./lint/layers.ts";
import { anchorsOf, codeOf, linksOf, linkTarget } from "./lint/markdown.ts";
import { Tree } from "./lint/tree.ts";

/** All that may lie at the top. */
const TOP_LEVEL: readonly string[] = [
  ".ci",
  ".gitignore",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "deno.json",
  "deno.lock",
  "dist",
  "ffi",
  "main.ts",
  "src",
  "tests",
];

/** Longer files hold more than one idea. */
const FILE_LINES_MAX = 300;

/** Words that say that something is not finished; in two halves, so that this file has none of them. */
const UNFINISHED = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"], [
  "[Nn]ot imple",
  "mented",
]].map((halves) => halves.join(""));

/** Comments that switch a check off. */
const SWITCHES = [["@ts-", "(ignore|nocheck)"], [
  "deno-(lint|fmt)-",
  "ignore",
]].map((halves) => halves.join(""));

/** The comment that wants an error: a check of types in a test, but in a source file an error that is passed over. */
const WANTED_ERROR = new RegExp(["@ts-", "expect-error"].join(""));

/** What belongs to one machine or one network: home and work folders, package registries. */
const MACHINES: readonly RegExp[] = [
  /(?<![\w.~*-])\/(home|root|work|Users)\/[\w.-]+/,
  /\b[A-Z]:\\Users\\/,
  /\bregistry\.[\w-]+\.[a-z]{2,}/,
];

/** Folders of src/ that hold no code of their own. */
const CODELESS: readonly string[] = ["decisions"];

const ROOT = new URL("../", import.meta.url);

Deno.test("the top level holds what the house says, all of it but ffi/ from the start", async () => {
  const tree = await Tree.open(ROOT);
  const found = [...new Set(tree.paths.map((path) => path.split("/")[0] ?? ""))]
    .sort();
  assert.deepEqual(
    found.filter((name) => !TOP_LEVEL.includes(name)),
    [],
    "unexpected at the top",
  );
  const missing = TOP_LEVEL.filter((name) =>
    name !== "ffi" && !found.includes(name)
  );
  assert.deepEqual(missing, [], "missing at the top");
});

Deno.test("every source file stands in a room of the layer table", async () => {
  const tree = await Tree.open(ROOT);
  assert.deepEqual(
    tree.matching(/^(src|ffi)\/.*\.ts$/).filter((path) =>
      standing(path) === undefined
    ),
    [],
  );
});

Deno.test(`no source file has more than ${FILE_LINES_MAX} lines`, async () => {
  const tree = await Tree.open(ROOT);
  const lengths = tree.matching(/^((src|ffi|dist)\/.*|main)\.(ts|sh)$/).map((
    path,
  ) => [path, linesOf(tree.read(path))]);
  assert.deepEqual(
    lengths.filter(([, lines]) => Number(lines) > FILE_LINES_MAX),
    [],
  );
});

Deno.test("every source file begins by saying what it is for", async () => {
  const tree = await Tree.open(ROOT);
  const paths = tree.matching(/^((src|ffi|dist)\/.*|main)\.ts$/);
  assert.deepEqual(
    paths.filter((path) => !/^(#!.*\n)?\/\*\*/.test(tree.read(path))),
    [],
  );
});

Deno.test("source files are named in small letters, digits and underscores", async () => {
  const tree = await Tree.open(ROOT);
  const names = tree.matching(/^(src|ffi|tests|dist)\/.*\.ts$/);
  assert.deepEqual(names.filter((path) => !/^[a-z0-9_/]+\.ts$/.test(path)), []);
});

Deno.test("nothing is left unfinished", async () => {
  await refuseText(
    (tree) => tree.texts(),
    UNFINISHED.map((word) => new RegExp(`(?<!\\w)${word}(?!\\w)`)),
  );
});

Deno.test("no check is switched off", async () => {
  await refuseText(
    (tree) => tree.matching(/\.ts$/),
    SWITCHES.map((text) => new RegExp(text)),
  );
  await refuseText((tree) => tree.matching(/^((src|ffi|dist)\/.*|main)\.ts$/), [
    WANTED_ERROR,
  ]);
});

Deno.test("no package is imported late: a bundle would not have its names", async () => {
  await refuseText((tree) => tree.matching(/^(src|ffi)\/.*\.ts$/), [
    /\bimport\(\s*"(?!\.|node:)/,
  ]);
});

Deno.test("nothing names a machine, a home folder or a package registry", async () => {
  await refuseText((tree) => tree.texts(), MACHINES);
});

Deno.test("text files have no trailing spaces or carriage returns, and end with a line end", async () => {
  await refuseText((tree) => tree.texts(), [/[ \t]$/m, /\r/, /[^\n]$/]);
});

Deno.test("every room has tests", async () => {
  const tree = await Tree.open(ROOT);
  const rooms = new Set(
    tree.matching(/^src\/[^/]+\/.*\.ts$/).map((path) =>
      path.split("/")[1] ?? ""
    ),
  );
  const untested = [...rooms].filter((room) =>
    !CODELESS.includes(room) &&
    tree.matching(new RegExp(`^tests/${room}/.*_test\\.ts$`)).length === 0
  );
  assert.deepEqual(untested, []);
});

Deno.test("every decision is numbered without gaps and linked from the architecture", async () => {
  const tree = await Tree.open(ROOT);
  const decisions = tree.matching(/^src\/decisions\/.*\.md$/);
  assert.ok(decisions.length > 0, "There are no decisions");
  for (const [index, path] of decisions.entries()) {
    assert.match(
      path,
      new RegExp(`/${String(index + 1).padStart(4, "0")}-[a-z0-9-]+\\.md$`),
    );
  }
  const architecture = "src/ARCHITECTURE.md";
  const linked = linksOf(tree.read(architecture)).map((link) =>
    linkTarget(architecture, link)?.path
  );
  assert.deepEqual(decisions.filter((path) => !linked.includes(path)), []);
});

Deno.test("every relative link of a document leads to a file, and every anchor to a heading", async () => {
  const tree = await Tree.open(ROOT);
  const broken: string[] = [];
  for (const from of tree.matching(/\.md$/)) {
    for (const link of linksOf(tree.read(from))) {
      const target = linkTarget(from, link);
      if (target === undefined) continue;
      const isMissing = !tree.has(target.path) ||
        target.anchor !== "" && target.path.endsWith(".md") &&
          !anchorsOf(tree.read(target.path)).includes(target.anchor);
      if (isMissing) broken.push(`${from}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("dependencies have exact versions and are used", async () => {
  const tree = await Tree.open(ROOT);
  const sources = tree.matching(/\.ts$/).map((path) => tree.read(path));
  for (const [name, target] of Object.entries(denoJson.imports)) {
    assert.match(target, /^npm:(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/.*)?$/);
    const quoted = new RegExp(`["']${RegExp.escape(name)}(/[^"']*)?["']`);
    assert.ok(
      sources.some((source) => quoted.test(source)),
      `Nothing imports "${name}"`,
    );
  }
});

Deno.test("the lock file holds hashes and no addresses to download from", async () => {
  const lock = (await Tree.open(ROOT)).read("deno.lock");
  assert.match(lock, /"integrity": "sha512-/);
  assert.doesNotMatch(lock, /https?:\/\//);
});

Deno.test("the change log has the current version", async () => {
  const changes = (await Tree.open(ROOT)).read("CHANGELOG.md");
  assert.match(
    changes,
    new RegExp(`^## .*\\b${RegExp.escape(denoJson.version)}\\b`, "m"),
  );
});

Deno.test("the licence is the one that deno.json names", async () => {
  const licence = (await Tree.open(ROOT)).read("LICENSE");
  assert.equal(denoJson.license, "Apache-2.0");
  assert.match(licence, /Apache License\n\s+Version 2\.0, January 2004/);
  assert.match(licence, /Copyright 2026 Opsen Contributors/);
});

Deno.test("every task and every command that the documents name exists", async () => {
  const tree = await Tree.open(ROOT);
  const commands = [
    ...tree.read("src/cli/commands.ts").matchAll(/\bname: "([a-z-]+)"/g),
  ].map((match) => match[1]);
  assert.ok(
    commands.includes("server"),
    'There is no command "server" in src/cli/commands.ts',
  );
  tree.read("README.md");
  for (const path of tree.matching(/\.md$/)) {
    const code = codeOf(tree.read(path)).join("\n");
    for (
      const [, task] of code.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][\w:-]*)/g)
    ) {
      assert.ok(
        Object.hasOwn(denoJson.tasks, task ?? ""),
        `${path} names the task "${task}"`,
      );
    }
    for (
      const [, command] of code.matchAll(
        /^\s*(?:\$ )?(?:sudo )?(?:\.\/|dist\/)*opsen ([a-z][a-z-]*)/gm,
      )
    ) {
      assert.ok(
        command === "help" || commands.includes(command),
        `${path} names the command "${command}"`,
      );
    }
  }
});

Deno.test("what is checked before a change is taken is what the README says", async () => {
  const tree = await Tree.open(ROOT);
  const version = /^deno_version=(\S+)$/m.exec(tree.read(".ci/run"))?.[1];
  assert.match(
    tree.read(".ci/run"),
    /npx --yes "deno@\$deno_version" task test\b/,
  );
  assert.ok(
    codeOf(tree.read("README.md")).some((code) =>
      code.includes(`npx --yes deno@${version} task test`)
    ),
  );
});

/** Fails with `path:line` of every text that one of the patterns finds. */
async function refuseText(
  choose: (tree: Tree) => readonly string[],
  patterns: readonly RegExp[],
): Promise<void> {
  const tree = await Tree.open(ROOT);
  const found: string[] = [];
  for (const path of choose(tree)) {
    const text = tree.read(path);
    for (const pattern of patterns) {
      const match = pattern.exec(text);
      if (match !== null) {
        found.push(
          `${path}:${linesOf(text.slice(0, match.index + 1))}: ${
            JSON.stringify(match[0])
          }`,
        );
      }
    }
  }
  assert.deepEqual(found, []);
}

function linesOf(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

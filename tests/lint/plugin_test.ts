import assert from "node:assert/strict";
import plugin from "./plugin.ts";

type Sample = readonly [path: string, source: string];

/** What one rule must refuse and must let pass. */
interface Samples {
  readonly rule: string;
  readonly refused: readonly Sample[];
  readonly passed: readonly Sample[];
}

const SAMPLES: readonly Samples[] = [
  {
    rule: "layers",
    refused: [
      ["src/engine/a.ts", `import { x } from "../api/app.ts";`],
      ["src/engine/a.ts", `import type { X } from "../ports.ts";`],
      ["src/engine/a.ts", `import "../ports.ts";`],
      ["src/engine/a.ts", `import { z } from "zod";`],
      ["src/engine/a.ts", `export * from "../api/app.ts";`],
      ["src/engine/a.ts", `export { x } from "../api/app.ts";`],
      ["src/engine/a.ts", `export type X = import("../ports.ts").X;`],
      [
        "src/api/a.ts",
        `export const load = () => import("../store/writer.ts");`,
      ],
      [
        "src/api/a.ts",
        "export const load = () => import(`../store/writer.ts`);",
      ],
      [
        "src/cli/a.ts",
        `export const load = (name: string) => import("./" + name);`,
      ],
      [
        "src/cli/a.ts",
        "export const load = (name: string) => import(`./${name}.ts`);",
      ],
      ["src/stray.ts", `import { x } from "./ports.ts";`],
    ],
    passed: [
      [
        "src/engine/a.ts",
        `import { x } from "./b.ts";\nexport const y = x;\nexport { y as z };`,
      ],
      ["src/cli/a.ts", `export const load = () => import("../server.ts");`],
      [
        "src/api/a.ts",
        `import { Hono } from "hono";\nimport type { Clock } from "../ports.ts";`,
      ],
      [
        "src/engine/a.ts",
        `// import { x } from "../api/app.ts";\nexport const text = 'import "../api/app.ts"';`,
      ],
      [
        "tests/api/app_test.ts",
        `import { x } from "../../src/store/writer.ts";`,
      ],
      ["/elsewhere/src/engine/a.ts", `import { x } from "../api/app.ts";`],
    ],
  },
  {
    rule: "pure",
    refused: [
      "Date.now()",
      `Date["now"]()`,
      "new Date()",
      "Date()",
      "[Date]",
      "Math.random()",
      `Math["random"]()`,
      "(({ random }) => random())(Math)",
      "performance.now()",
      "globalThis.performance",
      "Deno.args",
      "({ fetch })",
      "({ load: fetch })",
      `fetch("http://127.0.0.1")`,
      "setTimeout(f, 1)",
      "setInterval(f, 1)",
      "queueMicrotask(f)",
      "console.log(1)",
      "crypto.randomUUID()",
      "Promise.resolve(1)",
      "async () => 1",
      "async function () {}",
      "({ async load() {} })",
      `import("./b.ts")`,
      "f[fetch]",
      "(fetch as unknown)",
      "fetch!",
    ].map((
      expression,
    ): Sample => ["src/policy/a.ts", `export const a = ${expression};`]).concat(
      [
        ["src/http1/a.ts", "export async function f() {}"],
        ["src/http1/a.ts", "export async function* f() { yield 1; }"],
        ["src/http1/a.ts", "await f();"],
        ["src/http1/a.ts", "for await (const a of b) f(a);"],
        ["src/http1/a.ts", "export class A { async f() {} }"],
        ["src/http1/a.ts", "export class A { f = fetch; }"],
        ["src/http1/a.ts", "{ await using a = b; }"],
      ],
    ),
    passed: [
      [
        "src/engine/a.ts",
        "export const a = (at: Date) => new Date(at.getTime() + Date.UTC(1970, 0) + Date.parse(''));",
      ],
      [
        "src/engine/a.ts",
        "export const a = (at: unknown) => at instanceof Date;",
      ],
      ["src/engine/a.ts", "export const a = Math.max(1, 2) + Math.PI;"],
      [
        "src/engine/a.ts",
        "export const a = (door: Door) => door.fetch(door.performance, { fetch: 1, Deno() {} });",
      ],
      [
        "src/engine/a.ts",
        "export class A { fetch = 1; performance() {} #crypto = 2; }",
      ],
      [
        "src/engine/a.ts",
        "export interface A { fetch(): Promise<Date>; console: number }",
      ],
      ["src/engine/a.ts", `export const a = "Date.now()"; // Math.random()`],
      [
        "src/engine/a.ts",
        "export function* a(window: number) { using b = f(window); yield b; }",
      ],
      ["src/engine/a.ts", `export const a = globals["toString"];`],
      [
        "src/agent/a.ts",
        "export const a = async () => await fetch(String(Date.now() + Math.random()));",
      ],
      ["tests/engine/a_test.ts", "console.log(performance.now());"],
    ],
  },
  {
    rule: "no-module-state",
    refused: [
      ["src/api/a.ts", "let count = 0;"],
      ["src/api/a.ts", "export let count = 0;"],
      ["src/api/a.ts", "var count = 0;"],
      ["src/api/a.ts", "const cache = new Map<string, number>();"],
      ["src/api/a.ts", "export const seen = new Set();"],
      ["ffi/a.ts", "let handle;"],
      ["main.ts", "let count = 0;"],
      ["src/api/a.ts", "start();"],
      ["src/api/a.ts", "if (ready) start();"],
      ["src/api/a.ts", "try { start(); } catch { stop(); }"],
      ["src/api/a.ts", "const a = await start();"],
      ["src/api/a.ts", `import "./b.ts";\nawait start();`],
    ],
    passed: [
      [
        "src/api/a.ts",
        "export function f() { let count = 0; var b = 1; return () => (count += b); }",
      ],
      ["src/api/a.ts", `const NAMES: ReadonlySet<string> = new Set(["a"]);`],
      ["src/api/a.ts", "export class A { readonly #cache = new Map(); }"],
      ["src/api/a.ts", "export const f = async () => { await g(); };"],
      ["src/api/a.ts", `"use strict";\nexport const a = 1;`],
      ["src/ui/page.ts", "document.title = 'Opsen';"],
      ["main.ts", "Deno.exit(await run(Deno.args));"],
      ["tests/api/a_test.ts", "let count = 0;"],
      ["dist/build.ts", "start();"],
    ],
  },
  {
    rule: "no-barrel",
    refused: [
      ["src/api/mod.ts", "export const a = 1;"],
      ["src/api/index.ts", "export const a = 1;"],
      ["src/api/all.ts", `export * from "./a.ts";`],
      [
        "src/api/all.ts",
        `export { a } from "./a.ts";\nexport type { B } from "./b.ts";`,
      ],
      ["src/api/all.ts", `import { a } from "./a.ts";\nexport { a };`],
    ],
    passed: [
      ["src/api/a.ts", `export { a } from "./b.ts";\nexport const c = 1;`],
      ["src/api/model.ts", "export interface A { readonly a: number }"],
      ["src/api/a.ts", ""],
      ["src/ui/page.ts", `import "./style.ts";`],
      ["tests/api/index.ts", `export * from "./a.ts";`],
    ],
  },
  {
    rule: "no-vague-names",
    refused: [
      ["src/api/utils.ts", "export const a = 1;"],
      ["src/common/a.ts", "export const a = 1;"],
      ["src/api/helpers.ts", "export const a = 1;"],
      ["src/api/test_helper.ts", "export const a = 1;"],
      ["tests/misc_test.ts", "export const a = 1;"],
    ],
    passed: [
      ["src/api/problems.ts", "export const utils = 1;"],
      ["src/engine/utilization.ts", "export const a = 1;"],
    ],
  },
  {
    rule: "exhaustive-switch",
    refused: [
      ["src/api/a.ts", "switch (a.kind) { case 'b': break; default: }"],
      ["src/api/a.ts", "switch (a?.b.kind) { default: }"],
      ["src/api/a.ts", "switch (a!.kind!) { default: }"],
      ["src/api/a.ts", "switch (kind) { default: }"],
      ["src/api/a.ts", "switch (a['kind']) { default: }"],
      ["src/api/a.ts", "switch (a.kind as B) { default: }"],
      ["tests/a_test.ts", "switch (a.kind) { default: }"],
    ],
    passed: [
      ["src/api/a.ts", "switch (a.kind) { case 'b': break; }"],
      ["src/api/a.ts", "switch (a.name) { default: }"],
      ["src/api/a.ts", "switch (a.kind.name) { default: }"],
      ["src/api/a.ts", "switch (a[kind]) { default: }"],
    ],
  },
];

Deno.test("the plugin is named opsen and each of its rules has samples", () => {
  assert.equal(plugin.name, "opsen");
  assert.deepEqual(
    Object.keys(plugin.rules).sort(),
    SAMPLES.map(({ rule }) => rule).sort(),
  );
});

for (const { rule, refused, passed } of SAMPLES) {
  Deno.test(`opsen/${rule} refuses what it must`, () => {
    for (const [path, source] of refused) {
      assert.ok(
        findings(rule, path, source).length > 0,
        `${path} passed:\n${source}`,
      );
    }
  });

  Deno.test(`opsen/${rule} lets pass what it must`, () => {
    for (const [path, source] of passed) {
      assert.deepEqual(
        findings(rule, path, source),
        [],
        `${path} was refused:\n${source}`,
      );
    }
  });
}

Deno.test("a finding says what is wrong and how to mend it", () => {
  const [finding] = Deno.lint.runPlugin(
    plugin,
    "src/engine/a.ts",
    "export const a = Date.now();",
  );
  assert.equal(finding?.id, "opsen/pure");
  assert.equal(finding?.message, "A pure file must not use the wall clock");
  assert.equal(finding?.hint, "Take the instant as an argument");
});

Deno.test("the rules know files by absolute name, as the linter hands them out", () => {
  const name = new URL("../../src/engine/a.ts", import.meta.url).pathname;
  assert.equal(
    Deno.lint.runPlugin(plugin, name, "export const a = Date.now();").length,
    1,
  );
});

function findings(
  rule: string,
  path: string,
  source: string,
): readonly string[] {
  return Deno.lint.runPlugin(plugin, path, source)
    .filter(({ id }) => id === `opsen/${rule}`)
    .map(({ message }) => message);
}

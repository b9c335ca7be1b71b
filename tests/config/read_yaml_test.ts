import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../src/config/problem.ts";
import { readYaml } from "../../src/config/read_yaml.ts";
import { seedOf } from "../seed.ts";

/** The problems of a text, a line each. */
function problems(text: string): string[] {
  return readYaml("f.yml", text).problems.map(problemLine);
}

Deno.test("a file without keys holds nothing, and that is fine", () => {
  for (
    const text of [
      "",
      "\n",
      "# only a comment\n",
      "---\n",
      "--- \n...\n",
      "null\n",
      "{}",
    ]
  ) {
    const { group, problems } = readYaml("f.yml", text);
    assert.deepEqual(
      [group?.entries.size, problems],
      [0, []],
      JSON.stringify(text),
    );
  }
});

Deno.test("each value comes with its kind, line and column", () => {
  const { group } = readYaml(
    "f.yml",
    'port: 8080\nhost: "x"\nui: true\nlist:\n  - 1\nnone:\n',
  );
  const seen = [...group?.entries ?? []].map(([name, { value }]) => {
    const spot = value.spot.kind === "file"
      ? [value.spot.line, value.spot.column]
      : [];
    return [name, value.kind, ...spot];
  });
  assert.deepEqual(seen, [
    ["port", "number", 1, 7],
    ["host", "text", 2, 7],
    ["ui", "flag", 3, 5],
    ["list", "list", 5, 3],
    ["none", "nothing", 6, 6],
  ]);
});

Deno.test("windows line ends and a byte order mark of UTF-8 don't move lines", () => {
  const { group } = readYaml("f.yml", "a: 1\r\nb: 2\r\n");
  assert.deepEqual(group?.entries.get("b")?.spot, {
    kind: "file",
    file: "f.yml",
    line: 2,
    column: 1,
  });
});

Deno.test("an alias stands for what its anchor marks, and a merge adds what is not there", () => {
  const { group } = readYaml(
    "f.yml",
    "a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\nc: *a\nd: {<<: [*a, {z: 3}]}\n",
  );
  const inner = (name: string) => {
    const value = group?.entries.get(name)?.value;
    return value?.kind === "group"
      ? [...value.entries].map((
        [key, { value }],
      ) => [key, value.kind === "number" ? value.value : 0])
      : [];
  };
  assert.deepEqual(inner("b"), [["y", 2], ["x", 1]]);
  assert.deepEqual(inner("c"), [["x", 1], ["y", 1]]);
  assert.deepEqual(inner("d"), [["x", 1], ["y", 1], ["z", 3]]);
});

Deno.test("what is not YAML is said with its line, once a line, without repeating the file", () => {
  const cases = {
    "a: [1, 2": /^f\.yml:1:9: found a line that is not indented/,
    "a: b: hunter2":
      /^f\.yml:1:4: found a key inside a value on one line, wanted one key per line/,
    "\tport: 1": /^f\.yml:1:1: found a tab in the indentation, wanted spaces$/,
    "a: 'hunter2": /^f\.yml:1:12: found a place where a character is missing/,
    'a: "\\hunter2"':
      /found an unknown escape in double quotes, wanted single quotes/,
    "a: @hunter2":
      /^f\.yml:1:4: found a value that starts with a reserved character, wanted quotes around it$/,
    "a: *hunter2":
      /found an alias without an anchor before it, wanted quotes around a value that starts with "\*"$/,
    "a: &hunter2":
      /found an anchor without a value, wanted quotes around a value that starts with "&"$/,
    "a: !hunter2 b":
      /found a tag that means nothing here, wanted quotes around a value that starts with "!"$/,
    "a: &a [*a]": /found an alias without an anchor before it/,
    "a: 1\n---\nb: 2": /^f\.yml:2:1: found a second document/,
    "a: 'b' hunter2": /found a character that can't stand here/,
    "a: 1\na: 2": /^f\.yml:2:1: found "a" a second time, wanted each key once$/,
    "? [a]\n: 1": /found a key that is not a text/,
    "<<: 5": /found a "<<" without keys to add/,
    "- hunter2": /^f\.yml:1:1: found a list, wanted keys with values/,
    "hunter2":
      /^f\.yml:1:1: found a text or number alone, wanted keys with values/,
    "port:8080": /wanted keys with values such as "port: 8080"$/,
    "-----BEGIN KEY-----\nhunter2\n":
      /^f\.yml:1:1: found a text or number alone/,
    "42": /found a text or number alone/,
  };
  for (const [text, wanted] of Object.entries(cases)) {
    const found = problems(text);
    assert.match(found[0] ?? "", wanted, JSON.stringify(text));
    assert.ok(!found.join().includes("hunter2"), found.join());
    assert.equal(found.length, 1, found.join());
  }
});

Deno.test("a quoted << is a key like any other", () => {
  const { group, problems } = readYaml("f.yml", '"<<": 5');
  assert.deepEqual([[...group?.entries.keys() ?? []], problems], [["<<"], []]);
});

Deno.test("aliases that multiply cost no more than the file is long", () => {
  const levels = Array.from(
    { length: 30 },
    (_, level) =>
      `l${level + 1}: &l${level + 1} [${
        Array(9).fill(`*l${level}`).join(", ")
      }]`,
  );
  const { group, problems } = readYaml(
    "f.yml",
    ["l0: &l0 [x]", ...levels].join("\n"),
  );
  assert.deepEqual([group?.entries.size, problems], [31, []]);
});

Deno.test("merges that multiply cost no more than the file is long", () => {
  const levels = Array.from(
    { length: 30 },
    (_, level) =>
      `l${level + 1}: &l${level + 1} {<<: [${
        Array(9).fill(`*l${level}`).join(", ")
      }]}`,
  );
  const { group } = readYaml("f.yml", ["l0: &l0 {x: 1}", ...levels].join("\n"));
  assert.equal(group?.entries.size, 31);
});

Deno.test("nesting without end is refused, not followed", () => {
  for (
    const text of [
      "[".repeat(100_000),
      "- ".repeat(100_000),
      "{a: ".repeat(50) + "1" + "}".repeat(50),
    ]
  ) {
    const found = problems(text);
    assert.ok(
      found.length > 0 && found.every((line) => line.startsWith("f.yml:")),
      found[0],
    );
  }
});

Deno.test("no text makes the reader throw, and every problem has a place", () => {
  const seed = seedOf("read_yaml");
  const piece = fc.constantFrom(
    "a",
    ": ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&x ",
    "*x",
    "!t ",
    "'",
    '"',
    "|",
    ">",
    "#",
    "\t",
    "<<",
    "? ",
    "---\n",
    "%",
    "\0",
    "猫",
    "\\",
    ",",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      for (const problem of readYaml("f.yml", pieces.join("")).problems) {
        assert.match(
          problemLine(problem),
          /^f\.yml:[1-9]\d*:[1-9]\d*: found .+, wanted .+$/,
        );
      }
    }),
    { seed, numRuns: 3000 },
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { list, text } from "../../src/config/key.ts";
import { referenceTable } from "../../src/config/reference_table.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { yamlLines } from "../../src/config/yaml_text.ts";
import { seedOf } from "../seed.ts";
import { loadServerText } from "./load_text.ts";

Deno.test("whatever text is written as YAML is read back as that text", () => {
  const seed = seedOf("yaml_text");
  const { shape } = list({
    help: "Texts",
    of: text({ help: "A text" }),
    default: [],
  });
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "yes",
      "No",
      "null",
      "~",
      "1",
      "0x1",
      "1e3",
      "a: b",
      "- a",
      "#",
      "true",
      ".inf",
      "2027-01-01",
      "",
      " ",
      "a,b",
      "[a]",
      "/",
    ),
  );
  fc.assert(
    fc.property(fc.array(texts), (value) => {
      for (const version of ["1.1", "1.2"] as const) {
        assert.deepEqual(
          parse(yamlLines("key", shape, value).join("\n"), { version }),
          { key: value },
        );
      }
    }),
    { seed, numRuns: 1000 },
  );
});

Deno.test("lists of groups are written an entry per line, and read back as they were", async () => {
  const text =
    "default_tier: a b\ntiers: [{name: a b, vcpu: 2, memory_gb: 0.5, gpu: 1, countries: [FR, DE]}]\napi_keys: [x, {name: ci, key: z, scopes: [route]}]\n";
  const loaded = await loadServerText(text);
  assert.ok(loaded.kind === "loaded");
  const { tiers, api_keys } = SERVER_ROLE.keys;
  const lines = [
    ...yamlLines("tiers", tiers.shape, loaded.config.tiers),
    ...yamlLines("api_keys", api_keys.shape, loaded.config.apiKeys),
  ];
  assert.deepEqual(lines, [
    "tiers:",
    '  - { name: "a b", vcpu: 2, memory_gb: 0.5, gpu: 1, countries: [FR, DE] }',
    "api_keys: [x, { name: ci, key: z, scopes: [route] }]",
  ]);
  const again = await loadServerText(
    ["default_tier: a b", ...lines].join("\n"),
  );
  assert.ok(again.kind === "loaded");
  assert.deepEqual(again.config, loaded.config);
});

Deno.test("the reference has a row for every key, six columns wide", () => {
  const rows = referenceTable(SERVER_ROLE).split("\n").filter((line) =>
    line.startsWith("| `")
  );
  assert.deepEqual(
    rows.map((row) => /^\| `([^`]+)`/.exec(row)?.[1]),
    leavesOf(SERVER_ROLE.keys).map(({ path }) => path),
  );
  for (const row of rows) assert.equal(row.split(/(?<!\\)\|/).length, 8, row);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { exampleYaml } from "../../src/config/example_yaml.ts";
import { jsonSchema } from "../../src/config/json_schema.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { seedOf } from "../seed.ts";
import { accepts } from "./json_schema_accepts.ts";
import { loadClientText, loadServerText } from "./load_text.ts";

const ROLES = [
  { role: SERVER_ROLE, load: loadServerText, original: "original-server.yml" },
  { role: CLIENT_ROLE, load: loadClientText, original: "original-client.yml" },
] as const;

/** What only the program looks at: the exact form of some texts, and what keys mean together. */
const ONLY_THE_PROGRAM =
  /wanted (all of them, or none|the two letters of a country|an address|an http|an origin|a host name|a name of one|one of them|tls_cert_file|"auto"|an id|a host|a day|both or neither|one of key|one of the tiers|another name|https,|at least one,|jwt\.|(at most|at least|below|above) routing|at least 1, or)/;

for (const { role, load, original } of ROLES) {
  const schema = jsonSchema(role);

  Deno.test(`the schema of the ${role.name} takes the documented file, the example and an empty file`, async () => {
    const documented = await Deno.readTextFile(
      new URL(`../fixtures/${original}`, import.meta.url),
    );
    for (
      const text of [
        documented,
        exampleYaml(role).replaceAll(/^# /gm, ""),
        exampleYaml(role),
        "{}",
      ]
    ) {
      assert.ok(accepts(schema, parse(text)), text.slice(0, 80));
    }
  });

  Deno.test(`the schema of the ${role.name} and the program take the same files, but for what only the program looks at`, async () => {
    const seed = seedOf(`json_schema of the ${role.name}`);
    const scalars = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer({ min: -2, max: 200 }),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.constantFrom(
        "",
        "a",
        "/",
        "classic",
        "adaptive",
        "10.0.0.0/8",
        "10.0.0.0/99",
        "http://a",
        "a b",
        " a",
        "info",
        ":80",
        "2027-01-01",
        "猫",
      ),
    );
    const names = fc.constantFrom(
      "name",
      "vcpu",
      "memory_gb",
      "gpu",
      "key",
      "key_file",
      "url",
      "paths",
      "mode",
      "weights",
      "hosts",
      "nonsense",
    );
    const groups = fc.dictionary(
      names,
      fc.oneof(scalars, fc.array(scalars, { maxLength: 2 })),
      { maxKeys: 4 },
    );
    const values = fc.oneof(
      scalars,
      groups,
      fc.array(fc.oneof(scalars, groups), { maxLength: 2 }),
    );
    const keys = fc.constantFrom(...Object.keys(role.keys), "nonsense");
    const files = fc.dictionary(keys, values, { minKeys: 1, maxKeys: 2 });
    await fc.assert(
      fc.asyncProperty(files, async (file) => {
        const loaded = await load(JSON.stringify(file));
        const isAccepted = accepts(schema, file);
        if (loaded.kind === "loaded") {
          return assert.ok(
            isAccepted,
            "the schema refuses what the program takes",
          );
        }
        if (!isAccepted) return;
        for (const problem of loaded.problems) {
          assert.match(problem, ONLY_THE_PROGRAM);
        }
      }),
      { seed, numRuns: 3000 },
    );
  });

  Deno.test(`the schema of the ${role.name} explains every key and marks every secret`, () => {
    const properties = schema.properties as Record<
      string,
      Record<string, unknown>
    >;
    for (const { path, key } of leavesOf(role.keys)) {
      const property = path.split(".").reduce<
        Record<string, unknown> | undefined
      >(
        (at, name, depth) =>
          (depth === 0 ? properties : at?.properties as typeof properties)[
            name
          ],
        undefined,
      );
      assert.equal(property?.description, key.help, path);
      assert.equal(property?.writeOnly === true, key.secret, path);
    }
  });
}

Deno.test("the defaults in the schema are those of the program, under their YAML names", () => {
  const properties = jsonSchema(SERVER_ROLE).properties as Record<
    string,
    { default?: unknown }
  >;
  assert.equal(properties.port?.default, 8080);
  assert.deepEqual((properties.tiers?.default as unknown[])[0], {
    name: "small",
    vcpu: 1,
    memory_gb: 1,
    storage_gb: 5,
    gpu: 0,
    gpu_memory_gb: 0,
    priority: 0,
    rate_limit_per_minute: 0,
    gpu_model: "",
    gpu_vendor: "",
    max_distance_km: 0,
    countries: [],
  });
  assert.ok(!Object.hasOwn(properties.latitude ?? {}, "default"));
});

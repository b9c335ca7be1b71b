import assert from "node:assert/strict";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { exampleYaml } from "../../src/config/example_yaml.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { loadClientText, loadServerText } from "./load_text.ts";

const LOADERS = [
  [SERVER_ROLE, loadServerText],
  [CLIENT_ROLE, loadClientText],
] as const;

for (const [role, load] of LOADERS) {
  const example = exampleYaml(role);

  Deno.test(`the ${role.name}'s example changes nothing, as it is and with the marks taken away`, async () => {
    const defaults = await load("");
    assert.ok(defaults.kind === "loaded");
    const uncommented = [
      example,
      example.replaceAll(/^# /gm, ""),
      example.replaceAll(/^#/gm, ""),
      example.replaceAll(/^# ?/gm, ""),
    ];
    for (const text of uncommented) {
      const loaded = await load(text);
      assert.ok(
        loaded.kind === "loaded",
        loaded.kind === "invalid" ? loaded.problems.join("\n") : "",
      );
      assert.deepEqual(loaded.config, defaults.config);
    }
  });

  Deno.test(`the ${role.name}'s example with the marks taken away sets every key that has a default`, async () => {
    const loaded = await load(example.replaceAll(/^# /gm, ""));
    assert.ok(loaded.kind === "loaded");
    const missing = leavesOf(role.keys).map(({ path }) => path).filter((path) =>
      !loaded.sources.has(path)
    );
    assert.deepEqual(missing, ["latitude", "longitude"]);
  });

  Deno.test(`the ${role.name}'s example is commented out, and no line is longer than 100`, () => {
    for (const line of example.split("\n")) {
      assert.match(line, /^(#|$)/);
      assert.ok(line.length <= 100 || line.startsWith("# "), line);
    }
  });
}

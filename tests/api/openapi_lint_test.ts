import { createConfig, lintFromString } from "@redocly/openapi-core";
import assert from "node:assert/strict";
import { OPENAPI, openApiText } from "../../dist/openapi.ts";

Deno.test("the tracked document is that of the schemas; `deno task openapi` writes it", async () => {
  assert.equal(await Deno.readTextFile(OPENAPI), await openApiText());
});

Deno.test("a linter finds nothing in the document", async () => {
  assert.deepEqual(await found(await Deno.readTextFile(OPENAPI)), []);
});

Deno.test("it would find an example that is none of its schema", async () => {
  const text = await Deno.readTextFile(OPENAPI);
  const wrong = text.replaceAll('"short_by": 1.5', '"short_by": "much"');
  assert.notEqual(wrong, text);
  assert.notDeepEqual(await found(wrong), []);
});

/** What the linter says. Liveness has no other answer than that, and `feed` is no file. */
async function found(source: string): Promise<readonly string[]> {
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      "no-ambiguous-paths": "off",
      "no-server-example.com": "off",
      "operation-description": "off",
      "no-invalid-media-type-examples": "error",
      "no-invalid-parameter-examples": "error",
      "no-invalid-schema-examples": "error",
      "no-unused-components": "error",
      "operation-operationId-unique": "error",
      "operation-operationId-url-safe": "error",
      "path-parameters-defined": "error",
    },
  });
  const problems = await lintFromString({ source, config });
  return problems.map(({ ruleId, message, location }) =>
    `${ruleId}: ${message} (${location[0]?.pointer ?? ""})`
  );
}

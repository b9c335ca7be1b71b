import assert from "node:assert/strict";
import { REFERENCE, reference } from "../../dist/reference.ts";

Deno.test("the guide to the configuration is that of the keys; `deno task reference` writes it", async () => {
  assert.equal(await Deno.readTextFile(REFERENCE), reference());
});

import assert from "node:assert/strict";
import { parametersOf, pathOf } from "../../src/api/path_pattern.ts";

for (
  const [url, path] of [
    ["http://a/x/y?z=/q", "/x/y"],
    ["http://a/x/../y", "/x/../y"],
    ["http://a?x", ""],
    ["http://a/x#y", "/x"],
  ] as const
) {
  Deno.test(`the path of ${url} is ${JSON.stringify(path)}`, () => {
    assert.equal(pathOf(url), path);
  });
}

for (
  const [path, parameters] of [
    ["/leases/1f/renew", { id: "1f" }],
    ["/leases/a%20b/renew", { id: "a b" }],
    ["/leases/%zz/renew", { id: "%zz" }],
    ["/leases//renew", undefined],
    ["/leases/1f", undefined],
    ["/leases/1f/renew/", undefined],
    ["/leases/1/f/renew", undefined],
    ["/Leases/1f/renew", undefined],
  ] as const
) {
  Deno.test(`the parameters of ${path} are ${JSON.stringify(parameters)}`, () => {
    assert.deepEqual(parametersOf("/leases/:id/renew", path), parameters);
  });
}

Deno.test("a path without parameters is itself and nothing else", () => {
  assert.deepEqual(parametersOf("/health", "/health"), {});
  assert.equal(parametersOf("/health", "/__proto__"), undefined);
});

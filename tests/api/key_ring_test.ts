import assert from "node:assert/strict";
import { KeyRing } from "../../src/api/key_ring.ts";

const ring = new KeyRing(["first-key", "second-key"]);

for (
  const [words, headers, code] of [
    ["the first key", { "X-API-Key": "first-key" }, undefined],
    ["another key, spelt as Go does", { "X-Api-Key": "second-key" }, undefined],
    ["a bearer", { Authorization: "Bearer second-key" }, undefined],
    [
      "a bearer in lower case",
      { authorization: "bearer first-key" },
      undefined,
    ],
    ["nothing", {}, "missing_key"],
    ["an empty key", { "X-API-Key": "" }, "missing_key"],
    ["an empty bearer", { Authorization: "Bearer " }, "missing_key"],
    ["another scheme", { Authorization: "Basic Zmlyc3Q=" }, "missing_key"],
    ["a wrong key", { "X-API-Key": "third-key" }, "wrong_key"],
    ["the beginning of a key", { "X-API-Key": "first" }, "wrong_key"],
    ["a key and more", { "X-API-Key": "first-keyy" }, "wrong_key"],
    ["a key in another case", { "X-API-Key": "FIRST-KEY" }, "wrong_key"],
    [
      "both keys in one field",
      { "X-API-Key": "first-key, second-key" },
      "wrong_key",
    ],
    ["a wrong bearer", { Authorization: "Bearer third" }, "wrong_key"],
    ["a wrong key beside a right bearer", {
      "X-API-Key": "third",
      Authorization: "Bearer first-key",
    }, "wrong_key"],
    ["a long key", { "X-API-Key": "k".repeat(100_000) }, "wrong_key"],
  ] as const
) {
  const verdict = code === undefined ? "opens" : `is refused as ${code}`;
  Deno.test(`${words} ${verdict}`, () => {
    assert.equal(ring.refusal(new Headers(headers))?.code, code);
  });
}

Deno.test("a key that has opened opens again, and makes nothing else open", () => {
  const ring = new KeyRing(["a-key"]);
  const codeOf = (key: string) =>
    ring.refusal(new Headers({ "X-API-Key": key }))?.code;
  const seen = ["a-key", "a-key", "a-kex", "a-ke", "a-key"].map(codeOf);
  assert.deepEqual(seen, [
    undefined,
    undefined,
    "wrong_key",
    "wrong_key",
    undefined,
  ]);
});

Deno.test("without keys everything is open, and an empty key is no key", () => {
  for (const keys of [[], [""], ["", ""]]) {
    assert.equal(new KeyRing(keys).refusal(new Headers()), undefined);
  }
  const mixed = new KeyRing(["", "a"]);
  assert.equal(mixed.refusal(new Headers())?.code, "missing_key");
});

Deno.test("a key beyond ASCII opens when it is sent as UTF-8", () => {
  const key = "clé-à-Ωmega";
  const bytes = new TextEncoder().encode(key);
  const asFieldValue = String.fromCharCode(...bytes);
  const headers = new Headers({ "X-API-Key": asFieldValue });
  assert.equal(new KeyRing([key]).refusal(headers), undefined);
});

Deno.test("the refusal says nothing of the key that was shown", () => {
  const headers = new Headers({ "X-API-Key": "very-secret" });
  assert.doesNotMatch(JSON.stringify(ring.refusal(headers)), /very-secret/);
});

import assert from "node:assert/strict";
import { type Admission, admissionBy } from "../../src/api/key_ring.ts";
import type { Principal, Scope } from "../../src/policy/principal.ts";
import { HashedKeyBook } from "../../src/trust/key_book.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { credential, NOBODY } from "../trust/key_examples.ts";

const NOW_MS = 1000;

function bookOf(...keys: readonly (readonly [string, Partial<Principal>])[]) {
  const book = new HashedKeyBook(() => NOW_MS);
  book.configure(
    keys.map(([key, principal]) => ({
      principal: { ...NOBODY, ...principal },
      hash: keyHash(key),
    })),
  );
  return book;
}

const BOOK = bookOf(["first-key", { name: "first" }], [
  "second-key",
  { name: "second" },
]);

function admission(headers: HeadersInit, scope: Scope = "route") {
  return admissionBy(BOOK, new Headers(headers), scope);
}

function codeOf(admission: Admission): string | undefined {
  return admission.kind === "admitted" ? undefined : admission.problem.code;
}

for (
  const [words, headers, wanted] of [
    ["the first key", { "X-API-Key": "first-key" }, "first"],
    ["another key, spelt as Go does", { "X-Api-Key": "second-key" }, "second"],
    ["a bearer", { Authorization: "Bearer second-key" }, "second"],
    ["a bearer in lower case", { authorization: "bearer first-key" }, "first"],
    ["a bearer beside a key", {
      "X-API-Key": "first-key",
      Authorization: "Bearer second-key",
    }, "first"],
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
  Deno.test(`${words} comes to ${wanted}`, () => {
    const found = admission(headers);
    assert.equal(codeOf(found) ?? found.principal?.name, wanted);
  });
}

Deno.test("where there is no key anything opens", () => {
  const found = admissionBy(bookOf(), new Headers(), "admin");
  assert.deepEqual(found, { kind: "admitted", principal: undefined });
});

Deno.test("where nothing but credentials are known, one still says who speaks", () => {
  const book = bookOf();
  book.put(credential("rack-7"));
  const speaking = (key: string) => {
    const found = admissionBy(book, new Headers({ "x-api-key": key }), "agent");
    return [found.kind, found.principal?.backendId];
  };
  assert.deepEqual(speaking("key of agent:rack-7"), ["admitted", "rack-7"]);
  assert.deepEqual(speaking("another"), ["admitted", undefined]);
});

Deno.test("a key without the scope is refused with its own name and the scope's", () => {
  const book = bookOf(["r", { name: "reader", scopes: ["read"] }]);
  const headers = new Headers({ "x-api-key": "r" });
  const found = admissionBy(book, headers, "admin");
  assert.equal(codeOf(found), "missing_scope");
  assert.equal(found.principal?.name, "reader");
  assert.match(JSON.stringify(found), /reader.*admin/);
});

Deno.test("an expired key and a revoked one are told so", () => {
  const book = bookOf(["old", { name: "old", expiresMs: NOW_MS }]);
  book.put({
    ...NOBODY,
    ...{ name: "gone", hash: keyHash("taken"), createdMs: 0, createdBy: "x" },
    revokedMs: 5,
  });
  const codes = ["old", "taken"].map((key) =>
    codeOf(admissionBy(book, new Headers({ "x-api-key": key }), "read"))
  );
  assert.deepEqual(codes, ["key_expired", "key_revoked"]);
});

Deno.test("the refusal says nothing of the key that was shown", () => {
  const found = admission({ "X-API-Key": "very-secret" });
  assert.doesNotMatch(JSON.stringify(found), /very-secret/);
});

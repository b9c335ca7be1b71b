import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Principal } from "../../src/policy/principal.ts";
import { type ConfiguredKey, HashedKeyBook } from "../../src/trust/key_book.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { credential, NOBODY, storedKey } from "./key_examples.ts";

function configured(key: string, changes: Partial<Principal>): ConfiguredKey {
  return { principal: { ...NOBODY, ...changes }, hash: keyHash(key) };
}

/** The name of whom a key is known as, behind what it comes to; or `unknown`. */
function found(book: HashedKeyBook, key: string): string {
  const finding = book.find(key);
  return finding.kind === "unknown"
    ? "unknown"
    : `${finding.kind} ${finding.principal.name}`;
}

Deno.test("a key is found by its whole text and by nothing that is nearly it", () => {
  const book = new HashedKeyBook(() => 0);
  book.configure([configured("key-of-ci", { name: "ci" })]);
  book.put(storedKey("deploy"));
  const shown = () =>
    ["key-of-ci", "key of deploy", "key-of-c", "key-of-ci ", "Key-of-ci", ""]
      .map((key) => found(book, key));
  const wanted = ["known ci", "known deploy", ...Array(4).fill("unknown")];
  assert.deepEqual(shown(), wanted);
  // Once more, now that those that are known are remembered.
  assert.deepEqual(shown(), wanted);
});

Deno.test("a book is open until there is a key, and a credential of an agent is none", () => {
  const book = new HashedKeyBook(() => 0);
  assert.equal(book.isOpen, true);
  book.put(credential("a"));
  assert.equal(book.isOpen, true);
  book.put(storedKey("ci", { revokedMs: 1 }));
  assert.equal(book.isOpen, false);
  book.remove("ci");
  assert.equal(book.isOpen, true);
  book.configure([configured("k", { expiresMs: -1 })]);
  assert.equal(book.isOpen, false);
  book.configure([]);
  assert.equal(book.isOpen, true);
});

Deno.test("a book whose stored keys are lost stays closed, whatever is told of them later", () => {
  const book = new HashedKeyBook(() => 0);
  book.keepClosed();
  assert.equal(book.isOpen, false);
  book.follow([]);
  assert.equal(book.isOpen, false);
});

Deno.test("a book says whether other keys of a configuration would leave it open", () => {
  const book = new HashedKeyBook(() => 0);
  book.configure([configured("k", {})]);
  assert.equal(book.isOpenWith([]), true);
  assert.equal(book.isOpenWith([configured("l", {})]), false);
  book.put(credential("a"));
  assert.equal(book.isOpenWith([]), true);
  book.put(storedKey("ci", { revokedMs: 1 }));
  assert.equal(book.isOpenWith([]), false);
});

Deno.test("a stored key that closes the server is told of, a credential is not", () => {
  let told = 0;
  const book = new HashedKeyBook(() => 0, () => told++);
  book.put(credential("a"));
  assert.equal(told, 0);
  book.put(storedKey("ci"));
  assert.equal(told, 1);
});

Deno.test("a key that expires is known until that instant", () => {
  let nowMs = 0;
  const book = new HashedKeyBook(() => nowMs);
  book.configure([configured("k", { name: "ci", expiresMs: 1000 })]);
  book.put(storedKey("deploy", { expiresMs: 500 }));
  const seen: string[] = [];
  for (nowMs of [0, 499, 500, 999, 1000]) {
    seen.push(`${found(book, "k")}, ${found(book, "key of deploy")}`);
  }
  assert.deepEqual(seen, [
    "known ci, known deploy",
    "known ci, known deploy",
    "known ci, expired deploy",
    "known ci, expired deploy",
    "expired ci, expired deploy",
  ]);
});

Deno.test("what is taken back, replaced or configured anew holds at once, also for keys that were known", () => {
  const book = new HashedKeyBook(() => 0);
  book.configure([configured("old", { name: "ci" })]);
  book.put(storedKey("deploy"));
  assert.equal(found(book, "old"), "known ci");
  assert.equal(found(book, "key of deploy"), "known deploy");

  book.put(storedKey("deploy", { revokedMs: 1 }));
  assert.equal(found(book, "key of deploy"), "revoked deploy");
  book.put(storedKey("deploy", { hash: keyHash("another") }));
  assert.equal(found(book, "key of deploy"), "unknown");
  assert.equal(found(book, "another"), "known deploy");
  book.remove("deploy");
  assert.equal(found(book, "another"), "unknown");
  book.remove("deploy");

  book.configure([configured("new", { name: "ci" })]);
  assert.deepEqual([found(book, "old"), found(book, "new")], [
    "unknown",
    "known ci",
  ]);
});

Deno.test("of two keys with one hash the configured one counts, and the first of those", () => {
  const book = new HashedKeyBook(() => 0);
  book.configure([
    configured("key of ci", { name: "first" }),
    configured("key of ci", { name: "second" }),
  ]);
  book.put(storedKey("ci"));
  assert.equal(found(book, "key of ci"), "known first");
  assert.deepEqual(book.configured.map(({ name }) => name), [
    "first",
    "second",
  ]);
  book.configure([]);
  assert.equal(found(book, "key of ci"), "known ci");
});

Deno.test("a credential speaks for its backend, and one taken back shuts the backend out", () => {
  const book = new HashedKeyBook(() => 0);
  book.put(credential("a", { endpointAllow: ["10.0.0.0/8"] }));
  const finding = book.find("key of agent:a");
  assert.deepEqual(finding, {
    kind: "known",
    principal: {
      ...NOBODY,
      name: "agent:a",
      scopes: ["agent"],
      backendId: "a",
      endpointAllow: ["10.0.0.0/8"],
    },
  });
  assert.equal(book.isShutOut("a"), false);
  book.put(credential("a", { revokedMs: 1 }));
  assert.deepEqual([book.isShutOut("a"), book.isShutOut("b")], [true, false]);
  book.put(storedKey("ci", { revokedMs: 1 }));
  assert.deepEqual(book.shutOut, ["a"]);
  book.remove("agent:a");
  assert.equal(book.isShutOut("a"), false);
});

Deno.test("a key beyond ASCII is found by the bytes that it is sent as", () => {
  const book = new HashedKeyBook(() => 0);
  const sent = String.fromCharCode(...new TextEncoder().encode("clé-à-Ωmega"));
  book.put(storedKey("ci", { hash: keyHash(sent) }));
  assert.equal(found(book, sent), "known ci");
});

Deno.test("a book that follows another takes what is there and forgets what is not", () => {
  const book = new HashedKeyBook(() => 0);
  book.put(storedKey("a"));
  book.put(storedKey("b"));
  assert.equal(found(book, "key of a"), "known a");
  book.follow([storedKey("b", { revokedMs: 1 }), storedKey("c")]);
  assert.deepEqual(
    ["a", "b", "c"].map((name) => found(book, `key of ${name}`)),
    [
      "unknown",
      "revoked b",
      "known c",
    ],
  );
  book.follow([]);
  assert.deepEqual([book.isOpen, book.stored], [true, []]);
});

Deno.test("whatever is done to it, a book knows what a plain list of keys knows", () => {
  const name = fc.constantFrom("a", "b", "c", "agent:x");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("put"), name, revoked: fc.boolean() }),
    fc.record({ kind: fc.constant("remove"), name }),
    fc.record({ kind: fc.constant("configure"), name }),
    fc.record({ kind: fc.constant("find"), name }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const book = new HashedKeyBook(() => 0);
      const stored = new Map<string, string>();
      let inFile = "";
      const hash = keyHash("key of file");
      for (const step of steps) {
        const { name } = step;
        if (step.kind === "put" && "revoked" in step) {
          const revokedMs = step.revoked ? 1 : undefined;
          book.put(storedKey(name, { revokedMs }));
          stored.set(name, step.revoked ? "revoked" : "known");
        } else if (step.kind === "remove") {
          book.remove(name);
          stored.delete(name);
        } else if (step.kind === "configure") {
          book.configure([{ principal: { ...NOBODY, name }, hash }]);
          inFile = name;
        }
        for (const asked of ["a", "b", "c", "agent:x"]) {
          const kind = stored.get(asked);
          const wanted = kind === undefined ? "unknown" : `${kind} ${asked}`;
          assert.equal(found(book, `key of ${asked}`), wanted);
        }
        const wanted = inFile === "" ? "unknown" : `known ${inFile}`;
        assert.equal(found(book, "key of file"), wanted);
        assert.deepEqual(
          new Set(book.stored.map(({ name }) => name)),
          new Set(stored.keys()),
        );
      }
    }),
  );
});

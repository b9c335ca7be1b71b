import assert from "node:assert/strict";
import fc from "fast-check";
import { foldPath, isPlain } from "../../src/edge/folded_path.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";

for (
  const [path, folded] of [
    ["/", "/"],
    ["/a/b", "/a/b"],
    ["/a/b/", "/a/b/"],
    ["/a?b/../c", "/a"],
    ["//a///b//", "/a/b/"],
    ["/a/./b/../c", "/a/c"],
    ["/../../a", "/a"],
    ["/a/b/..", "/a"],
    ["/a/..", "/"],
    ["/a/b/.", "/a/b"],
    ["/%61%2Db%2f%7e", "/a-b/~"],
    ["/a%20b%3fc%3D%25", "/a%20b%3fc%3D%25"],
    ["/%2e%2E/a", "/a"],
    ["/%252e%252e/a", "/%252e%252e/a"],
    ["/a;x=1/b;y", "/a/b"],
    ["/a%3bx/b", "/a/b"],
    ["/x/..;y/a", "/a"],
    ["/;x/a", "/a"],
    ["/a\\b%5Cc", "/a/b/c"],
    ["/a%00b/c", "/a"],
    ["/a%2", "/a%2"],
    ["/a%", "/a%"],
    ["/%zz/..", "/"],
    ["/...", "/..."],
    ["/.well-known/x", "/.well-known/x"],
  ] as const
) {
  Deno.test(`${path} could be read as ${folded}`, () => {
    assert.equal(foldedText(path), folded);
  });
}

Deno.test("bytes outside of the given range are not folded", () => {
  const bytes = octetsOf("/x/a/../b%2");
  assert.equal(pathText(foldPath(bytes, 2, 9).bytes), "/b");
  assert.equal(pathText(foldPath(octetsOf("/a%2fb"), 0, 4).bytes), "/a%2");
  assert.equal(isPlain(octetsOf("//a//"), 1, 3), true);
});

const trickyPath = fc.array(
  fc.constantFrom(
    "/",
    "a",
    ".",
    "..",
    "%2e",
    "%2F",
    "%5c",
    "\\",
    ";",
    "%3B",
    "%61",
    "%20",
    "?",
    "%",
    "b",
  ),
  { maxLength: 12 },
).map((parts) => `/${parts.join("")}`);

Deno.test("a folded path folds to itself, and is plain as far as folding can make it", () => {
  fc.assert(
    fc.property(trickyPath, (path) => {
      const folded = foldedText(path);
      assert.equal(foldedText(folded), folded);
      assert.ok(!/\/\/|\\|;|\/\.\.?(\/|$)/.test(folded), folded);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("a plain path is its own folded form up to its query, as URL reads it", () => {
  fc.assert(
    fc.property(trickyPath, (path) => {
      const bytes = octetsOf(path);
      if (!isPlain(bytes, 0, bytes.length)) return;
      const [pure = ""] = path.split("?");
      assert.equal(foldedText(path), pure);
      assert.equal(new URL(`http://h${path}`).pathname, pure);
    }),
    { numRuns: 2_000 },
  );
});

function foldedText(path: string): string {
  const bytes = octetsOf(path);
  return pathText(foldPath(bytes, 0, bytes.length).bytes);
}

function pathText(bytes: Uint8Array): string {
  return textOf(bytes, 0, bytes.length);
}

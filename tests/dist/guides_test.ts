import assert from "node:assert/strict";
import { posix } from "node:path";
import { guidesAt } from "../../dist/release/guides.ts";
import {
  diskFile,
  diskFolder,
  textFile,
} from "../../dist/release/release_file.ts";
import { PLACES as IN_PACKAGE } from "../../dist/release/debian_package.ts";
import { PLACES as IN_ARCHIVE } from "../../dist/release/tarball.ts";

const PLACES = { "README.md": "doc/README.md", "a/": "doc/b/", "x/": "x/" };

function relinked(path: string, text: string): string {
  const [guide] = guidesAt([textFile(path, text)], PLACES);
  return new TextDecoder().decode(guide?.content);
}

Deno.test("links of a guide lead to where things are in a release, and those to nothing become words", () => {
  const cases = [
    ["[one](a/one.md#here) [`two`](a/)", "[one](b/one.md#here) [`two`](b)"],
    ["[far\naway](x/y.yml)", "[far\naway](../x/y.yml)"],
    ["[gone [1]](src/z.md), [s](a.md)", "gone [1], s"],
    ["[web](https://x.example/a) [top](#top)", undefined],
    ["```js\nf[0](a/one.md)\n```\n", undefined],
  ] as const;
  for (const [text, wanted] of cases) {
    assert.equal(relinked("README.md", text), wanted ?? text);
  }
  assert.equal(relinked("a/b.md", "[up](../README.md)"), "[up](../README.md)");
  assert.deepEqual(guidesAt([textFile("other.md", "")], PLACES), []);
});

Deno.test("no link of the guides ends nowhere, neither in the archive nor in the package", () => {
  const guides = [
    diskFile("README.md", "README.md"),
    diskFile("CHANGELOG.md", "CHANGELOG.md"),
    ...diskFolder("dist/docs", "dist/docs"),
  ];
  for (const places of [IN_ARCHIVE, IN_PACKAGE]) {
    const released = guidesAt(guides, places);
    const others = Object.entries(places).map(([, place]) => place);
    assert.equal(released.length, guides.length);
    for (const { path, content } of released) {
      const text = new TextDecoder().decode(content);
      for (const [, link = ""] of text.matchAll(/\]\(([^()\s#]+)[^()\s]*\)/g)) {
        if (/^[a-z]+:/.test(link)) continue;
        const target = posix.join(posix.dirname(path), link);
        const isThere = released.some((guide) => guide.path === target) ||
          others.some((place) => `${target}/`.startsWith(place));
        assert.ok(isThere, `${path}: ${link}`);
      }
    }
  }
});

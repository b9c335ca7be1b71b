import assert from "node:assert/strict";
import { anchorsOf, codeOf, linksOf, linkTarget } from "./markdown.ts";

const SAMPLE = `# The house

See [the rooms](src/ARCHITECTURE.md#rooms) and ![a picture](<dist/a.svg> "A picture"), not \`[code](x.md)\`.

## What's in it? \`opsen demo\`

\`\`\`sh
opsen server # [no link](y.md)
# no heading
\`\`\`

[reference]: ../z.md
`;

Deno.test("links are found in prose and references, not in code", () => {
  assert.deepEqual(linksOf(SAMPLE), [
    "src/ARCHITECTURE.md#rooms",
    "dist/a.svg",
    "../z.md",
  ]);
});

Deno.test("code is found in blocks and spans", () => {
  assert.deepEqual(codeOf(SAMPLE), [
    "[code](x.md)",
    "opsen demo",
    "opsen server # [no link](y.md)\n# no heading\n",
  ]);
});

Deno.test("anchors are the headings' words", () => {
  assert.deepEqual(anchorsOf(SAMPLE), ["the-house", "whats-in-it-opsen-demo"]);
});

Deno.test("a link leads to a path of the repository, or out of it", () => {
  assert.deepEqual(linkTarget("src/A.md", "decisions/1.md"), {
    path: "src/decisions/1.md",
    anchor: "",
  });
  assert.deepEqual(linkTarget("src/A.md", "../README.md#use"), {
    path: "README.md",
    anchor: "use",
  });
  assert.deepEqual(linkTarget("src/A.md", "#here"), {
    path: "src/A.md",
    anchor: "here",
  });
  assert.deepEqual(linkTarget("README.md", "src/"), {
    path: "src",
    anchor: "",
  });
  assert.equal(linkTarget("README.md", "https://example.test/x"), undefined);
  assert.equal(linkTarget("README.md", "mailto:a@example.test"), undefined);
});

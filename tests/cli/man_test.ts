import assert from "node:assert/strict";
import { manPages } from "../../src/cli/man.ts";
import { argument, plain } from "../../src/cli/man/mdoc.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { toolTest } from "../tools.ts";
import { FakeShell, opsen } from "./fake_shell.ts";

Deno.test("there is a page for the program, each command and both files", async () => {
  const pages = await manPages(new FakeShell());
  assert.deepEqual(pages.map(({ name, section }) => `${name}.${section}`), [
    "opsen.1",
    ...COMMANDS.map(({ name }) => `opsen-${name}.1`),
    "opsen-server.yml.5",
    "opsen-client.yml.5",
  ]);
});

Deno.test("a page names every flag, choice and key, and what the help ends with", async () => {
  const top = (await opsen(["man", "opsen-top"])).out;
  for (
    const part of [
      '.It Fl "\\-interval" Ar "time"',
      "order at the start (cpu, memory, disk, gpu, holds, name) (default name)",
      "arrows, j, k",
    ]
  ) assert.ok(top.includes(part), part);
  const leases = (await opsen(["man", "opsen-leases"])).out;
  assert.ok(leases.includes('.Ss "release"'));
  const server = (await opsen(["man", "opsen-server.yml"])).out;
  for (const part of ["tiers", "\\-\\-port", "OPSEN_PORT", "Default: 8080."]) {
    assert.ok(server.includes(part), part);
  }
  const unknown = await opsen(["man", "opsen-nothing"]);
  assert.deepEqual([unknown.code, unknown.out], [64, ""]);
});

Deno.test("text can't become a request of roff", () => {
  assert.equal(plain(".Sh x"), "\\&.Sh x");
  assert.equal(plain("'a\\n-"), "\\&'a\\en\\-");
  assert.equal(argument('a "b"'), '"a \\(dqb\\(dq"');
  assert.equal(argument("Op"), '"\\&Op"');
  assert.equal(plain("8 × ü"), "8 \\[u00D7] \\[u00FC]");
});

Deno.test("pages are written into the folders of their sections", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const ran = await opsen(["man", "--dir", folder]);
    assert.deepEqual(ran, { code: 0, out: "", err: "" });
    const page = Deno.readTextFileSync(`${folder}/man1/opsen-drain.1`);
    assert.equal(page, (await opsen(["man", "opsen-drain"])).out);
    Deno.statSync(`${folder}/man5/opsen-client.yml.5`);
    const taken = await opsen(["man", "--dir", `${folder}/man1/opsen.1`]);
    assert.equal(taken.code, 74);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

for (
  const [tool, args] of [
    ["mandoc", ["-T", "lint", "-W", "warning"]],
    ["groff", ["-mdoc", "-Tutf8", "-ww", "-z"]],
  ] as const
) {
  toolTest(tool, `${tool} has nothing to say against any page`, async () => {
    const folder = Deno.makeTempDirSync();
    try {
      const pages = await manPages(new FakeShell());
      const paths = pages.map(({ name, section, text }) => {
        const path = `${folder}/${name}.${section}`;
        Deno.writeTextFileSync(path, text);
        return path;
      });
      const { stdout, stderr } = await new Deno.Command(tool, {
        args: [...args, ...paths],
      }).output();
      const said = new TextDecoder();
      assert.equal(said.decode(stdout) + said.decode(stderr), "");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

import assert from "node:assert/strict";
import {
  CredentialFile,
  type CredentialPlace,
} from "../../src/agent/credential_file.ts";
import { TemporaryTree } from "../collect/trees.ts";

const KEPT = { credential: "opsen_agent_a", proposal: undefined };

function fileIn(
  tree: TemporaryTree,
  place: Partial<CredentialPlace> = {},
): Promise<CredentialFile> {
  return CredentialFile.of({
    folders: [tree.root],
    clientId: "m-1",
    serverUrl: "https://lb.example.com/opsen",
    ...place,
  });
}

function namesIn(tree: TemporaryTree): string[] {
  return [...Deno.readDirSync(tree.root)].map(({ name }) => name);
}

Deno.test("a credential is for one id at one server, of which several can share a folder", async () => {
  using tree = new TemporaryTree();
  const file = await fileIn(tree);
  assert.equal(file.read(), undefined);
  file.write(KEPT);
  for (
    const other of [
      { clientId: "m-2" },
      { serverUrl: "https://lb.example.com" },
      { serverUrl: "http://lb.example.com/opsen" },
    ]
  ) {
    const elsewhere = await fileIn(tree, other);
    assert.equal(elsewhere.read(), undefined, JSON.stringify(other));
    elsewhere.write({ ...KEPT, credential: "another" });
  }
  assert.deepEqual(file.read(), KEPT);
  assert.equal(namesIn(tree).length, 4);
  const asked = { credential: undefined, proposal: "opsen_agent_b" };
  file.write(asked);
  assert.deepEqual(file.read(), asked);
});

Deno.test("a slash at the end, a password and the case of the host make no other server", async () => {
  using tree = new TemporaryTree();
  (await fileIn(tree)).write(KEPT);
  const serverUrl = "https://me:word@LB.example.com/opsen/";
  assert.deepEqual((await fileIn(tree, { serverUrl })).read(), KEPT);
  const [name = ""] = namesIn(tree);
  const text = Deno.readTextFileSync(`${tree.root}/${name}`);
  assert.doesNotMatch(text, /word/);
});

Deno.test("a copy under the name of another id or server is not used, and nor is what is no JSON", async () => {
  using tree = new TemporaryTree();
  (await fileIn(tree)).write(KEPT);
  const [ours = ""] = namesIn(tree);
  for (
    const place of [{ clientId: "m-2" }, { serverUrl: "http://elsewhere" }]
  ) {
    const other = await fileIn(tree, place);
    const before = namesIn(tree);
    other.write(KEPT);
    const theirs = namesIn(tree).find((name) => !before.includes(name)) ?? "";
    Deno.copyFileSync(`${tree.root}/${ours}`, `${tree.root}/${theirs}`);
    assert.throws(() => other.read(), /wanted the credential of m-/);
  }
  for (const text of ["", "{", "null", "[]", '{"credential":5}']) {
    tree.write(ours, text);
    const file = await fileIn(tree);
    assert.throws(() => file.read(), /Cannot use ".*credential-/, text);
  }
});

Deno.test("the first folder that takes it keeps it, and when none does all reasons are said", async () => {
  using tree = new TemporaryTree({ "plain": "a file" });
  const folders = [`${tree.root}/plain/x`, `${tree.root}/b`, `${tree.root}/c`];
  const file = await fileIn(tree, { folders });
  file.write(KEPT);
  assert.deepEqual(file.read(), KEPT);
  assert.deepEqual(namesIn(tree).toSorted(), ["b", "plain"]);
  const nowhere = await fileIn(tree, { folders: folders.slice(0, 1) });
  assert.throws(() => nowhere.write(KEPT), /set "state_dir"/);
});

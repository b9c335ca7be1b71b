import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ClientState,
  parseState,
  StateFile,
} from "../../src/agent/state_file.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { seedOf } from "../seed.ts";

const STATE: ClientState = {
  clientId: "6f1c2d1e-0000-4000-8000-123456789abc",
  machineId: "0123456789abcdef0123456789abcdef",
  serverUrl: "http://lb.example.com:8080",
};

Deno.test("what was written is read, in a folder that is made, and nobody else may read it", () => {
  using tree = new TemporaryTree();
  const folder = `${tree.root}/a/b`;
  using file = new StateFile(folder);
  assert.deepEqual(file.read(), { kind: "missing" });
  file.write(STATE);
  assert.deepEqual(file.read(), { kind: "found", state: STATE });
  assert.equal((Deno.statSync(file.path).mode ?? 0) & 0o777, 0o600);
  assert.equal((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
});

Deno.test("writing replaces the file as a whole and leaves nothing else behind", () => {
  using tree = new TemporaryTree({ "client.json.new": "left by a crash" });
  using file = new StateFile(tree.root);
  file.write(STATE);
  const before = Deno.statSync(file.path).ino;
  file.write({ ...STATE, serverUrl: "https://other" });
  assert.notEqual(Deno.statSync(file.path).ino, before);
  assert.deepEqual([...Deno.readDirSync(tree.root)].map(({ name }) => name), [
    "client.json",
  ]);
});

Deno.test("a file that can't be understood is set aside for people", () => {
  for (
    const text of ["", "{", "null", "[]", '"x"', '{"client_id":7}', "\0\0\0"]
  ) {
    using tree = new TemporaryTree({ "client.json": text });
    using file = new StateFile(tree.root);
    assert.deepEqual(file.read(), {
      kind: "corrupt",
      movedTo: `${file.path}.corrupt`,
    });
    assert.equal(Deno.readTextFileSync(`${file.path}.corrupt`), text);
    assert.deepEqual(file.read(), { kind: "missing" });
  }
});

Deno.test("a file far too long is not read whole and not believed", () => {
  const text = JSON.stringify({ padding: "x".repeat(100_000) });
  using tree = new TemporaryTree({ "client.json": text });
  using file = new StateFile(tree.root);
  assert.equal(file.read().kind, "corrupt");
});

Deno.test("an id that the server would not take is no id", () => {
  const text = (id: unknown) =>
    JSON.stringify({ client_id: id, machine_id: "", server_url: "" });
  assert.equal(parseState(text("a.b:c-1_2"))?.clientId, "a.b:c-1_2");
  for (const id of ["", "a b", "x".repeat(129), "ä", "a\n", 1, null]) {
    assert.equal(parseState(text(id)), undefined, String(id));
  }
});

Deno.test("a second client in the same folder sees that it is not alone, until the first ends", () => {
  using tree = new TemporaryTree();
  const first = new StateFile(tree.root);
  assert.ok(!first.isShared);
  {
    using second = new StateFile(tree.root);
    assert.ok(second.isShared);
  }
  first[Symbol.dispose]();
  using third = new StateFile(tree.root);
  assert.ok(!third.isShared);
});

Deno.test("a file in the folder's place, or a folder in the file's, is an error", () => {
  using tree = new TemporaryTree({ "taken": "", "dir/client.json/x": "" });
  assert.throws(() => new StateFile(`${tree.root}/taken`));
  assert.throws(() => new StateFile(`${tree.root}/taken/below`));
  using file = new StateFile(`${tree.root}/dir`);
  assert.throws(() => file.read());
  assert.throws(() => file.write(STATE));
  assert.deepEqual(
    [...Deno.readDirSync(`${tree.root}/dir`)].map(({ name }) => name),
    ["client.json"],
  );
});

Deno.test("no text makes the parser fail", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json()),
      (text) => {
        const state = parseState(text);
        assert.ok(state === undefined || state.clientId.length > 0);
      },
    ),
    { seed: seedOf("state file") },
  );
});

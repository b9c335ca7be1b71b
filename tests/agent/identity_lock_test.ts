import assert from "node:assert/strict";
import { openIdentity } from "../../src/agent/identity.ts";
import { StateFile } from "../../src/agent/state_file.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";

Deno.test("a folder whose file can't be read is passed over, and its lock let go", () => {
  using tree = new TemporaryTree({ "bad/client.json/in_the_way": "" });
  const [bad, home] = [`${tree.root}/bad`, `${tree.root}/home`];
  using identity = openIdentity({
    clientId: "",
    stateDir: "",
    serverUrl: "http://balancer:8080",
    machineId: "",
    environment: (name) => name === "STATE_DIRECTORY" ? bad : undefined,
    systemFolder: home,
    logger: new FakeLogger(),
  });
  using kept = new StateFile(home);
  const read = kept.read();
  assert.equal(read.kind === "found" && read.state.clientId, identity.clientId);
  using passedOver = new StateFile(bad);
  assert.deepEqual([kept.isShared, passedOver.isShared], [true, false]);
});

Deno.test("a link that lies where the file is written first is not followed", () => {
  using tree = new TemporaryTree({ "victim": "untouched", "state/keep": "" });
  using file = new StateFile(`${tree.root}/state`);
  Deno.symlinkSync(`${tree.root}/victim`, `${file.path}.new`);
  const state = { clientId: "c-1", machineId: "", serverUrl: "" };
  file.write(state);
  assert.equal(Deno.readTextFileSync(`${tree.root}/victim`), "untouched");
  assert.deepEqual(file.read(), { kind: "found", state });
});

Deno.test("who has the old file open goes on reading the old one, whole", () => {
  using tree = new TemporaryTree();
  using file = new StateFile(tree.root);
  file.write({ clientId: "old", machineId: "", serverUrl: "" });
  using open = Deno.openSync(file.path);
  file.write({ clientId: "new", machineId: "", serverUrl: "" });
  const buffer = new Uint8Array(4096);
  const length = open.readSync(buffer) ?? 0;
  const text = new TextDecoder().decode(buffer.subarray(0, length));
  assert.equal(JSON.parse(text).client_id, "old");
});

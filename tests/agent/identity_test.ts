import assert from "node:assert/strict";
import {
  type IdentitySources,
  openIdentity,
} from "../../src/agent/identity.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";

const UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MACHINE = "0123456789abcdef0123456789abcdef";
const OTHER_MACHINE = "fedcba9876543210fedcba9876543210";

/** Who a client is that starts and ends, and what it says of it. */
function idOf(
  given: Partial<IdentitySources>,
): { id: string; log: FakeLogger } {
  const log = new FakeLogger();
  using identity = openIdentity({
    clientId: "",
    stateDir: "",
    serverUrl: "http://server",
    machineId: MACHINE,
    environment: () => undefined,
    systemFolder: "/dev/null/none",
    logger: log,
    ...given,
  });
  return { id: identity.clientId, log };
}

function stateIn(folder: string): Record<string, string> {
  return JSON.parse(Deno.readTextFileSync(`${folder}/client.json`));
}

Deno.test("a configured id is the id, and no file is touched", () => {
  using tree = new TemporaryTree();
  const { id } = idOf({ clientId: "render-3", stateDir: `${tree.root}/state` });
  assert.equal(id, "render-3");
  assert.deepEqual([...Deno.readDirSync(tree.root)], []);
});

Deno.test("an id is made once and is the same after every restart", () => {
  using tree = new TemporaryTree();
  const { id, log } = idOf({ stateDir: tree.root });
  assert.match(id, UUID);
  assert.equal(idOf({ stateDir: tree.root }).id, id);
  assert.deepEqual(log.lines, []);
  assert.deepEqual(stateIn(tree.root), {
    client_id: id,
    machine_id: MACHINE,
    server_url: "http://server",
  });
});

Deno.test("two folders are two clients on one machine", () => {
  using tree = new TemporaryTree();
  const ids = ["a", "b"].map((name) =>
    idOf({ stateDir: `${tree.root}/${name}` }).id
  );
  assert.notEqual(ids[0], ids[1]);
});

Deno.test("the first folder that can be used keeps the id", () => {
  using tree = new TemporaryTree({ blocked: "" });
  const { id } = idOf({
    environment: (name) =>
      ({ STATE_DIRECTORY: `${tree.root}/blocked`, HOME: tree.root })[name],
    systemFolder: `${tree.root}/blocked/too`,
  });
  assert.equal(stateIn(`${tree.root}/.local/state/opsen`).client_id, id);
});

Deno.test("where no folder can be used there is an id until the client stops, and a warning", () => {
  const { id, log } = idOf({});
  assert.match(id, UUID);
  assert.notEqual(idOf({}).id, id);
  assert.equal(log.messages("warn").length, 1);
  assert.match(log.messages("warn")[0] ?? "", /will be a new backend/);
});

Deno.test("a configured folder that can't be used is not silently replaced by another", () => {
  using tree = new TemporaryTree({ blocked: "" });
  const { log } = idOf({
    stateDir: `${tree.root}/blocked`,
    systemFolder: `${tree.root}/system`,
  });
  assert.equal(log.messages("warn").length, 1);
  assert.deepEqual([...Deno.readDirSync(tree.root)].map(({ name }) => name), [
    "blocked",
  ]);
});

Deno.test("a copy of the disk on another machine is another client", () => {
  using tree = new TemporaryTree();
  const { id } = idOf({ stateDir: tree.root });
  const copy = idOf({ stateDir: tree.root, machineId: OTHER_MACHINE });
  assert.match(copy.id, UUID);
  assert.notEqual(copy.id, id);
  assert.match(copy.log.messages("warn")[0] ?? "", /from another machine/);
  assert.equal(stateIn(tree.root).machine_id, OTHER_MACHINE);
});

Deno.test("a machine id that is not known is no sign of a copy, and one that becomes known is kept", () => {
  using tree = new TemporaryTree();
  const { id } = idOf({ stateDir: tree.root, machineId: "" });
  assert.equal(idOf({ stateDir: tree.root }).id, id);
  assert.equal(stateIn(tree.root).machine_id, MACHINE);
  assert.equal(idOf({ stateDir: tree.root, machineId: "" }).id, id);
  assert.equal(stateIn(tree.root).machine_id, MACHINE);
});

Deno.test("another server keeps the id and is written down", () => {
  using tree = new TemporaryTree();
  const { id } = idOf({ stateDir: tree.root });
  const moved = idOf({ stateDir: tree.root, serverUrl: "https://new" });
  assert.equal(moved.id, id);
  assert.deepEqual(moved.log.lines, []);
  assert.equal(stateIn(tree.root).server_url, "https://new");
});

Deno.test("a file that can't be understood is set aside, and the client is a new one", () => {
  using tree = new TemporaryTree({ "client.json": "{half" });
  const { id, log } = idOf({ stateDir: tree.root });
  assert.match(id, UUID);
  assert.match(log.messages("warn")[0] ?? "", /could not be understood/);
  assert.equal(
    Deno.readTextFileSync(`${tree.root}/client.json.corrupt`),
    "{half",
  );
  assert.equal(idOf({ stateDir: tree.root }).id, id);
});

Deno.test("an id that can be read is good although its file can't be written", () => {
  using tree = new TemporaryTree({
    "client.json": JSON.stringify({
      client_id: "kept",
      machine_id: MACHINE,
      server_url: "http://old",
    }),
    "client.json.new/in/the/way": "",
  });
  const { id, log } = idOf({ stateDir: tree.root });
  assert.equal(id, "kept");
  assert.match(log.messages("warn")[0] ?? "", /Cannot update the state file/);
});

Deno.test("a second client with the same folder is told that both report under one id", () => {
  using tree = new TemporaryTree();
  using first = openIdentity({
    clientId: "",
    stateDir: tree.root,
    serverUrl: "",
    machineId: "",
    environment: () => undefined,
    systemFolder: "",
    logger: new FakeLogger(),
  });
  const second = idOf({ stateDir: tree.root, serverUrl: "", machineId: "" });
  assert.equal(second.id, first.clientId);
  assert.match(second.log.messages("warn")[0] ?? "", /same id/);
});

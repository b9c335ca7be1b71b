import assert from "node:assert/strict";
import { parseMachineId, readHost } from "../../src/collect/host.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { fixture, TemporaryTree } from "./trees.ts";

const MACHINE_ID = "0123456789abcdef0123456789abcdef";

Deno.test("names and ids are read from the roots they are given", () => {
  using etc = new TemporaryTree({ "machine-id": `${MACHINE_ID}\n` });
  const facts = readHost(new TextFiles(), {
    procRoot: fixture("proc_desktop"),
    etcRoot: etc.root,
  });
  assert.deepEqual(facts, {
    hostname: "desk-17",
    kernel: "6.12.9-generic",
    machineId: MACHINE_ID,
    bootId: "5f0c1de2-94c4-4c0f-a4e4-3a1ea46d4dbb",
  });
});

Deno.test("what can't be read is empty, but the host name is asked of the system", () => {
  using nothing = new TemporaryTree();
  const facts = readHost(new TextFiles(), {
    procRoot: nothing.root,
    etcRoot: nothing.root,
  });
  assert.deepEqual(facts, {
    hostname: Deno.hostname(),
    kernel: "",
    machineId: "",
    bootId: "",
  });
});

Deno.test("an image that waits for its first boot has no machine id", () => {
  assert.equal(parseMachineId("uninitialized"), "");
  assert.equal(parseMachineId(""), "");
  assert.equal(parseMachineId("1234"), "");
  assert.equal(parseMachineId(MACHINE_ID.toUpperCase()), MACHINE_ID);
});

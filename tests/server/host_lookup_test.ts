import assert from "node:assert/strict";
import { hostLookup } from "../../src/server/host_lookup.ts";
import { machineAddresses } from "../../src/server/machine_addresses.ts";

Deno.test("a name is looked up, and what fails has no answer", async () => {
  const lookup = hostLookup((name) =>
    name === "a.example"
      ? Promise.resolve(["10.0.0.1"])
      : Promise.reject(new Error("no such name"))
  );
  assert.deepEqual(await lookup("a.example"), ["10.0.0.1"]);
  assert.equal(await lookup("b.example"), undefined);
});

Deno.test("nobody waits for a dead name server, and few questions go to it", async () => {
  const questions: PromiseWithResolvers<readonly string[]>[] = [];
  const lookup = hostLookup(() => {
    const question = Promise.withResolvers<readonly string[]>();
    questions.push(question);
    return question.promise;
  });
  const answers = Array.from({ length: 50 }, () => lookup("a.example"));
  assert.deepEqual(
    new Set(await Promise.all(answers)),
    new Set([undefined]),
  );
  const asked = questions.length;
  assert.ok(asked > 0 && asked < 50);
  assert.equal(await lookup("a.example"), undefined);
  for (const { resolve } of questions) resolve(["10.0.0.1"]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const late = lookup("a.example");
  questions.at(-1)?.resolve(["10.0.0.2"]);
  assert.deepEqual(await late, ["10.0.0.2"]);
});

Deno.test("the machine's addresses are known, loopback among them", () => {
  assert.ok(machineAddresses().includes("127.0.0.1"));
});

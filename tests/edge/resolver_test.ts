import assert from "node:assert/strict";
import { type Resolution, Resolver } from "../../src/edge/resolver.ts";

/** A name server whose answers and clock are the test's. */
class FakeNames {
  now = 0;
  readonly asked: string[] = [];
  answer: () => Promise<readonly string[]> = () =>
    Promise.resolve(["192.0.2.1", "192.0.2.2"]);
  readonly resolver = new Resolver(() => this.now, (name) => {
    this.asked.push(name);
    return this.answer();
  });
}

const BOTH: Resolution = {
  kind: "resolved",
  ips: ["192.0.2.1", "192.0.2.2"],
};
const FAILED: Resolution = { kind: "failed" };

Deno.test("an address is its own answer, at once and without a question", () => {
  const names = new FakeNames();
  for (
    const [host, ip] of [
      ["192.0.2.7", "192.0.2.7"],
      ["2001:db8::1", "2001:db8::1"],
      ["[2001:db8::1]", "2001:db8::1"],
    ] as const
  ) {
    assert.deepEqual(names.resolver.resolve(host), {
      kind: "resolved",
      ips: [ip],
    });
  }
  assert.deepEqual(names.asked, []);
});

Deno.test("a name is asked for once, then all its addresses are known in order, whatever the case", async () => {
  const names = new FakeNames();
  const first = names.resolver.resolve("a.example");
  const second = names.resolver.resolve("A.example");
  assert.deepEqual(await Promise.all([first, second]), [BOTH, BOTH]);
  names.now = 29_999;
  assert.deepEqual(names.resolver.resolve("a.EXAMPLE"), BOTH);
  assert.deepEqual(names.asked, ["a.example"]);
});

Deno.test("addresses that are no longer fresh serve while newer ones are asked for", async () => {
  const names = new FakeNames();
  await names.resolver.resolve("a.example");
  names.answer = () => Promise.resolve(["192.0.2.9", "192.0.2.9"]);
  names.now = 30_000;
  assert.deepEqual(names.resolver.resolve("a.example"), BOTH);
  assert.deepEqual(names.resolver.resolve("a.example"), BOTH);
  await turn();
  assert.deepEqual(names.asked, ["a.example", "a.example"]);
  assert.deepEqual(names.resolver.resolve("a.example"), {
    kind: "resolved",
    ips: ["192.0.2.9"],
  });
});

Deno.test("old addresses outlast a name server's failure for a while, with a question a second at most", async () => {
  const names = new FakeNames();
  await names.resolver.resolve("a.example");
  names.answer = () => Promise.reject(new Error("No answer"));
  for (const now of [30_000, 30_001, 30_999, 31_000, 599_999]) {
    names.now = now;
    assert.deepEqual(names.resolver.resolve("a.example"), BOTH);
    await turn();
  }
  assert.equal(names.asked.length, 4);
  names.now = 601_000;
  assert.deepEqual(await names.resolver.resolve("a.example"), FAILED);
});

Deno.test("a failure is believed for a second", async () => {
  const names = new FakeNames();
  names.answer = () => Promise.resolve([]);
  assert.deepEqual(await names.resolver.resolve("a.example"), FAILED);
  names.now = 999;
  assert.deepEqual(names.resolver.resolve("a.example"), FAILED);
  names.answer = () => Promise.resolve(["192.0.2.1", "192.0.2.2"]);
  names.now = 1_000;
  assert.deepEqual(await names.resolver.resolve("a.example"), BOTH);
});

Deno.test("of many names the one that was asked for the longest ago is forgotten", async () => {
  const names = new FakeNames();
  for (let at = 0; at <= 4096; at++) {
    await names.resolver.resolve(`n${at}.example`);
  }
  assert.deepEqual(names.resolver.resolve("n1.example"), BOTH);
  assert.ok(names.resolver.resolve("n0.example") instanceof Promise);
});

Deno.test("the names of this machine are known to it, and a name that can't exist fails", async () => {
  const resolver = new Resolver(() => 0);
  const local = await resolver.resolve("localhost");
  assert.ok(
    local.kind === "resolved" &&
      local.ips.some((ip) => ip === "127.0.0.1" || ip === "::1"),
  );
  assert.deepEqual(await resolver.resolve("a.b.invalid"), FAILED);
});

async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

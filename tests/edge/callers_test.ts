/** Who is let in, and who gives way when all places are taken. */
import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";
import { codeOf, head, OK } from "./exchanges.ts";

Deno.test("sockets that are merely held open can't keep others out", () => {
  using world = new EdgeWorld({ settings: { maxConnections: 100 } });
  const held = Array.from({ length: 100 }, () => world.call());
  world.pass(1_000);
  for (let i = 0; i < 300; i++) {
    const caller = world.call(head("GET /"), "198.51.100.1");
    world.say(world.origin, OK);
    assert.ok(caller.received.endsWith("ok"), `caller ${i}`);
    world.pass(10);
  }
  assert.equal(world.edge.load.connections, 100);
  assert.ok(held.every(({ fate }) => fate === "closed"));
});

Deno.test("whoever was idle longest gives way first", () => {
  using world = new EdgeWorld({ settings: { maxConnections: 4 } });
  const callers: FarEnd[] = [];
  for (let i = 0; i < 4; i++) {
    callers.push(world.call());
    world.pass(500);
  }
  const [first, second, third] = callers;
  world.say(first!, head("GET /"));
  world.say(world.origin, OK);
  world.call();
  assert.equal(second!.fate, "closed");
  world.call();
  assert.equal(third!.fate, "closed");
  assert.equal(first!.fate, "open");
});

Deno.test("nobody gives way in the middle of a request or of its head, nor just after it came", () => {
  using world = new EdgeWorld({ settings: { maxConnections: 3 } });
  const waiting = world.call(head("GET /"));
  const slow = world.call("GET / HTTP/1.1\r\n");
  world.pass(2_000);
  const young = world.call();
  world.pass(900);
  const newcomer = world.call();
  assert.equal(codeOf(newcomer.received), "too_many_connections");
  assert.deepEqual([waiting, slow, young].map(({ fate }) => fate), [
    "open",
    "open",
    "open",
  ]);
});

Deno.test("connections of IPv6 callers are limited for each network of 64 bits", () => {
  using world = new EdgeWorld({ settings: { maxConnectionsPerIp: 2 } });
  const fate = (ip: string) => world.call("", ip).fate;
  assert.equal(fate("2001:db8::1"), "open");
  assert.equal(fate("2001:db8::2"), "open");
  assert.equal(fate("2001:db8::3"), "closed");
  assert.equal(fate("2001:db8:0:1::3"), "open");
});

Deno.test("a trusted proxy may have as many connections as it likes", () => {
  using world = new EdgeWorld({
    settings: { maxConnectionsPerIp: 1, trustedProxies: ["10.0.0.0/8"] },
  });
  for (let i = 0; i < 5; i++) {
    assert.equal(world.call("", "10.1.1.1").fate, "open");
  }
  assert.equal(world.call("", "192.0.2.1").fate, "open");
  assert.equal(world.call("", "192.0.2.1").fate, "closed");
});

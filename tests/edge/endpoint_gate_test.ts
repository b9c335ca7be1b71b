/** Requests go only to where backends may be, whatever their names lead to by then. */
import assert from "node:assert/strict";
import type { EndpointRule } from "../../src/trust_ports.ts";
import { EdgeWorld, SETTINGS, type WorldOptions } from "./edge_world.ts";
import { codeOf, head, OK } from "./exchanges.ts";

/** Lets addresses be that begin with one of these, and what the backend's registration has. */
class Prefixes implements EndpointRule {
  allowed: string[] = ["10."];
  asked = 0;

  refusal({ host, ip }: { host: string; ip: string }, grant: {
    registeredFrom: string;
    endpointAllow: readonly string[];
  }): string | undefined {
    this.asked++;
    const all = [
      ...this.allowed,
      grant.registeredFrom,
      ...grant.endpointAllow,
    ];
    return all.some((prefix) => prefix !== "" && ip.startsWith(prefix))
      ? undefined
      : `${host} (${ip}): endpoint_allow: ["${ip}"]`;
  }
}

const METADATA = "169.254.169.254";
const NAMED = { endpoint: "http://b.example:7000" };

/** A world with the rule and, unless told, one backend at a name. */
function begin(options: WorldOptions = {}) {
  const rule = new Prefixes();
  const world = new EdgeWorld({
    backends: [NAMED],
    ...options,
    endpointRule: rule,
  });
  return { world, rule };
}

/** A caller asks, and the answer of the origin follows when there is one to answer. */
async function ask(world: EdgeWorld) {
  const before = world.connections.length;
  const caller = world.call(head("GET /"));
  await world.turn();
  if (caller.received === "") {
    assert.ok(world.connections.length >= before);
    world.say(world.origin, OK);
  }
  return caller;
}

Deno.test("a backend that must not be where it is gets nothing, and its callers a 502", async () => {
  const { world } = begin({ backends: [{ endpoint: `http://${METADATA}` }] });
  using _ = world;
  const caller = await ask(world);
  assert.equal(codeOf(caller.received), "upstream_not_allowed");
  assert.match(caller.received, /^HTTP\/1\.1 502 /);
  assert.doesNotMatch(caller.received, /169\.254/);
  assert.deepEqual(world.places, []);
});

Deno.test("a name that leads elsewhere by now is not followed", async () => {
  const { world } = begin();
  using _ = world;
  world.names.set("b.example", ["10.0.0.1"]);
  assert.ok((await ask(world)).received.endsWith("ok"));
  world.end(world.origin);
  world.names.set("b.example", [METADATA]);
  // The first one after half a minute asks for the name again and is served by what was known.
  world.pass(31_000);
  await ask(world);
  world.end(world.origin);
  const caller = await ask(world);
  assert.equal(codeOf(caller.received), "upstream_not_allowed");
  assert.deepEqual(world.places, ["10.0.0.1:7000", "10.0.0.1:7000"]);
});

Deno.test("of a name's addresses those are used that may be", async () => {
  const { world } = begin();
  using _ = world;
  world.names.set("b.example", [METADATA, "10.0.0.1", "203.0.113.1"]);
  assert.ok((await ask(world)).received.endsWith("ok"));
  world.end(world.origin);
  world.outcomes.set("10.0.0.1:7000", "refused");
  const caller = await ask(world);
  assert.equal(codeOf(caller.received), "upstream_unreachable");
  assert.deepEqual(world.places, ["10.0.0.1:7000", "10.0.0.1:7000"]);
});

Deno.test("the next best backend serves when one must not be where it is", async () => {
  const { world } = begin({ backends: [NAMED, {}] });
  using _ = world;
  world.names.set("b.example", [METADATA]);
  assert.ok((await ask(world)).received.endsWith("ok"));
  assert.deepEqual(world.places, ["10.0.0.2:80"]);
});

Deno.test("what became of one backend is not said of the next", async () => {
  const nowhere = { endpoint: "http://nowhere.example" };
  const { world } = begin({ backends: [NAMED, nowhere] });
  using _ = world;
  world.names.set("b.example", [METADATA]);
  const caller = await ask(world);
  assert.equal(codeOf(caller.received), "upstream_unreachable");
});

Deno.test("a line of the log names the backend, the address and the remedy, once in ten seconds", async () => {
  const { world } = begin();
  using _ = world;
  world.names.set("b.example", [METADATA]);
  for (let i = 0; i < 5; i++) await ask(world);
  const lines = () =>
    world.logger.lines.filter(({ message }) =>
      message === "A backend failed a request"
    );
  assert.equal(lines().length, 1);
  assert.equal(lines()[0]?.data.backend, "b1");
  assert.equal(
    lines()[0]?.data.fault,
    `b.example (${METADATA}): endpoint_allow: ["${METADATA}"]`,
  );
  world.pass(10_000);
  await ask(world);
  assert.equal(lines().length, 2);
  assert.equal(lines()[1]?.data.unsaidBefore, 4);
});

Deno.test("requests on a connection that waited ask the rule nothing", async () => {
  const { world, rule } = begin({ backends: [{}] });
  using _ = world;
  for (let i = 0; i < 10; i++) await ask(world);
  assert.equal(world.connections.length, 1);
  assert.equal(rule.asked, 1);
});

Deno.test("where a backend registered from and what its credential has are for itself alone", async () => {
  for (
    const grant of [
      { registeredFrom: "203.0.113.1" },
      { registeredFrom: "", endpointAllow: ["203.0.113."] },
      // A registration that was stored before the address was noted.
      { publicIp: "203.0.113.1" },
    ]
  ) {
    const endpoint = "http://203.0.113.1";
    const { world } = begin({ backends: [{ endpoint, ...grant }] });
    using _ = world;
    assert.ok((await ask(world)).received.endsWith("ok"));
  }
  const endpoint = "http://203.0.113.1";
  const from = { registeredFrom: "203.0.113.2", publicIp: "203.0.113.1" };
  const { world } = begin({ backends: [{ endpoint, ...from }] });
  using _ = world;
  const caller = await ask(world);
  assert.equal(codeOf(caller.received), "upstream_not_allowed");
});

Deno.test("the connection of one backend is none for another at the same URL that must not be there", async () => {
  const endpoint = "http://203.0.113.1";
  const first = { endpoint, registeredFrom: "203.0.113.1" };
  const { world } = begin({
    backends: [first, { endpoint, registeredFrom: "203.0.113.2" }],
    settings: { retries: 0 },
  });
  using _ = world;
  assert.ok((await ask(world)).received.endsWith("ok"));
  world.balancer.drain("b1", "operator", world.clock.monotonicMs());
  const caller = await ask(world);
  assert.equal(codeOf(caller.received), "upstream_not_allowed");
  assert.equal(world.connections.length, 1);
});

Deno.test("another rule closes the connections that wait where nobody may be any more, and lets in where one may", async () => {
  const { world, rule } = begin({ backends: [{}] });
  using _ = world;
  await ask(world);
  world.edge.configure(SETTINGS);
  assert.equal(world.origin.fate, "open");
  rule.allowed = ["192.168."];
  world.edge.configure(SETTINGS);
  assert.equal(world.origin.fate, "closed");
  const refused = await ask(world);
  assert.equal(codeOf(refused.received), "upstream_not_allowed");
  assert.equal(world.connections.length, 1);
  rule.allowed = ["10."];
  world.edge.configure(SETTINGS);
  world.pass(60_000);
  assert.ok((await ask(world)).received.endsWith("ok"));
});

Deno.test("a request in progress when the rule changes ends, and its connection is not used again", async () => {
  const { world, rule } = begin({ backends: [{}] });
  using _ = world;
  const caller = world.call(head("GET /"));
  rule.allowed = [];
  world.edge.configure(SETTINGS);
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  const refused = await ask(world);
  assert.equal(codeOf(refused.received), "upstream_not_allowed");
  assert.equal(world.connections.length, 1);
  assert.equal(world.origin.fate, "closed");
});

Deno.test("a request that is sent again on a fresh connection goes by the same rule", async () => {
  const { world, rule } = begin();
  using _ = world;
  world.names.set("b.example", ["10.0.0.1"]);
  await ask(world);
  world.pass(31_000);
  const waiting = world.origin;
  rule.allowed = [];
  waiting.onReceived = () => waiting.end();
  const caller = world.call(head("GET /"));
  await world.turn();
  assert.equal(codeOf(caller.received), "upstream_not_allowed");
  assert.equal(world.connections.length, 1);
});

Deno.test("the rule that changes while a name's addresses are tried holds for those that are left", async () => {
  const { world, rule } = begin();
  using _ = world;
  world.names.set("b.example", ["10.0.0.1", "10.0.0.2"]);
  world.outcomes.set("10.0.0.1:7000", "pending");
  const caller = world.call(head("GET /"));
  await world.turn();
  assert.deepEqual(world.places, ["10.0.0.1:7000"]);
  rule.allowed = [];
  world.edge.configure(SETTINGS);
  world.conclude(world.origin, "unreachable");
  await world.turn();
  assert.equal(codeOf(caller.received), "upstream_not_allowed");
  assert.equal(world.connections.length, 1);
});

/** That an operator hears of callers who are turned away, and of the key of the configuration behind it. */
import assert from "node:assert/strict";
import { EdgeWorld, type WorldOptions } from "./edge_world.ts";
import { codeOf, head, OK } from "./exchanges.ts";

/** What was told, without the ids of the requests. */
function refusals(world: EdgeWorld): Record<string, unknown>[] {
  return told(world).map(({ requestId: _, ...data }) => data);
}

function told({ logger }: EdgeWorld): Record<string, unknown>[] {
  return logger.lines
    .filter(({ level, message }) =>
      level === "warn" && message === "Caller refused"
    )
    .map(({ data }) => data);
}

Deno.test("callers beyond their rate are told once a minute, with the keys to change", () => {
  const rates = { perMinute: 1, burst: 1, tiers: new Map() };
  using world = new EdgeWorld({ rates });
  const caller = world.call("", "192.0.2.7");
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  assert.deepEqual(refusals(world), []);
  for (let i = 0; i < 5; i++) world.say(caller, head("GET /"));
  const first = {
    code: "rate_limited",
    ip: "192.0.2.7",
    setting: "rate_limit_per_minute, rate_limit_burst, rate_limit_exempt",
  };
  assert.deepEqual(refusals(world), [first]);
  world.pass(60_000);
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  world.say(caller, head("GET /"));
  assert.deepEqual(refusals(world), [first, { ...first, moreBefore: 4 }]);
  const ids = told(world).map(({ requestId }) => requestId);
  assert.ok(ids.every((id) => typeof id === "string" && id !== ""));
  assert.equal(new Set(ids).size, 2);
});

Deno.test("the limit of a tier names the tier", () => {
  const tiers = new Map([["small", 1]]);
  using world = new EdgeWorld({ rates: { perMinute: 0, burst: 1, tiers } });
  const caller = world.call(head("GET /?tier=small"));
  world.say(world.origin, OK);
  world.say(caller, head("GET /?tier=small"));
  assert.deepEqual(
    refusals(world).map(({ setting }) => setting),
    ['rate_limit_per_minute of the tier "small"'],
  );
});

Deno.test("an address that may not call is told with the address that was seen", () => {
  const cases: [WorldOptions["settings"], string][] = [
    [{ allowedAddresses: ["10.0.0.0/8"] }, "192.0.2.7"],
    [{ blockedAddresses: ["192.0.2.8"] }, "192.0.2.8"],
  ];
  for (const [settings, ip] of cases) {
    using world = new EdgeWorld({ ...(settings && { settings }) });
    const caller = world.call(head("GET /"), ip);
    assert.equal(codeOf(caller.received), "address_not_allowed");
    const setting = "whitelisted_ips, blocked_ips";
    assert.deepEqual(refusals(world), [
      { code: "address_not_allowed", ip, setting },
    ]);
  }
});

Deno.test("an address with too many connections is told of", () => {
  using world = new EdgeWorld({ settings: { maxConnectionsPerIp: 1 } });
  world.call("", "192.0.2.7");
  const second = world.call("", "192.0.2.7");
  assert.equal(codeOf(second.received), "too_many_connections");
  const [code, setting] = ["too_many_connections", "max_connections_per_ip"];
  assert.deepEqual(refusals(world), [{ code, ip: "192.0.2.7", setting }]);
});

Deno.test("a proxy that is not trusted is told of, whatever version it speaks", () => {
  const line = "PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n";
  const local = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
  for (const header of [line, local]) {
    using world = new EdgeWorld();
    const caller = world.call(header + head("GET /"), "192.0.2.9");
    assert.match(codeOf(caller.received), /^bad_/);
    assert.deepEqual(
      refusals(world).map(({ ip, setting }) => [ip, setting]),
      [["192.0.2.9", "proxy_protocol, trusted_proxies"]],
    );
  }
  using world = new EdgeWorld();
  world.call("PROXIES HTTP/1.1\r\n\r\n");
  assert.deepEqual(refusals(world), []);
});

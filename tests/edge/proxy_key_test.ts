/** Keys on proxied paths. */
import assert from "node:assert/strict";
import type { Principal } from "../../src/policy/principal.ts";
import type { KeyBook, KeyFinding } from "../../src/trust_ports.ts";
import { EdgeWorld, type WorldOptions } from "./edge_world.ts";
import { head, OK, post, problemOf, valuesOf } from "./exchanges.ts";

const GOOD: Principal = {
  name: "good",
  scopes: ["route"],
  tiers: undefined,
  expiresMs: undefined,
  backendId: undefined,
  endpointAllow: [],
  ratePerMinute: 0,
};

const FINDINGS: Readonly<Record<string, KeyFinding>> = {
  good: { kind: "known", principal: GOOD },
  admin: { kind: "known", principal: { ...GOOD, scopes: ["admin"] } },
  machine: {
    kind: "known",
    principal: { ...GOOD, name: "machine", scopes: ["agent", "read"] },
  },
  small: { kind: "known", principal: { ...GOOD, tiers: ["small"] } },
  rare: {
    kind: "known",
    principal: { ...GOOD, name: "rare", ratePerMinute: 4 },
  },
  old: { kind: "expired", principal: GOOD },
  gone: { kind: "revoked", principal: GOOD },
};

const KEYS: KeyBook = {
  isOpen: false,
  find: (key) => FINDINGS[key] ?? { kind: "unknown" },
  isShutOut: () => false,
};

/** A world whose backends want a key. */
function closedWorld(options: WorldOptions = {}): EdgeWorld {
  const settings = { proxyRequireKey: true, ...options.settings };
  return new EdgeWorld({ keys: KEYS, ...options, settings });
}

for (
  const [field, status, code, detail] of [
    [[], 401, "missing_key", "Missing API key"],
    [["Authorization: Basic Z29vZA=="], 401, "missing_key", "Missing API key"],
    [["X-API-Key: nobody"], 403, "wrong_key", "Invalid API key"],
    [["X-API-Key: goo"], 403, "wrong_key", "Invalid API key"],
    [["X-API-Key: nobody", "Authorization: Bearer good"], 403, "wrong_key"],
    [["X-API-Key: old"], 403, "key_expired"],
    [["Authorization: Bearer gone"], 403, "key_revoked"],
    [["X-API-Key: machine"], 403, "missing_scope"],
    [["X-API-Key: small", "X-Tier: large"], 403, "tier_not_allowed"],
  ] as const
) {
  Deno.test(`a backend is not reached with ${field.join(" and ") || "no key"}: ${code}`, () => {
    using world = closedWorld();
    const caller = world.call(head("GET /", ...field));
    const problem = problemOf(caller.received);
    assert.equal(problem.status, status);
    assert.equal(problem.code, code);
    if (detail !== undefined) assert.equal(problem.detail, detail);
    assert.deepEqual(
      valuesOf(caller.received, "WWW-Authenticate"),
      status === 401 ? ["Bearer"] : [],
    );
    assert.equal(caller.fate, "open");
    assert.deepEqual(world.places, []);
  });
}

Deno.test("the field that held the key stays here, and the other goes on", () => {
  using world = closedWorld();
  world.call(head("GET /", "X-API-Key: good", "Authorization: Bearer mine"));
  assert.deepEqual(valuesOf(world.origin.received, "X-API-Key"), []);
  assert.deepEqual(valuesOf(world.origin.received, "Authorization"), [
    "Bearer mine",
  ]);
  world.call(head("GET /", "X-API-Key: good", "Authorization: Bearer admin"));
  assert.deepEqual(valuesOf(world.origin.received, "Authorization"), []);
  assert.deepEqual(valuesOf(world.origin.received, "X-API-Key"), []);
  world.call(head("GET /", "X-API-Key:", "authorization: bearer good"));
  assert.deepEqual(valuesOf(world.origin.received, "Authorization"), []);
  world.call(head("GET /", "x-api-key: admin", "X-Tier: small"));
  assert.ok(!world.origin.received.includes("admin"));
});

Deno.test("the key stays here too when another head was read before the request goes on", () => {
  using world = closedWorld();
  const body = `{"tier":"small"}`;
  const slow = world.call(
    post("/", body, "application/json", "X-API-Key: good").slice(0, -3),
  );
  world.call(head("GET /other"));
  world.say(slow, body.slice(-3));
  assert.ok(world.origin.received.startsWith("POST / "));
  assert.deepEqual(valuesOf(world.origin.received, "X-API-Key"), []);
});

Deno.test("a key shown before is not remembered for the next request of a connection", () => {
  using world = closedWorld();
  const caller = world.call(head("GET /", "X-API-Key: good"));
  world.say(world.origin, OK);
  caller.fresh();
  world.say(caller, head("GET /"));
  assert.equal(problemOf(caller.fresh()).code, "missing_key");
});

Deno.test("a key is good for as many requests as it says", () => {
  using world = closedWorld({
    rates: { perMinute: 0, burst: 1, tiers: new Map() },
  });
  world.call(head("GET /", "X-API-Key: rare"));
  const refused = world.call(head("GET /", "X-API-Key: rare"), "192.0.2.8");
  assert.equal(problemOf(refused.received).code, "rate_limited");
  assert.deepEqual(valuesOf(refused.received, "Retry-After"), ["15"]);
  assert.equal(world.call(head("GET /", "X-API-Key: good")).received, "");
});

Deno.test("a server that wants a key and knows none lets nobody through", () => {
  using world = new EdgeWorld({ settings: { proxyRequireKey: true } });
  const caller = world.call(head("GET /", "X-API-Key: good"));
  assert.equal(problemOf(caller.received).code, "wrong_key");
});

Deno.test("where no key is wanted, keys of the application go on as they came", () => {
  using world = new EdgeWorld({ keys: KEYS });
  world.call(head("GET /", "X-API-Key: good", "Authorization: Bearer good"));
  assert.deepEqual(valuesOf(world.origin.received, "X-API-Key"), ["good"]);
  assert.deepEqual(valuesOf(world.origin.received, "Authorization"), [
    "Bearer good",
  ]);
});

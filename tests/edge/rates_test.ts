/** Who is held to how much: addresses, requests in progress, tiers. */
import assert from "node:assert/strict";
import type { RateSettings } from "../../src/policy/rate_limiter.ts";
import type { Principal, Scope } from "../../src/policy/principal.ts";
import type { KeyBook, KeyFinding } from "../../src/trust_ports.ts";
import { ADMIN_PORT, EdgeWorld, SETTINGS } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";
import { codeOf, head, OK, post, statusesOf, valuesOf } from "./exchanges.ts";

const RATES: RateSettings = { perMinute: 60, burst: 2, tiers: new Map() };

/** A caller that has used up its allowance, on a connection that stands. */
function spent(world: EdgeWorld, ip = "192.0.2.7"): FarEnd {
  const caller = world.call("", ip);
  for (let i = 0; i < RATES.burst; i++) {
    world.say(caller, head("GET /"));
    world.say(world.origin, OK);
  }
  caller.fresh();
  return caller;
}

function principal(name: string, scopes?: readonly Scope[]): Principal {
  return {
    name,
    scopes,
    tiers: undefined,
    expiresMs: undefined,
    backendId: undefined,
    endpointAllow: [],
    ratePerMinute: 0,
  };
}

/** Keys that are called as they are, and what showing them comes to. */
function book(findings: Readonly<Record<string, KeyFinding>>): KeyBook {
  return {
    isOpen: false,
    find: (key) => findings[key] ?? { kind: "unknown" },
    isShutOut: () => false,
  };
}

Deno.test("an address beyond its rate is told when to come again, and its connection stands", () => {
  using world = new EdgeWorld({ rates: RATES });
  const caller = spent(world);
  world.say(caller, head("GET /"));
  const refusal = caller.fresh();
  assert.equal(codeOf(refusal), "rate_limited");
  assert.deepEqual(statusesOf(refusal), [429]);
  assert.deepEqual(valuesOf(refusal, "Retry-After"), ["1"]);
  assert.deepEqual(valuesOf(refusal, "RateLimit-Limit"), ["2"]);
  assert.deepEqual(valuesOf(refusal, "RateLimit-Remaining"), ["0"]);
  assert.deepEqual(valuesOf(refusal, "RateLimit-Reset"), ["2"]);
  assert.equal(caller.fate, "open");
  world.pass(1_000);
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.fresh()), [200]);
});

Deno.test("the body of a refused request is passed over when it is there, else the connection ends", () => {
  using world = new EdgeWorld({ rates: RATES });
  const caller = spent(world);
  const trick = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  world.say(caller, post("/", trick) + head("GET /next"));
  assert.deepEqual(statusesOf(caller.fresh()), [429, 429]);
  assert.equal(caller.fate, "open");
  const request = post("/", trick);
  world.say(caller, request.slice(0, -1));
  assert.deepEqual(statusesOf(caller.fresh()), [429]);
  assert.equal(caller.fate, "closed");
  const chunked = world.call(
    head("POST /", "Transfer-Encoding: chunked") + "2\r\nab\r\n0\r\n\r\n",
  );
  assert.deepEqual(statusesOf(chunked.received), [429]);
  assert.equal(chunked.fate, "closed");
});

Deno.test("one bucket holds for backends, the API and the admin address alike", () => {
  using world = new EdgeWorld({ rates: RATES });
  spent(world);
  for (
    const line of ["GET /", "GET /clients", "POST /route", "GET /_opsen/x"]
  ) {
    assert.equal(codeOf(world.call(head(line)).received), "rate_limited");
  }
  const admin = world.call(head("GET /clients"), "192.0.2.7", ADMIN_PORT);
  assert.equal(codeOf(admin.received), "rate_limited");
  const other = world.call(head("GET /"), "192.0.2.8");
  assert.equal(other.received, "");
});

Deno.test("health is answered however busy its address is", () => {
  using world = new EdgeWorld({ rates: RATES });
  spent(world);
  for (const path of ["/health", "/_opsen/livez", "/_opsen/readyz?verbose"]) {
    assert.equal(world.call(head(`GET ${path}`)).received, "");
    assert.equal(world.call(head(`HEAD ${path}`)).received, "");
  }
  for (const line of ["POST /health", "GET /healthz", "GET /_opsen/livez/x"]) {
    assert.equal(codeOf(world.call(head(line)).received), "rate_limited");
  }
});

Deno.test("machines with an agent's key are not counted, and no other key spares anybody", () => {
  const keys = book({
    agent: { kind: "known", principal: principal("agent", ["agent"]) },
    all: { kind: "known", principal: principal("server_key") },
    route: { kind: "known", principal: principal("route", ["route"]) },
    old: { kind: "expired", principal: principal("old", ["agent"]) },
  });
  using world = new EdgeWorld({ rates: RATES, keys });
  spent(world);
  const isLet = (line: string, ...fields: readonly string[]) =>
    world.call(head(line, ...fields)).received === "";
  assert.ok(isLet("POST /stats", "X-API-Key: agent"));
  assert.ok(isLet("POST /register", "Authorization: bearer all"));
  assert.ok(!isLet("POST /stats"));
  assert.ok(!isLet("POST /stats", "X-API-Key: route"));
  assert.ok(!isLet("POST /stats", "X-API-Key: old"));
  assert.ok(!isLet("POST /stats", "X-API-Key: wrong"));
  assert.ok(!isLet("POST /stats", "X-API-Key: agent", "X-API-Key: agent"));
  assert.ok(!isLet("POST /route", "X-API-Key: agent"));
  assert.ok(!isLet("POST /other", "X-API-Key: agent"));
});

Deno.test("exempt ranges have no limit of any kind", () => {
  const settings = { rateExempt: ["192.0.2.0/24"], maxRequestsPerIp: 1 };
  const tiers = new Map([["small", 1]]);
  using world = new EdgeWorld({ settings, rates: { ...RATES, tiers } });
  for (let i = 0; i < 9; i++) {
    assert.equal(world.call(head("GET /")).received, "");
  }
});

Deno.test("IPv6 callers are counted by their network of 64 bits, mapped ones as IPv4", () => {
  using world = new EdgeWorld({ rates: RATES });
  const status = (ip: string) =>
    world.call(head("GET /"), ip).received === "" ? "let in" : "refused";
  assert.deepEqual(
    ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:7::"].map(status),
    ["let in", "let in", "refused"],
  );
  assert.equal(status("2001:db8:0:1::1"), "let in");
  assert.equal(status("2001:db9::1"), "let in");
});

Deno.test("a forged X-Forwarded-For changes nothing, a trusted proxy's callers are counted by themselves", () => {
  using world = new EdgeWorld({
    rates: RATES,
    settings: { trustedProxies: ["10.0.0.1"] },
  });
  const isLet = (ip: string, forwarded: string) =>
    world.call(head("GET /", `X-Forwarded-For: ${forwarded}`), ip)
      .received === "";
  const forged = [1, 2, 3].map((n) => isLet("192.0.2.7", `198.51.100.${n}`));
  assert.deepEqual(forged, [true, true, false]);
  const relayed = [1, 1, 1, 2].map((n) => isLet("10.0.0.1", `203.0.113.${n}`));
  assert.deepEqual(relayed, [true, true, false, true]);
});

Deno.test("requests in progress are limited for each address, and all are given back", () => {
  using world = new EdgeWorld({ settings: { maxRequestsPerIp: 2 } });
  const first = world.call(head("GET /"));
  const firstOrigin = world.origin;
  const second = world.call(head("GET /"));
  const third = world.call(head("GET /"));
  assert.equal(codeOf(third.received), "too_many_requests_in_progress");
  assert.deepEqual(valuesOf(third.received, "Retry-After"), ["1"]);
  assert.equal(third.fate, "open");
  assert.equal(world.call(head("GET /"), "192.0.2.8").received, "");
  assert.equal(world.call(head("GET /health")).received, "");
  world.say(firstOrigin, OK);
  assert.deepEqual(statusesOf(first.received), [200]);
  third.fresh();
  world.say(third, head("GET /"));
  assert.equal(third.fresh(), "");
  world.reset(second);
  world.say(first, head("GET /"));
  first.fresh();
  assert.equal(
    codeOf(world.call(head("GET /")).received),
    "too_many_requests_in_progress",
  );
  assert.equal(world.edge.load.perAddress.of("192.0.2.7"), 2);
});

Deno.test("a tier has its own limit for each address", () => {
  const rates = { perMinute: 0, burst: 1, tiers: new Map([["small", 4]]) };
  using world = new EdgeWorld({ rates });
  assert.equal(world.call(head("GET /")).received, "");
  const refused = world.call(head("GET /")).received;
  assert.equal(codeOf(refused), "rate_limited");
  assert.deepEqual(valuesOf(refused, "Retry-After"), ["15"]);
  assert.equal(world.call(head("GET /", "X-Tier: large")).received, "");
  assert.equal(world.call(head("GET /"), "192.0.2.8").received, "");
});

Deno.test("blocked addresses get nothing but a refusal, whichever way they come", () => {
  const blockedAddresses = ["192.0.2.0/24", "2001:db8::/32"];
  const trustedProxies = ["10.0.0.1"];
  const settings = { blockedAddresses, trustedProxies };
  using world = new EdgeWorld({ settings });
  for (const ip of ["192.0.2.7", "2001:db8::1"]) {
    const caller = world.call(head("GET /health"), ip);
    assert.equal(codeOf(caller.received), "address_not_allowed");
    assert.equal(caller.fate, "closed");
  }
  const relayed = world.call(
    head("GET /health", "X-Forwarded-For: 192.0.2.7"),
    "10.0.0.1",
  );
  assert.equal(codeOf(relayed.received), "address_not_allowed");
  assert.equal(relayed.fate, "closed");
  const other = world.call(head("GET /"), "198.51.100.1");
  assert.equal(other.received, "");
  world.say(world.origin, OK);
  other.fresh();
  world.edge.configure({ ...SETTINGS, blockedAddresses: ["198.51.100.1"] });
  world.say(other, head("GET /"));
  assert.equal(codeOf(other.fresh()), "address_not_allowed");
  assert.equal(other.fate, "closed");
});

Deno.test("operators have an allowance of their own, so that nobody at their address locks them out", () => {
  const keys = book({
    admin: { kind: "known", principal: principal("admin", ["admin"]) },
    any: { kind: "known", principal: principal("any") },
    route: { kind: "known", principal: principal("route", ["route"]) },
  });
  using world = new EdgeWorld({ rates: RATES, keys });
  spent(world);
  const isLet = (line: string, ...fields: readonly string[]) =>
    world.call(head(line, ...fields)).received === "";
  assert.ok(!isLet("GET /clients"));
  assert.ok(!isLet("GET /clients", "X-API-Key: wrong"));
  assert.ok(!isLet("GET /clients", "X-API-Key: route"));
  assert.ok(!isLet("GET /proxied", "X-API-Key: admin"));
  for (let i = 0; i < RATES.burst; i++) {
    assert.ok(isLet("GET /clients", "X-API-Key: admin"));
  }
  assert.ok(!isLet("GET /clients", "X-API-Key: any"), "it ends too");
});

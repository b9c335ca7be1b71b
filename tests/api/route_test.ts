import assert from "node:assert/strict";
import type { Place } from "../../src/engine/backend.ts";
import type { ApiSettings } from "../../src/api/api_deps.ts";
import type { Durability } from "../../src/ports.ts";
import { problemBody } from "../../src/wire/answers.ts";
import { registered, reported } from "../engine/machines.ts";
import { ApiHome } from "./api_home.ts";

const BERLIN = { latitude: 52.52, longitude: 13.4, country: "DE", city: "" };
const LISBON = { latitude: 38.72, longitude: -9.14, country: "PT", city: "" };

Deno.test("a session is placed with everything a caller needs", async () => {
  const home = homeWith({ a: BERLIN });
  assert.deepEqual(await home.post("/route", { tier: "small" }), [200, {
    client_id: "a",
    endpoint: "http://127.0.0.1/a",
    hostname: "host-of-a",
    distance_km: 0,
    lease_id: "1",
    expires_at: new Date(home.clock.wallMs() + 120_000).toISOString(),
  }]);
  assert.equal(home.balancer.leaseCount, 1);
});

Deno.test("the GPUs that were booked are named", async () => {
  const home = new ApiHome();
  const now = home.clock.monotonicMs();
  const machine = { gpus: [[0, 24, 20], [0, 24, 0]] } as const;
  home.balancer.register(registered("a", machine), now);
  home.balancer.report("a", reported(machine), now);
  const [status, body] = await home.post("/route", { tier: "gpu-inference" });
  assert.equal(status, 200);
  assert.deepEqual(body.gpus, [1]);
});

Deno.test("the coordinates of the ask decide, then the place of the address", async () => {
  const home = homeWith({ lisbon: LISBON, berlin: BERLIN }, {}, {
    locate: (ip) => ip === "203.0.113.7" ? BERLIN : undefined,
  });
  const placedOn = async (ask: object) => {
    const [, body] = await home.post("/route", { tier: "small", ...ask });
    return body.client_id;
  };
  assert.equal(await placedOn({ client_lat: 52.5, client_lon: 13 }), "berlin");
  assert.equal(await placedOn({ client_lat: 38.7, client_lon: -9 }), "lisbon");
  assert.equal(await placedOn({ client_ip: "203.0.113.7" }), "berlin");
  assert.equal(
    await placedOn({
      client_ip: "203.0.113.7",
      client_lat: 38.7,
      client_lon: -9,
    }),
    "lisbon",
  );
  assert.equal(
    await placedOn({ client_ip: "203.0.113.7", client_lat: 0, client_lon: 0 }),
    "berlin",
  );
  assert.equal(await placedOn({ client_ip: "203.0.113.8" }), "lisbon");
});

Deno.test("a tier that nobody configured is refused by name", async () => {
  const home = homeWith({ a: BERLIN });
  const before = home.state();
  const [status, body] = await home.post("/route", { tier: "huge" });
  assert.equal(status, 400);
  assert.equal(body.code, "unknown_tier");
  assert.equal(body.detail, "Unknown tier: huge");
  assert.equal(home.state(), before);
});

Deno.test("names that every object has are not tiers", async () => {
  const home = homeWith({ a: BERLIN });
  for (const tier of ["__proto__", "constructor", "toString"]) {
    const [status, body] = await home.post("/route", { tier });
    assert.deepEqual([status, body.code], [400, "unknown_tier"]);
  }
});

Deno.test("a refusal says why each backend was passed over", async () => {
  const home = homeWith({ a: BERLIN, b: BERLIN });
  home.clock.advance(300_001);
  home.balancer.register(registered("c"), home.clock.monotonicMs());
  home.balancer.report(
    "c",
    reported({ cpuPct: 99 }),
    home.clock.monotonicMs(),
  );
  const before = home.state();
  const response = await home.send("POST", "/route", '{"tier":"small"}');
  assert.equal(response.status, 503);
  assert.match(response.headers.get("retry-after") ?? "", /^[1-9][0-9]*$/);
  const body = await response.json();
  assert.equal(body.code, "no_capacity");
  assert.equal(
    body.detail,
    "No available clients with sufficient resources",
  );
  assert.deepEqual(Object.keys(body.tally), [
    "stale",
    "unhealthy",
    "ejected",
    "draining",
    "place",
    "cores",
    "memory",
    "storage",
    "gpu_count",
    "gpu_memory",
  ]);
  assert.equal(body.tally.stale, 2);
  assert.equal(body.tally.cores, 1);
  assert.equal(body.fleet_size, 3);
  assert.equal(sumOf(body.tally), body.fleet_size);
  assert.equal(home.state(), before);
});

Deno.test("an empty fleet refuses with a tally of zeros", async () => {
  const [status, body] = await new ApiHome().post("/route", { tier: "small" });
  assert.equal(status, 503);
  assert.equal(body.fleet_size, 0);
  assert.equal(sumOf(body.tally as Record<string, number>), 0);
});

Deno.test("a session stays where it is, and the store knows before the caller does", async () => {
  const home = homeWith({ a: BERLIN, b: BERLIN }, {
    stickyHeader: "X-Session-ID",
  });
  const route = () =>
    home.post("/route", { tier: "small" }, { "x-session-id": "s1" });
  const [, first] = await route();
  assert.deepEqual([...home.store.tables.sticky.values()], [{
    stickyId: "s1",
    tier: "small",
    backendId: first.client_id,
    lastUsedMs: home.clock.wallMs(),
  }]);
  home.clock.advance(60_000);
  const [, second] = await route();
  assert.equal(second.client_id, first.client_id);
  assert.equal(home.balancer.leaseCount, 1);
  assert.equal(
    [...home.store.tables.sticky.values()][0]?.lastUsedMs,
    home.clock.wallMs(),
  );
});

Deno.test("a lease is in the store before its caller hears of it", async () => {
  const home = homeWith({ a: BERLIN });
  const acknowledged = Promise.withResolvers<Durability>();
  home.store.saveLease = (lease) => {
    home.store.tables.leases.set(lease.id, lease);
    return acknowledged.promise;
  };
  let answered = false;
  const answer = home.post("/route", { tier: "small" })
    .finally(() => answered = true);
  while (home.store.tables.leases.size === 0) await turn();
  await turn();
  assert.equal(answered, false);
  acknowledged.resolve("durable");
  const [status, body] = await answer;
  assert.equal(status, 200);
  assert.ok(!("durable" in body));
  assert.deepEqual([...home.store.tables.leases.values()], [{
    id: 1,
    backendId: "a",
    tier: "small",
    gpus: [],
    stickyId: undefined,
    idempotencyKey: undefined,
    placedMs: home.clock.wallMs(),
    startedMs: undefined,
    expiresMs: home.clock.wallMs() + 120_000,
  }]);
});

Deno.test("a lease and its session are stored together, not one after the other", async () => {
  const home = homeWith({ a: BERLIN }, { stickyByIp: true });
  const never = new Promise<Durability>(() => {});
  let asked = 0;
  const save = () => {
    asked++;
    return never;
  };
  home.store.saveLease = save;
  home.store.saveSticky = save;
  void home.post("/route", { tier: "small" });
  while (asked < 2) await turn();
});

Deno.test("a booking that only memory knows says so", async () => {
  const home = homeWith({ a: BERLIN }, { stickyHeader: "X-Session-ID" });
  home.store.degrade("locked");
  for (const session of ["", "s1"]) {
    const sticky = { "x-session-id": session };
    const [status, body] = await home.post("/route", { tier: "small" }, sticky);
    assert.deepEqual([status, body.durable], [200, false]);
  }
});

for (const write of ["saveSticky", "saveLease"] as const) {
  Deno.test(`a store that fails to acknowledge ${write} leaves a session that is placed`, async () => {
    const home = homeWith({ a: BERLIN }, { stickyByIp: true });
    home.store[write] = () => Promise.reject(new Error("closed"));
    const [status, body] = await home.post("/route", { tier: "small" });
    assert.deepEqual([status, body.durable], [200, false]);
    assert.equal(home.logger.messages("error").length, 1);
  });
}

Deno.test("a refusal names the nearest miss, and when to ask again", async () => {
  const home = new ApiHome();
  const now = home.clock.monotonicMs();
  for (const [id, memoryFreeGb] of [["a", 0.5], ["b", 0.75]] as const) {
    home.balancer.register(registered(id), now);
    home.balancer.report(id, reported({ memoryFreeGb }), now);
  }
  const response = await home.send("POST", "/route", '{"tier":"small"}');
  assert.equal(response.status, 503);
  const body = problemBody.parse(await response.json());
  assert.deepEqual(body.nearest, {
    client_id: "b",
    lacks: "memory",
    short_by: 0.25,
    unit: "GB",
  });
  const retryAfterMs = body.retry_after_ms ?? NaN;
  assert.ok(retryAfterMs >= 1000, `${retryAfterMs}`);
  assert.equal(
    response.headers.get("retry-after"),
    String(Math.ceil(retryAfterMs / 1000)),
  );
  assert.equal(body.queue, undefined);
});

Deno.test("when to ask again is what the engine reckons, in whole seconds", async () => {
  const home = new ApiHome();
  const now = home.clock.monotonicMs();
  home.balancer.register(registered("a", { cores: 1 }), now);
  home.balancer.report("a", reported({ cores: 1 }), now);
  await home.post("/route", { tier: "small" });
  home.clock.advance(300.5);
  const refusal = home.balancer.place(
    { tier: "small" },
    home.clock.monotonicMs(),
  );
  assert.ok(refusal.kind === "refused");
  assert.notEqual(refusal.retryAfterMs % 1000, 0);
  const response = await home.send("POST", "/route", '{"tier":"small"}');
  const seconds = Math.ceil(refusal.retryAfterMs / 1000);
  assert.equal(response.headers.get("retry-after"), String(seconds));
  const { retry_after_ms: ms } = await response.json();
  assert.equal(ms, Math.ceil(refusal.retryAfterMs));
});

Deno.test("where no backend takes work at all there is no nearest one", async () => {
  const [, body] = await new ApiHome().post("/route", { tier: "small" });
  assert.ok(!("nearest" in body));
});

Deno.test("a session id that is too long is refused before anything is booked", async () => {
  const home = homeWith({ a: BERLIN }, { stickyHeader: "X-Session-ID" });
  const before = home.state();
  const [status, body] = await home.post("/route", { tier: "small" }, {
    "x-session-id": "s".repeat(257),
  });
  assert.deepEqual([status, body.code], [400, "invalid_sticky_id"]);
  assert.equal(home.state(), before);
});

Deno.test("many asks at once for the last free slot book it once", async () => {
  const home = new ApiHome();
  const now = home.clock.monotonicMs();
  home.balancer.register(registered("a", { cores: 1 }), now);
  home.balancer.report("a", reported({ cores: 1 }), now);
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => home.post("/route", { tier: "small" })),
  );
  const statuses = answers.map(([status]) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  assert.equal(statuses.filter((status) => status === 503).length, 499);
});

function homeWith(
  places: Readonly<Record<string, Place>>,
  settings: Partial<ApiSettings> = {},
  locator = { locate: (_ip: string): Place | undefined => undefined },
): ApiHome {
  const home = new ApiHome({ settings, deps: { locator } });
  const now = home.clock.monotonicMs();
  for (const [id, place] of Object.entries(places)) {
    home.balancer.register(registered(id, { place }), now);
    home.balancer.report(id, reported(), now);
  }
  return home;
}

/** Whatever can go on by itself has gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function sumOf(tally: Readonly<Record<string, number>>): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}

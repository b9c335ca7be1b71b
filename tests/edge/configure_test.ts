import assert from "node:assert/strict";
import { EdgeWorld, SETTINGS } from "./edge_world.ts";
import {
  answered,
  codeOf,
  head,
  OK,
  post,
  statusesOf,
  valuesOf,
} from "./exchanges.ts";

Deno.test("a connection that stands goes by new settings from its next request on", () => {
  using world = new EdgeWorld();
  const caller = answered(world, OK);
  caller.fresh();
  world.edge.configure({ ...SETTINGS, allowedAddresses: ["198.51.100.0/24"] });
  world.say(caller, head("GET /"));
  assert.equal(codeOf(caller.fresh()), "address_not_allowed");
  world.edge.configure({ ...SETTINGS, proxyEndpoints: ["/api"] });
  world.say(caller, head("GET /other"));
  world.say(world.origin, OK);
  assert.equal(world.places.at(-1), "/run/api.sock");
  assert.deepEqual(valuesOf(caller.fresh(), "X-Opsen-Backend"), []);
  world.edge.configure({ ...SETTINGS, bodyBytesMax: 3 });
  world.say(caller, post("/", "1234"));
  assert.equal(codeOf(caller.fresh()), "body_too_large");
});

Deno.test("whether a proxy is trusted follows the settings too, with what it says of its caller", async () => {
  using world = new EdgeWorld({ settings: { stickyByIp: true } });
  const caller = world.call();
  const ask = async (trustedProxies: readonly string[]): Promise<void> => {
    world.edge.configure({ ...SETTINGS, stickyByIp: true, trustedProxies });
    world.say(caller, head("GET /", "X-Forwarded-For: 198.51.100.9"));
    await world.turn();
    world.say(world.origin, OK);
  };
  await ask([]);
  await ask(["192.0.2.0/24"]);
  await ask([]);
  assert.deepEqual(world.balancer.asks.map(({ stickyId }) => stickyId), [
    "192.0.2.7",
    "198.51.100.9",
    "192.0.2.7",
  ]);
  assert.equal(statusesOf(caller.received).length, 3);
});

Deno.test("a request in progress ends by the settings that it began with", () => {
  using world = new EdgeWorld();
  const body = `{"plan":"small","tier":"large"}`;
  const caller = world.call();
  const request = post("/", body, "application/json", "X-Plan: none");
  world.say(caller, request.slice(0, -5));
  world.edge.configure({
    ...SETTINGS,
    tierFieldName: "plan",
    tierHeader: "X-Plan",
    bodyBytesMax: 1,
  });
  world.say(caller, request.slice(-5));
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.fresh()), [200]);
  world.edge.configure({ ...SETTINGS, tierFieldName: "plan" });
  world.say(caller, request);
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.fresh()), [200]);
  assert.deepEqual(world.balancer.asks.map(({ tier }) => tier), [
    "large",
    "small",
  ]);
});

Deno.test("names of fields that are new are known in the next head, those that are gone are not", async () => {
  using world = new EdgeWorld();
  const caller = world.call();
  for (const stickyHeader of ["X-Session", "X-Other", ""]) {
    world.edge.configure({ ...SETTINGS, stickyHeader });
    world.say(caller, head("GET /", "X-Session: old", "X-Other: new"));
    await world.turn();
    world.say(world.origin, OK);
  }
  assert.deepEqual(world.balancer.asks.map(({ stickyId }) => stickyId), [
    "old",
    "new",
    undefined,
  ]);
  assert.equal(statusesOf(caller.received).length, 3);
});

Deno.test("limits of connections and times follow at once where nothing has begun", () => {
  using world = new EdgeWorld();
  world.call();
  world.edge.configure({ ...SETTINGS, maxConnections: 1, idleTimeoutMs: 500 });
  assert.equal(codeOf(world.call().received), "too_many_connections");
  world.edge.configure({ ...SETTINGS, idleTimeoutMs: 500 });
  const caller = answered(world, OK);
  world.pass(400);
  assert.equal(caller.fate, "open");
  world.pass(200);
  assert.equal(caller.fate, "closed");
});

Deno.test("settings that can't be are refused as a whole", () => {
  using world = new EdgeWorld();
  assert.throws(() =>
    world.edge.configure({
      ...SETTINGS,
      proxyEndpoints: [],
      allowedAddresses: ["nowhere"],
    })
  );
  answered(world, OK);
  assert.deepEqual(world.places, ["10.0.0.1:80"]);
});

Deno.test("after new checks of certificates no connection of before is used again, over TLS alone", async () => {
  for (const scheme of ["https", "http"]) {
    using world = new EdgeWorld({
      backends: [{ endpoint: `${scheme}://10.9.0.1:8443` }],
    });
    const ask = async (): Promise<void> => {
      world.call(head("GET /"));
      await world.turn();
    };
    await ask();
    world.say(world.origin, OK);
    await ask();
    const busy = world.origin;
    assert.equal(world.connections.length, 1, "it had waited");
    await ask();
    world.say(world.origin, OK);
    const waiting = world.origin;
    world.edge.renewTls();
    const isOver = scheme === "https";
    assert.equal(waiting.fate, isOver ? "closed" : "open");
    assert.equal(busy.fate, "open");
    world.say(busy, OK);
    assert.equal(busy.fate, isOver ? "closed" : "open");
  }
});

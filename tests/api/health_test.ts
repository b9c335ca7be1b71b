import assert from "node:assert/strict";
import { healthAnswer } from "../../src/wire/answers.ts";
import { registered, reported } from "../engine/machines.ts";
import { ApiHome } from "./api_home.ts";

Deno.test("health counts the fleet and those heard of lately", async () => {
  const home = new ApiHome();
  home.balancer.register(registered("old"), home.clock.monotonicMs());
  home.clock.advance(300_001);
  home.balancer.register(registered("new"), home.clock.monotonicMs());
  const [status, body] = await home.get("/health");
  assert.equal(status, 200);
  assert.deepEqual(body, {
    status: "healthy",
    timestamp: new Date(home.clock.wallMs()).toISOString(),
    total_clients: 2,
    active_clients: 1,
    available_clients: 0,
    version: "1.2.3",
    store: { status: "ok" },
  });
  assert.deepEqual(healthAnswer.parse(body), body);
});

Deno.test("a degraded store is said, and the server stays healthy for scripts that restart what is not", async () => {
  const home = new ApiHome();
  home.store.degrade("database is locked", Date.UTC(2026, 0, 1));
  const [status, body] = await home.get("/health");
  assert.equal(status, 200);
  assert.equal(body.status, "healthy");
  assert.deepEqual(body.store, {
    status: "degraded",
    since: "2026-01-01T00:00:00.000Z",
    reason: "database is locked",
  });
  assert.deepEqual(healthAnswer.parse(body), body);
});

Deno.test("asks that wait are counted where asks may wait", async () => {
  const queue = { lengthMax: 5, waitMsMax: 1000 };
  const home = new ApiHome({ balancer: { queue } });
  const now = home.clock.monotonicMs();
  home.balancer.wait({ tier: "small" }, now, () => {});
  const [, body] = await home.get("/health");
  assert.deepEqual(body.queue, { depth: 1 });
  assert.deepEqual(healthAnswer.parse(body), body);
});

Deno.test("a fleet that is out by more than half is said, with what that means for its work", async () => {
  const home = new ApiHome();
  const now = home.clock.monotonicMs();
  for (const id of ["a", "b", "c"]) {
    home.balancer.register(registered(id), now);
    home.balancer.report(id, reported(), now);
  }
  for (const id of ["a", "b"]) {
    for (let i = 0; i < 3; i++) home.balancer.probe(id, { ok: false }, now);
    const [, { panic }] = await home.get("/health");
    assert.deepEqual(
      panic,
      id === "a" ? undefined : { out: 2, of: 3, mode: "fail_open" },
    );
  }
});

Deno.test("the answer of a Go server is read as well", () => {
  const go = {
    status: "healthy",
    timestamp: "2026-11-20T16:04:00Z",
    total_clients: 3,
    active_clients: 1,
  };
  assert.deepEqual(healthAnswer.parse(go), go);
});

Deno.test("a server that stops is alive and not ready", async () => {
  const stopping = new ApiHome({ deps: { isDraining: () => true } });
  assert.equal((await stopping.get("/_opsen/livez"))[0], 200);
  const [status, body] = await stopping.get("/_opsen/readyz");
  assert.deepEqual([status, body.code], [503, "draining"]);

  const [ready] = await new ApiHome().get("/_opsen/readyz");
  assert.equal(ready, 200);
});

Deno.test("a server is ready from as many active backends on as it is told to wait for", async () => {
  const home = new ApiHome({ settings: { readyMinActive: 2 } });
  home.balancer.register(registered("a"), home.clock.monotonicMs());
  const [status, body] = await home.get("/_opsen/readyz");
  assert.deepEqual([status, body.code], [503, "not_ready"]);
  assert.match(String(body.detail), /1 backends are active.* wants 2/);
  assert.deepEqual(body.problems, [body.detail]);
  home.balancer.register(registered("b"), home.clock.monotonicMs());
  const [ready, said] = await home.get("/_opsen/readyz");
  assert.equal(ready, 200);
  assert.deepEqual(said, {
    status: "ready",
    active_clients: 2,
    store: { status: "ok" },
  });
});

Deno.test("a server that stops with too few backends says both", async () => {
  const home = new ApiHome({
    settings: { readyMinActive: 2 },
    deps: { isDraining: () => true },
  });
  const [status, body] = await home.get("/_opsen/readyz");
  assert.deepEqual([status, body.code], [503, "draining"]);
  assert.deepEqual(body.problems, [
    "Server is stopping",
    "0 backends are active, ready_min_active wants 2",
  ]);
});

Deno.test("a degraded store leaves the server ready, because decisions don't need it", async () => {
  const home = new ApiHome();
  home.store.degrade("disk full");
  const [status, body] = await home.get("/_opsen/readyz");
  assert.equal(status, 200);
  assert.match(JSON.stringify(body.store), /"degraded".*disk full/);
});

Deno.test("the three open paths need neither key nor address", async () => {
  const home = new ApiHome({
    keys: ["sesame"],
    settings: { allowedAddresses: ["10.0.0.0/8"] },
  });
  for (const path of ["/health", "/_opsen/livez", "/_opsen/readyz"]) {
    assert.equal((await home.get(path))[0], 200, path);
    const head = await home.send("HEAD", path);
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
  }
});

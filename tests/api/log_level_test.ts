import assert from "node:assert/strict";
import type { LogLevelControl } from "../../src/traffic_ports.ts";
import { ApiHome } from "./api_home.ts";

const PATH = "/_opsen/log-level";

/** A control that keeps what it is told. */
class FakeControl implements LogLevelControl {
  now: ReturnType<LogLevelControl["current"]> = {
    level: "info",
    untilMs: undefined,
  };

  current(): ReturnType<LogLevelControl["current"]> {
    return this.now;
  }

  set(level: string, forMs: number): void {
    this.now = { level, untilMs: Date.UTC(2026, 0, 1) + forMs };
  }

  reset(): void {
    this.now = { level: "info", untilMs: undefined };
  }
}

Deno.test("a level is set for a while, shown with its end, and taken back", async () => {
  const home = new ApiHome({ deps: { logLevel: new FakeControl() } });
  assert.deepEqual(await home.get(PATH), [200, { level: "info" }]);
  const set = { level: "debug", until: "2026-01-01T00:01:30.000Z" };
  assert.deepEqual(
    await home.post(PATH, { level: "debug", seconds: 90 }),
    [200, set],
  );
  assert.deepEqual(await home.get(PATH), [200, set]);
  assert.equal((await home.send("DELETE", PATH)).status, 200);
  assert.deepEqual(await home.get(PATH), [200, { level: "info" }]);
});

Deno.test("a level that is set without an end ends in ten minutes", async () => {
  const home = new ApiHome({ deps: { logLevel: new FakeControl() } });
  const [, { until }] = await home.post(PATH, { level: "warn" });
  assert.equal(until, "2026-01-01T00:10:00.000Z");
});

Deno.test("what is no level, or no time for one, changes nothing", async () => {
  const control = new FakeControl();
  const home = new ApiHome({ deps: { logLevel: control } });
  for (
    const body of [
      {},
      { level: "loud" },
      { level: "debug", seconds: 0 },
      { level: "debug", seconds: 86_401 },
      { level: "debug", seconds: 1.5 },
    ]
  ) {
    const [status] = await home.post(PATH, body);
    assert.equal(status, 400, JSON.stringify(body));
  }
  assert.deepEqual(control.now, { level: "info", untilMs: undefined });
});

Deno.test("who changed the level to what is in the trail", async () => {
  const deps = { logLevel: new FakeControl() };
  const home = new ApiHome({ deps, keys: ["sesame"] });
  const key = { "x-api-key": "sesame" };
  await home.post(PATH, { level: "debug" }, key);
  await home.send("DELETE", PATH, undefined, key);
  const query = { sinceMs: 0, actor: undefined, action: undefined, limit: 9 };
  assert.deepEqual(
    home.store.audit(query).toReversed().map(({ action, target, result }) => [
      action,
      target,
      result,
    ]),
    [["log.level", "debug", "ok"], ["log.level", "configured", "ok"]],
  );
});

Deno.test("a server whose level is fixed says so", async () => {
  const home = new ApiHome();
  for (const method of ["GET", "POST", "DELETE"]) {
    const body = method === "POST" ? `{"level":"debug"}` : undefined;
    const response = await home.send(method, PATH, body);
    assert.deepEqual(
      [response.status, (await response.json()).code],
      [501, "log_level_fixed"],
    );
  }
});

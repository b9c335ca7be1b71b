import assert from "node:assert/strict";
import { HISTORIES_MAX } from "../../src/api/stats_history.ts";
import { statsHistory } from "../../src/wire/stats_history.ts";
import { reported } from "../engine/machines.ts";
import { homeOver } from "./small_fleet.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const SETTINGS = { settings: { statsRetentionMs: 7 * 86_400_000 } };

Deno.test("the history of a backend has a value for each step of the span", async () => {
  const home = homeOver({ "a b": { gpus: [[1, 24, 2]] } }, SETTINGS);
  for (let minute = 0; minute < 60; minute++) {
    const report = reported({ cpuPct: minute, gpus: [[minute, 24, 2]] });
    home.store.saveReport("a b", report, home.clock.wallMs());
    home.clock.advance(60_000);
  }
  const [status, body] = await home.get(
    "/_opsen/stats/a%20b?last=1h&points=13",
  );
  assert.equal(status, 200);
  const history = statsHistory.parse(body);
  assert.deepEqual(history, body);
  assert.deepEqual([history.client_id, history.step_seconds], ["a b", 300]);
  assert.equal(
    Date.parse(history.to) - Date.parse(history.from),
    3_600_000,
  );
  const filled = history.cpu_pct.filter((value) => value !== null);
  assert.deepEqual(filled, [2.5, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57]);
  assert.deepEqual(
    history.gpus[0]?.utilization_pct.filter((value) => value !== null),
    filled,
  );
});

Deno.test("a span or a number of points that can't be had is refused", async () => {
  const home = homeOver({ a: {} }, SETTINGS);
  for (
    const query of [
      ...["last=8d", "last=59s", "last=soon", "last=-1h"],
      ...["points=9", "points=1001", "points=x"],
    ]
  ) {
    const [status, body] = await home.get(`/_opsen/stats/a?${query}`);
    assert.deepEqual([status, body.code], [400, "invalid_field"], query);
  }
  assert.equal((await home.get("/_opsen/stats/a?last=7d"))[0], 200);
  const [status, body] = await home.get("/_opsen/stats/nobody");
  assert.deepEqual([status, body.code], [404, "unknown_client"]);
});

Deno.test("a database that can't be read is said to be unavailable", async () => {
  const home = homeOver({ a: {} });
  home.store.degrade("disk full");
  const [status, body] = await home.get("/_opsen/stats/a");
  assert.deepEqual([status, body.code], [503, "store_unavailable"]);
});

Deno.test("only so many histories are read at once", async () => {
  const store = new MemoryStore();
  const reads = Promise.withResolvers<boolean>();
  store.walkReports = () => reads.promise;
  const home = homeOver({ a: {} }, { deps: { store } });
  const running = Array.from(
    { length: HISTORIES_MAX },
    () => home.get("/_opsen/stats/a"),
  );
  const [status, body] = await home.get("/_opsen/stats/a");
  assert.deepEqual([status, body.code], [429, "rate_limited"]);
  reads.resolve(true);
  for (const [status] of await Promise.all(running)) assert.equal(status, 200);
  assert.equal((await home.get("/_opsen/stats/a"))[0], 200);
});

Deno.test("a history is read no further when its caller has left", async () => {
  const store = new MemoryStore();
  const begun = Promise.withResolvers<void>();
  store.walkReports = (_span, _take, signal) => {
    begun.resolve();
    return new Promise((resolve) =>
      signal?.addEventListener("abort", () => resolve(false))
    );
  };
  const home = homeOver({ a: {} }, { deps: { store } });
  const caller = new AbortController();
  const request = new Request("http://opsen.test/_opsen/stats/a", caller);
  const answer = home.api.fetch(request);
  await begun.promise;
  caller.abort();
  await (await answer).body?.cancel();
});

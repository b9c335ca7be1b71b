import assert from "node:assert/strict";
import { homeOver, join } from "./small_fleet.ts";

const SESSION = { settings: { stickyHeader: "X-Session" } } as const;
const MINUTE_MS = 60_000;

Deno.test("a session in steady use is stored again once a minute, its lease with each ask", async () => {
  const home = homeOver({ a: {} }, SESSION);
  const { sticky, leases } = home.store.tables;
  const ask = async () => {
    sticky.clear();
    leases.clear();
    const headers = { "X-Session": "s" };
    const [status] = await home.post("/route", { tier: "small" }, headers);
    assert.equal(status, 200);
    return [sticky.size, leases.size];
  };
  assert.deepEqual(await ask(), [1, 1]);
  assert.deepEqual(await ask(), [0, 1]);
  home.clock.advance(MINUTE_MS - 1);
  assert.deepEqual(await ask(), [0, 1]);
  home.clock.advance(1);
  assert.deepEqual(await ask(), [1, 1]);
  assert.deepEqual(await ask(), [0, 1]);
});

Deno.test("a session that was not stored durably is stored again with its next ask", async () => {
  const home = homeOver({ a: {} }, SESSION);
  const { sticky } = home.store.tables;
  const ask = () =>
    home.post("/route", { tier: "small" }, { "X-Session": "s" });
  home.store.degrade("full disk");
  const [, refused] = await ask();
  assert.equal(refused.durable, false);
  home.store.recover();
  sticky.clear();
  const [, stored] = await ask();
  assert.equal(stored.durable, undefined);
  assert.equal(sticky.size, 1);
});

Deno.test("a session that moves is stored at once", async () => {
  const home = homeOver({ a: {}, b: {} }, SESSION);
  const { sticky } = home.store.tables;
  const ask = async () => {
    const headers = { "X-Session": "s" };
    const [, body] = await home.post("/route", { tier: "small" }, headers);
    return String(body.client_id);
  };
  const first = await ask();
  home.clock.advance(1000);
  join(home, first === "a" ? "b" : "a");
  home.balancer.removeSilent(1000 - 1, home.clock.monotonicMs());
  sticky.clear();
  const second = await ask();
  assert.notEqual(second, first);
  assert.deepEqual([...sticky.values()].map(({ backendId }) => backendId), [
    second,
  ]);
});

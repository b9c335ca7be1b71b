import assert from "node:assert/strict";
import { type ApiHome, type Json, read } from "./api_home.ts";
import { homeOver } from "./small_fleet.ts";

Deno.test("asking again under the same key books nothing", async () => {
  const home = homeOver({ a: {}, b: {} });
  const [, first] = await keyed(home, "order-1");
  home.clock.advance(60_000);
  const [status, second] = await keyed(home, "order-1");
  assert.equal(status, 200);
  assert.deepEqual(second, first);
  assert.equal(home.balancer.leaseCount, 1);
  const [, other] = await keyed(home, "order-2");
  assert.notEqual(other.lease_id, first.lease_id);
});

Deno.test("a key is free again when its lease has ended", async () => {
  const home = homeOver({ a: {} });
  const [, first] = await keyed(home, "order-1");
  home.clock.advance(120_000);
  const [, second] = await keyed(home, "order-1");
  assert.notEqual(second.lease_id, first.lease_id);
});

Deno.test("a key that names a lease of another tier is refused, and nothing is booked", async () => {
  const home = homeOver({ a: {} });
  await keyed(home, "order-1");
  const before = home.state();
  const [status, body] = await keyed(home, "order-1", "large");
  assert.deepEqual([status, body.code], [422, "idempotency_key_reused"]);
  assert.match(String(body.detail), /small/);
  assert.equal(home.state(), before);
});

Deno.test("another session that shows the key gets the lease and no assignment", async () => {
  const home = homeOver({ a: {} }, {
    settings: { stickyHeader: "X-Session-ID" },
  });
  const [, first] = await keyed(home, "order-1", "small", "s1");
  const [, second] = await keyed(home, "order-1", "small", "s2");
  assert.equal(second.lease_id, first.lease_id);
  const sessions = [...home.store.tables.sticky.values()];
  assert.deepEqual(sessions.map(({ stickyId }) => stickyId), ["s1"]);
});

for (const key of ["", "k".repeat(257), "a\tb", "a\u007fb"]) {
  Deno.test(`the key ${JSON.stringify(key.slice(0, 9))} of ${key.length} characters is refused`, async () => {
    const home = homeOver({ a: {} });
    const before = home.state();
    const [status, body] = await keyed(home, key);
    assert.deepEqual([status, body.code], [400, "invalid_idempotency_key"]);
    assert.equal(home.state(), before);
  });
}

Deno.test("a key may be as long as the bound, and of any printable characters", async () => {
  const home = homeOver({ a: {} });
  assert.equal((await keyed(home, "k".repeat(256)))[0], 200);
  assert.equal((await keyed(home, 'Ünique "key" {1}'))[0], 200);
});

async function keyed(
  home: ApiHome,
  key: string,
  tier = "small",
  session = "",
): Promise<[number, Json]> {
  return await read(
    await home.send("POST", "/route", JSON.stringify({ tier }), {
      "content-type": "application/json",
      "idempotency-key": key,
      "x-session-id": session,
    }),
  );
}

import assert from "node:assert/strict";
import { leaseAnswer, leasesAnswer } from "../../src/wire/lease_answer.ts";
import type { Answer } from "./api.ts";
import { eventually } from "./eventually.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

const SHORT = "pending_allocation_timeout_seconds: 1\n";
const STICKY = "sticky_header: X-Session-ID\n";

Deno.test("a lease is confirmed, renewed and released, and its room follows it", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("only", { cores: 2 });
  const { lease_id: id, expires_at: held } = await server.place("medium");
  assert.ok(id !== undefined && held !== undefined);
  assert.equal((await server.route("small")).status, 503);

  const confirmed = await server.post(`/_opsen/leases/${id}/confirm`, {
    ttl_seconds: 600,
  });
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  const { state, expires_at: longer } = leaseAnswer.parse(confirmed.body);
  assert.equal(state, "confirmed");
  assert.ok(Date.parse(longer) > Date.parse(held));
  const renewed = await server.post(`/_opsen/leases/${id}/renew`, {
    ttl_seconds: 1200,
  });
  assert.ok(
    Date.parse(leaseAnswer.parse(renewed.body).expires_at) > Date.parse(longer),
  );
  assert.deepEqual((await leases(server)).map(({ lease_id }) => lease_id), [
    id,
  ]);

  assert.equal((await remove(server, id)).status, 200);
  const again = await remove(server, id);
  assert.deepEqual([again.status, again.body.code], [404, "unknown_lease"]);
  assert.deepEqual(await leases(server), []);
  await server.place("medium");
});

Deno.test("a caller that never confirms leaks nothing", async () => {
  await using home = new ServerHome();
  await using server = await home.start(SHORT);
  await server.join("only", { cores: 2 });
  await server.place("medium");
  assert.equal((await server.route("medium")).status, 503);
  await eventually(
    "the hold to end by itself",
    async () => (await leases(server)).length === 0,
  );
  const { held } = (await server.clients()).get("only") ?? {};
  assert.deepEqual(held, { leases: 0, vcpu: 0, memory_gb: 0, storage_gb: 0 });
  await server.place("medium");
});

Deno.test("the same Idempotency-Key gets the same lease, also from ten callers at once", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("only");
  const key = { "idempotency-key": "order 66" };
  const placed = await Promise.all(
    Array.from({ length: 10 }, () => server.place("medium", key)),
  );
  assert.equal(new Set(placed.map(({ lease_id }) => lease_id)).size, 1);
  assert.equal((await leases(server)).length, 1);
  const other = await server.route("small", key);
  assert.deepEqual([other.status, other.body.code], [
    422,
    "idempotency_key_reused",
  ]);
});

Deno.test("a kill -9 loses no acknowledged lease, no card of it and no session", async () => {
  await using home = new ServerHome();
  const keys: Record<string, string> = {};
  {
    await using server = await home.start(STICKY);
    await server.join("cards", { cores: 32, vramFreeGb: [24, 24] });
    await server.join("plain", { cores: 32 });
    const card = await server.place("gpu-inference");
    assert.deepEqual(card.gpus, [0]);
    keys.card = card.lease_id ?? "";
    const alice = { "x-session-id": "alice" };
    keys.alice = (await server.place("medium", alice)).lease_id ?? "";
    const gone = await server.place("small");
    assert.equal((await remove(server, gone.lease_id ?? "")).status, 200);
    const { status } = await server.post(
      `/_opsen/leases/${keys.card}/confirm`,
      { ttl_seconds: 3600 },
    );
    assert.equal(status, 200);
    await server.cut();
  }
  await using server = await home.start(STICKY);
  const found = await leases(server);
  assert.deepEqual(
    found.map(({ lease_id, state }) => [lease_id, state]).sort(),
    [[keys.card, "confirmed"], [keys.alice, "hold"]].sort(),
  );
  const alice = { "x-session-id": "alice" };
  assert.equal((await server.place("medium", alice)).lease_id, keys.alice);
  assert.deepEqual((await server.place("gpu-inference")).gpus, [1]);
  assert.equal((await server.route("gpu-inference")).status, 503);
});

async function leases(server: TestServer) {
  const { body } = await server.get("/_opsen/leases");
  return leasesAnswer.parse(body).leases;
}

async function remove(server: TestServer, id: string): Promise<Answer> {
  const url = `${server.url}/_opsen/leases/${id}`;
  const response = await fetch(url, { method: "DELETE" });
  return { status: response.status, body: await response.json() };
}

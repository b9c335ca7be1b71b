import assert from "node:assert/strict";
import {
  leaseAnswer,
  leasesAnswer,
  releaseAnswer,
} from "../../src/wire/lease_answer.ts";
import { storedKey } from "../trust/key_examples.ts";
import { type ApiHome, read } from "./api_home.ts";
import { homeOver } from "./small_fleet.ts";

const SESSIONS = { settings: { stickyHeader: "X-Session-ID" } };

Deno.test("a lease is shown with all that is known of it", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  const placedMs = home.clock.wallMs();
  const id = await leased(home, "small", {
    "x-session-id": "s1",
    "idempotency-key": "order-1",
  });
  const [status, body] = await home.get(`/_opsen/leases/${id}`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    lease_id: id,
    client_id: "a",
    tier: "small",
    gpus: [],
    sticky_id: "s1",
    idempotency_key: "order-1",
    state: "hold",
    placed_at: new Date(placedMs).toISOString(),
    expires_at: new Date(placedMs + 120_000).toISOString(),
  });
  assert.deepEqual(leaseAnswer.parse(body), body);
});

Deno.test("a confirmed lease says so, lives on, and is stored before the answer leaves", async () => {
  const home = homeOver({ a: {} });
  const id = await leased(home);
  home.clock.advance(60_000);
  const [status, body] = await home.post(`/_opsen/leases/${id}/confirm`, {});
  assert.equal(status, 200);
  assert.equal(body.state, "confirmed");
  assert.equal(body.started_at, isoIn(home, 0));
  assert.equal(body.expires_at, isoIn(home, 120_000));
  assert.deepEqual(leaseAnswer.parse(body), body);
  const [stored] = home.store.tables.leases.values();
  assert.equal(stored?.startedMs, home.clock.wallMs());
  assert.equal(stored?.expiresMs, home.clock.wallMs() + 120_000);
});

Deno.test("a renewed lease lives for as long as is asked, and stays a hold", async () => {
  const home = homeOver({ a: {} });
  const id = await leased(home);
  const [, body] = await home.post(`/_opsen/leases/${id}/renew`, {
    ttl_seconds: 3600,
  });
  assert.equal(body.state, "hold");
  assert.equal(body.expires_at, isoIn(home, 3_600_000));
  const [, shorter] = await home.post(`/_opsen/leases/${id}/renew`, {
    ttl_seconds: 1,
  });
  assert.equal(shorter.expires_at, isoIn(home, 3_600_000));
  home.clock.advance(3_599_000);
  assert.equal((await home.get(`/_opsen/leases/${id}`))[0], 200);
  home.clock.advance(1000);
  assert.equal((await home.get(`/_opsen/leases/${id}`))[0], 404);
});

for (const headers of [{}, { "content-type": "application/json" }]) {
  Deno.test(`a renewal needs no body, with the fields ${JSON.stringify(headers)}`, async () => {
    const home = homeOver({ a: {} });
    const id = await leased(home);
    for (const body of [undefined, "", "{}"]) {
      const path = `/_opsen/leases/${id}/renew`;
      const answer = await home.send("POST", path, body, headers);
      assert.equal(answer.status, 200, await answer.text());
    }
  });
}

Deno.test("a renewal that can't be meant changes nothing", async () => {
  const home = homeOver({ a: {} });
  const id = await leased(home);
  const before = home.state();
  const path = `/_opsen/leases/${id}/renew`;
  for (const ttl of [0, 86_401, "60"]) {
    const [status, body] = await home.post(path, { ttl_seconds: ttl });
    assert.deepEqual([status, body.code], [400, "invalid_field"]);
  }
  assert.equal((await home.send("POST", path, "{")).status, 400);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await home.send("POST", path, undefined, form)).status, 415);
  const large = " ".repeat(1_048_577);
  assert.equal((await home.send("POST", path, large)).status, 413);
  assert.equal(home.state(), before);
});

Deno.test("a released lease gives its room back and is gone from the store", async () => {
  const home = homeOver({ a: { cores: 1 } });
  const id = await leased(home);
  assert.equal((await home.post("/route", { tier: "small" }))[0], 503);
  const [status, body] = await read(await remove(home, id));
  assert.deepEqual([status, body], [200, { status: "released", lease_id: id }]);
  assert.deepEqual(releaseAnswer.parse(body), body);
  assert.equal(home.store.tables.leases.size, 0);
  assert.equal((await home.post("/route", { tier: "small" }))[0], 200);
});

Deno.test("a lease is released once", async () => {
  const home = homeOver({ a: {} });
  const id = await leased(home);
  await remove(home, id);
  const [status, body] = await read(await remove(home, id));
  assert.deepEqual([status, body.code], [404, "unknown_lease"]);
});

Deno.test("what is no lease, or none any more, can't be shown, renewed, confirmed or released", async () => {
  const home = homeOver({ a: {} });
  const ended = await leased(home);
  home.clock.advance(120_000);
  for (const id of [ended, "zz", "0", "A1", "%20", "x".repeat(500)]) {
    const path = `/_opsen/leases/${id}`;
    const answers = [
      await home.send("GET", path),
      await home.send("DELETE", path),
      await home.send("POST", `${path}/renew`),
      await home.send("POST", `${path}/confirm`),
    ];
    for (const answer of answers) {
      const [status, body] = await read(answer);
      assert.deepEqual([status, body.code], [404, "unknown_lease"]);
      assert.ok(String(body.detail).length < 100);
    }
  }
});

Deno.test("a key for some tiers can neither see nor end leases of others", async () => {
  const home = homeOver({ a: {} }, { keys: ["sesame"] });
  const [, placed] = await home.post("/route", { tier: "medium" }, {
    "x-api-key": "sesame",
  });
  home.keys.put(storedKey("ci", { scopes: ["route"], tiers: ["small"] }));
  home.keys.put(storedKey("other", { scopes: ["route"], tiers: ["medium"] }));
  const answersTo = async (name: string) => {
    const path = `/_opsen/leases/${placed.lease_id}`;
    const headers = { "x-api-key": `key of ${name}` };
    const statuses: number[] = [];
    for (
      const [method, under] of [
        ["GET", ""],
        ["POST", "/renew"],
        ["POST", "/confirm"],
        ["DELETE", ""],
      ] as const
    ) {
      const answer = await home.send(method, path + under, undefined, headers);
      statuses.push((await read(answer))[0]);
    }
    return statuses;
  };
  assert.deepEqual(await answersTo("ci"), [404, 404, 404, 404]);
  assert.equal(home.balancer.leaseCount, 1);
  assert.deepEqual(await answersTo("other"), [200, 200, 200, 200]);
  assert.equal(home.balancer.leaseCount, 0);
});

Deno.test("a store that takes nothing is said with every change", async () => {
  const home = homeOver({ a: {} });
  const id = await leased(home);
  home.store.degrade("disk full");
  for (const change of ["renew", "confirm"]) {
    const [, body] = await home.post(`/_opsen/leases/${id}/${change}`, {});
    assert.equal(body.durable, false);
  }
  const [, shown] = await home.get(`/_opsen/leases/${id}`);
  assert.ok(!("durable" in shown));
  const [status, body] = await read(await remove(home, id));
  assert.deepEqual([status, body.durable], [200, false]);
});

Deno.test("leases are listed oldest first, page by page", async () => {
  const home = homeOver({ a: {} });
  for (let count = 0; count < 5; count++) await leased(home, "free");
  const seen: string[] = [];
  let after = "";
  do {
    const query = `?limit=2&after=${after}`;
    const [status, body] = await home.get(`/_opsen/leases${query}`);
    assert.equal(status, 200);
    const page = leasesAnswer.parse(body);
    assert.deepEqual(page, body);
    assert.equal(page.total, 5);
    seen.push(...page.leases.map(({ lease_id }) => lease_id));
    after = page.next ?? "";
  } while (after !== "");
  assert.deepEqual(seen, ["1", "2", "3", "4", "5"]);
});

Deno.test("leases are found by backend, tier and session", async () => {
  const home = homeOver({ a: { cpuPct: 10 }, b: { cpuPct: 50 } }, SESSIONS);
  await leased(home, "small", { "x-session-id": "s1" });
  await leased(home, "medium");
  const idsOf = async (query: string) => {
    const [, body] = await home.get(`/_opsen/leases?${query}`);
    const { leases, total } = leasesAnswer.parse(body);
    assert.equal(total, leases.length);
    return leases.map(({ lease_id }) => lease_id);
  };
  assert.deepEqual(await idsOf("client_id=a"), ["1", "2"]);
  assert.deepEqual(await idsOf("client_id=b"), []);
  assert.deepEqual(await idsOf("tier=medium"), ["2"]);
  assert.deepEqual(await idsOf("sticky_id=s1"), ["1"]);
  assert.deepEqual(await idsOf("sticky_id=s1&tier=medium"), []);
});

for (const query of ["limit=0", "limit=10001", "limit=x", "after=%20"]) {
  Deno.test(`a list by ${query} is refused`, async () => {
    const [status, body] = await homeOver({}).get(`/_opsen/leases?${query}`);
    assert.deepEqual([status, body.code], [400, "invalid_field"]);
  });
}

async function leased(
  home: ApiHome,
  tier = "small",
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [status, body] = await home.post("/route", { tier }, headers);
  assert.equal(status, 200);
  return String(body.lease_id);
}

function remove(home: ApiHome, id: string): Promise<Response> {
  return home.send("DELETE", `/_opsen/leases/${id}`, undefined, {});
}

function isoIn(home: ApiHome, ms: number): string {
  return new Date(home.clock.wallMs() + ms).toISOString();
}

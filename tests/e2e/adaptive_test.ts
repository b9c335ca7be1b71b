import assert from "node:assert/strict";
import { explainAnswer } from "../../src/wire/explain_answer.ts";
import { echoOrigin, httpOrigin } from "./proxy_origins.ts";
import { call, proxyTest, refusal } from "./proxy_stage.ts";
import { ServerHome } from "./server_home.ts";

proxyTest(
  "a backend that fails a request is avoided at once",
  async (stage) => {
    let failed = 0;
    const failing = httpOrigin(() => {
      failed++;
      return new Response("broken", { status: 500 });
    });
    const server = await stage.startWith({
      failing: { to: stage.keep(failing) },
      working: { to: stage.keep(echoOrigin("working")), busyPct: 40 },
    });
    for (let i = 0; i < 40; i++) await (await fetch(server.url)).text();
    assert.ok(failed >= 1 && failed <= 5, `${failed} requests failed`);
  },
);

proxyTest(
  "a backend that fails on and on is left out, and said to be, but not the last one",
  async (stage) => {
    const failing = () =>
      stage.keep(httpOrigin(() => new Response("broken", { status: 500 })));
    const server = await stage.startWith({
      one: { to: failing() },
      two: { to: failing() },
    });
    for (let i = 0; i < 30; i++) {
      assert.equal(await (await fetch(server.url)).text(), "broken");
    }
    await server.process.said(
      /WARN .*A backend is left out because requests to it failed .*backend=(one|two)/,
    );
    const reasons = [...(await server.clients()).values()]
      .map(({ not_routable_because: reason }) => reason);
    assert.deepEqual(
      reasons.filter((reason) => typeof reason === "string"),
      ["ejected: requests to it failed"],
    );
  },
);

proxyTest(
  "without ejection_enabled a failing backend stays in",
  async (stage) => {
    const failing = httpOrigin(() => new Response("broken", { status: 500 }));
    const server = await stage.startWith(
      { only: { to: stage.keep(failing) } },
      { ejection_enabled: false },
    );
    for (let i = 0; i < 12; i++) {
      assert.equal(await (await fetch(server.url)).text(), "broken");
    }
  },
);

proxyTest(
  "the faster of two equal backends gets most requests",
  async (stage) => {
    const seen = { fast: 0, slow: 0 };
    const answering = (name: "fast" | "slow", ms: number) =>
      httpOrigin(async () => {
        seen[name]++;
        await new Promise((resolve) => setTimeout(resolve, ms));
        return new Response(name);
      });
    const server = await stage.startWith({
      slow: { to: stage.keep(answering("slow", 150)) },
      fast: { to: stage.keep(answering("fast", 2)) },
    });
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 25; i++) await (await fetch(server.url)).text();
    }));
    assert.equal(seen.fast + seen.slow, 100);
    assert.ok(seen.fast > 4 * seen.slow, JSON.stringify(seen));
  },
);

proxyTest(
  "the backend learns which cards a request may use, and callers can't say so",
  async (stage) => {
    const server = await stage.startWith({
      cards: {
        to: stage.keep(echoOrigin("cards")),
        cores: 32,
        vramFreeGb: [24, 20],
      },
    });
    const headers = { "X-Opsen-GPU": "7", "X-Tier": "gpu-inference" };
    const { seen } = await call(server, "/", { headers });
    assert.equal(seen.headers["x-opsen-gpu"], "1");
    const plain = await call(server, "/", { headers: { "X-Opsen-GPU": "7" } });
    assert.equal(plain.seen.headers["x-opsen-gpu"], undefined);
  },
);

proxyTest(
  "a refused request hears what is missing and when to come back",
  async (stage) => {
    const server = await stage.startWith({
      small: { to: stage.keep(echoOrigin("small")), memoryGb: 4 },
    });
    assert.deepEqual(await refusal(server, "/?tier=large"), [
      503,
      "no_capacity",
    ]);
    const response = await fetch(`${server.url}/?tier=large`);
    const { nearest, tally, fleet_size: size } = await response.json();
    assert.deepEqual(
      nearest,
      { client_id: "small", lacks: "memory", short_by: 4, unit: "GB" },
    );
    assert.deepEqual([tally.memory, size], [1, 1]);
    const wait = Number(response.headers.get("retry-after"));
    assert.ok(wait >= 1 && wait <= 60, String(wait));
  },
);

Deno.test("what is explained is what is done, and nothing is booked by explaining", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("busy", { busyPct: 60 });
  await server.join("idle", { busyPct: 5 });
  await server.join("small", { cores: 1, memoryGb: 2 });
  for (let i = 0; i < 6; i++) {
    const { body } = await server.post("/route?explain=1", { tier: "large" });
    const { would_choose: chosen, candidates } = explainAnswer.parse(body);
    assert.deepEqual(
      candidates.map(({ client_id: id }) => id).toSorted(),
      ["busy", "idle", "small"],
    );
    const fitting = candidates.flatMap((candidate) =>
      "terms" in candidate ? [candidate] : []
    );
    for (const { score, terms } of fitting) {
      const sum = Object.values(terms).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - score) < 1e-6);
    }
    assert.equal((await server.place("large")).client_id, chosen);
  }
  const held = [...(await server.clients()).values()];
  assert.equal(held.reduce((sum, { held }) => sum + held.leases, 0), 6);
});

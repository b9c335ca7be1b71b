import assert from "node:assert/strict";
import { queueAnswer } from "../../src/wire/queue_answer.ts";
import { eventually } from "./eventually.ts";
import { echoOrigin } from "./proxy_origins.ts";
import { call, proxyTest } from "./proxy_stage.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

const QUEUE = "queue: {enabled: true, max_length: 2, max_wait_seconds: 1}\n";

Deno.test("asks wait for room, in order, and the last ones are told that too many do", async () => {
  await using home = new ServerHome();
  await using server = await home.start(
    "queue: {enabled: true, max_length: 2, max_wait_seconds: 30}\n",
  );
  await server.join("only", { cores: 1 });
  const first = await server.place("small");
  const order: string[] = [];
  const wait = async (name: string) => {
    const answer = await server.route("small");
    order.push(name);
    return answer;
  };
  const second = wait("second");
  await depth(server, 1);
  const third = wait("third");
  await depth(server, 2);
  const full = await server.route("small");
  assert.equal(full.status, 503);
  assert.equal((full.body.queue as { state: string }).state, "full");

  await release(server, first.lease_id);
  const { body } = await second;
  assert.equal(body.client_id, "only");
  assert.ok(Number(body.waited_ms) >= 0);
  await release(server, String(body.lease_id));
  assert.equal((await third).status, 200);
  assert.deepEqual(order, ["second", "third"]);
  const { served, turned_away: turnedAway } = await queue(server);
  assert.deepEqual([served, turnedAway], [2, 1]);
});

Deno.test("a wait ends with a refusal that says how long it was, and one that is left ends at once", async () => {
  await using home = new ServerHome();
  await using server = await home.start(QUEUE);
  await server.join("only", { cores: 1 });
  await server.place("small");
  const { status, body } = await server.route("small");
  assert.equal(status, 503);
  const { state, waited_ms: waitedMs } = body.queue as {
    readonly state: string;
    readonly waited_ms: number;
  };
  assert.equal(state, "timed_out");
  assert.ok(waitedMs >= 1000, String(waitedMs));

  const leaving = new AbortController();
  const left = fetch(`${server.url}/route`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"tier":"small"}',
    signal: leaving.signal,
  });
  await depth(server, 1);
  leaving.abort();
  await assert.rejects(left, { name: "AbortError" });
  await depth(server, 0);
  assert.equal((await queue(server)).withdrawn, 1);
});

Deno.test("a server that stops keeps nobody waiting", async () => {
  await using home = new ServerHome();
  await using server = await home.start(
    "queue: {enabled: true, max_wait_seconds: 60}\n",
  );
  await server.join("only", { cores: 1 });
  await server.place("small");
  const waiting = server.route("small");
  await depth(server, 1);
  const stopped = server.process.stop();
  const { status, body } = await waiting;
  assert.deepEqual([status, body.code], [503, "draining"]);
  await stopped;
});

proxyTest("a proxied request waits for room too", async (stage) => {
  const server = await stage.startWith(
    { only: { to: stage.keep(echoOrigin("only")), memoryGb: 8 } },
    {
      queue: { enabled: true, max_wait_seconds: 20 },
      proxy_endpoints: ["/app"],
    },
  );
  const { lease_id: first } = await server.place("large");
  const answer = call(server, "/app", { headers: { "X-Tier": "large" } });
  await depth(server, 1);
  await release(server, first);
  const { seen } = await answer;
  assert.equal(seen.backend, "only");
  assert.equal((await queue(server)).served, 1);
});

async function queue(server: TestServer) {
  return queueAnswer.parse((await server.get("/_opsen/queue")).body);
}

async function depth(server: TestServer, wanted: number): Promise<void> {
  await eventually(
    `${wanted} to wait`,
    async () => (await queue(server)).depth === wanted,
  );
}

async function release(
  server: TestServer,
  id: string | undefined,
): Promise<void> {
  const url = `${server.url}/_opsen/leases/${id}`;
  const response = await fetch(url, { method: "DELETE" });
  assert.equal(response.status, 200);
  await response.body?.cancel();
}

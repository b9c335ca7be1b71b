/** Asks that wait for room, from the caller's side. */
import assert from "node:assert/strict";
import type { Durability } from "../../src/ports.ts";
import { problemBody, routeAnswer } from "../../src/wire/answers.ts";
import { decisionAnswer } from "../../src/wire/decision_answer.ts";
import { queueAnswer } from "../../src/wire/queue_answer.ts";
import { type ApiHome, read } from "./api_home.ts";
import { homeOver, join } from "./small_fleet.ts";

const QUEUE = { balancer: { queue: { lengthMax: 2, waitMsMax: 10_000 } } };
const FULL = { a: { cores: 1 } };

Deno.test("an ask waits until a lease is released, and its answer says for how long", async () => {
  const home = homeOver(FULL, QUEUE);
  const [, first] = await home.post("/route", { tier: "small" });
  const waiting = await ask(home);
  home.clock.advance(1500);
  await home.send("DELETE", `/_opsen/leases/${first.lease_id}`);
  const [status, body] = await read(await waiting.answer);
  assert.equal(status, 200);
  assert.equal(body.waited_ms, 1500);
  assert.deepEqual(routeAnswer.parse(body), body);
  assert.deepEqual([...home.store.tables.leases.keys()], [2]);
});

Deno.test("an ask waits for a machine that joins", async () => {
  const home = homeOver({}, QUEUE);
  const waiting = await ask(home);
  join(home, "late");
  const [status, body] = await read(await waiting.answer);
  assert.deepEqual([status, body.client_id, body.waited_ms], [200, "late", 0]);
});

Deno.test("a purge of holds serves those that wait, and the store keeps what they got", async () => {
  const home = homeOver(FULL, QUEUE);
  await home.post("/route", { tier: "small" });
  const waiting = await ask(home);
  assert.equal((await home.post("/clients/purge-pending", {}))[1].purged, 1);
  assert.equal((await waiting.answer).status, 200);
  assert.deepEqual([...home.store.tables.leases.keys()], [2]);
});

Deno.test("whoever waits in vain is told how long, and how many wait still", async () => {
  const home = homeOver({ a: { cpuPct: 99 } }, QUEUE);
  const first = await ask(home);
  home.clock.advance(4000);
  const second = await ask(home);
  home.clock.advance(6000);
  home.balancer.sweep(home.clock.monotonicMs());
  const response = await first.answer;
  assert.equal(response.status, 503);
  assert.match(response.headers.get("retry-after") ?? "", /^[1-9][0-9]*$/);
  const body = problemBody.parse(await response.json());
  assert.equal(body.code, "no_capacity");
  assert.equal(body.tally?.cores, 1);
  assert.deepEqual(body.queue, {
    state: "timed_out",
    depth: 1,
    waited_ms: 10_000,
  });
  home.clock.advance(4000);
  home.balancer.sweep(home.clock.monotonicMs());
  assert.equal((await second.answer).status, 503);
});

Deno.test("whoever finds the queue full is refused at once", async () => {
  const home = homeOver({}, QUEUE);
  const waiting = [await ask(home), await ask(home)];
  const [status, body] = await home.post("/route", { tier: "small" });
  assert.equal(status, 503);
  assert.deepEqual(body.queue, { state: "full", depth: 2, waited_ms: 0 });
  join(home, "late");
  for (const { answer } of waiting) assert.equal((await answer).status, 200);
});

Deno.test("a caller that leaves makes room in the queue, and takes none on a machine", async () => {
  const home = homeOver({}, QUEUE);
  const waiting = await ask(home);
  waiting.leave();
  await waiting.answer;
  assert.equal(depthOf(home), 0);
  assert.equal(home.balancer.queue(0)?.withdrawn, 1);
  join(home, "late");
  assert.equal(home.balancer.leaseCount, 0);
  const [, body] = await home.get(`/_opsen/decisions/${waiting.requestId}`);
  const decision = decisionAnswer.parse(body);
  assert.deepEqual([decision.outcome, decision.waited_ms], ["withdrawn", 0]);
});

Deno.test("a caller that has left before it waits does not wait", async () => {
  const home = homeOver({}, QUEUE);
  const left = new AbortController();
  left.abort();
  const waiting = await ask(home, {}, left);
  await waiting.answer.catch(() => {});
  assert.equal(depthOf(home), 0);
});

Deno.test("room that is won for a caller that has just left is free at once", async () => {
  const home = homeOver({}, QUEUE);
  const waiting = await ask(home);
  home.clock.advance(2000);
  join(home, "late");
  assert.equal(home.balancer.leaseCount, 1);
  waiting.leave();
  await waiting.answer;
  assert.equal(home.balancer.leaseCount, 0);
  assert.equal(home.store.tables.leases.size, 0);
});

Deno.test("a caller that leaves while its lease is stored leaves nothing behind", async () => {
  const home = homeOver({}, QUEUE);
  const acknowledged = Promise.withResolvers<Durability>();
  home.store.saveLease = (lease) => {
    home.store.tables.leases.set(lease.id, lease);
    return acknowledged.promise;
  };
  const waiting = await ask(home);
  join(home, "late");
  while (home.store.tables.leases.size === 0) await turn();
  waiting.leave();
  acknowledged.resolve("durable");
  await waiting.answer;
  assert.equal(home.balancer.leaseCount, 0);
  assert.equal(home.store.tables.leases.size, 0);
});

Deno.test("a lease that others of the same key may have too stays when one of them leaves", async () => {
  const home = homeOver({}, QUEUE);
  const headers = { "idempotency-key": "order-1" };
  const gone = await ask(home, headers);
  const other = await ask(home, headers);
  join(home, "late");
  gone.leave();
  await gone.answer;
  const [status, body] = await read(await other.answer);
  assert.deepEqual([status, body.lease_id], [200, "1"]);
  assert.equal(home.balancer.leaseCount, 1);
});

Deno.test("those that wait are turned away when the server begins to stop", async () => {
  const drain = new AbortController();
  const home = homeOver({}, { ...QUEUE, deps: { drainSignal: drain.signal } });
  const waiting = await ask(home);
  drain.abort();
  const [status, body] = await read(await waiting.answer);
  assert.deepEqual([status, body.code], [503, "draining"]);
  assert.equal(depthOf(home), 0);
  const late = await ask(home);
  assert.equal((await late.answer).status, 503);
});

Deno.test("the decision about an ask that waited says so", async () => {
  const home = homeOver({}, QUEUE);
  const waiting = await ask(home);
  home.clock.advance(700);
  join(home, "late");
  await waiting.answer;
  const [, body] = await home.get(`/_opsen/decisions/${waiting.requestId}`);
  const decision = decisionAnswer.parse(body);
  assert.deepEqual(
    [decision.outcome, decision.client_id, decision.waited_ms],
    ["placed", "late", 700],
  );
  assert.deepEqual(decision.explanation?.candidates, []);
});

Deno.test("operators see who waits, and how waiting went", async () => {
  const home = homeOver({}, QUEUE);
  const waiting = await ask(home);
  home.clock.advance(300);
  const before = {
    enabled: true,
    depth: 1,
    max_length: 2,
    by_tier: { small: 1 },
    oldest_wait_ms: 300,
    served: 0,
    timed_out: 0,
    withdrawn: 0,
    turned_away: 0,
    served_wait_ms_mean: 0,
    served_wait_ms_max: 0,
  };
  const [, body] = await home.get("/_opsen/queue");
  assert.deepEqual(body, before);
  assert.deepEqual(queueAnswer.parse(body), body);
  join(home, "late");
  await waiting.answer;
  assert.deepEqual((await home.get("/_opsen/queue"))[1], {
    ...before,
    depth: 0,
    by_tier: {},
    oldest_wait_ms: 0,
    served: 1,
    served_wait_ms_mean: 300,
    served_wait_ms_max: 300,
  });
});

Deno.test("without a queue nobody waits, and operators see that", async () => {
  const home = homeOver({});
  const [status, body] = await home.post("/route", { tier: "small" });
  assert.equal(status, 503);
  assert.ok(!("queue" in body));
  const [, queue] = await home.get("/_opsen/queue");
  assert.deepEqual([queue.enabled, queue.depth], [false, 0]);
});

/** An ask that has reached the queue, or been answered, when the promise settles. */
async function ask(
  home: ApiHome,
  headers: Readonly<Record<string, string>> = {},
  caller = new AbortController(),
) {
  const request = new Request("http://opsen.test/route", {
    method: "POST",
    headers,
    body: '{"tier":"small"}',
    signal: caller.signal,
  });
  const depthBefore = depthOf(home);
  const requestId = `ask-${depthBefore + 1}`;
  const answer = Promise.resolve(home.api.fetch(request, { requestId }));
  let isAnswered = false;
  void answer.then(() => isAnswered = true);
  while (!isAnswered && depthOf(home) === depthBefore) await turn();
  return { answer, requestId, leave: () => caller.abort() };
}

function depthOf(home: ApiHome): number {
  return home.balancer.queue(home.clock.monotonicMs())?.depth ?? 0;
}

/** Whatever can go on by itself has gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

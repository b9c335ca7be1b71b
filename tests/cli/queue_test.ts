import assert from "node:assert/strict";
import type { QueueAnswer } from "../../src/wire/queue_answer.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";

const QUEUE: QueueAnswer = {
  enabled: true,
  depth: 3,
  max_length: 100,
  by_tier: { large: 2, small: 1 },
  oldest_wait_ms: 1234,
  served: 40,
  timed_out: 2,
  withdrawn: 1,
  turned_away: 5,
  served_wait_ms_mean: 800,
  served_wait_ms_max: 3200,
};

Deno.test("the queue is its depth, by tier, and how waiting went", async () => {
  await using server = new FakeServer(QUEUE);
  const { code, out, err } = await server.run("queue");
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `Waiting: 3 of 100 (2 large, 1 small), the longest for 1.2 s
Since the start: 40 got room after 0.8 s on average, 3.2 s at most
2 waited in vain, 1 left, 5 found the queue full
`,
  );
  const json = await server.run("queue", "--json");
  assert.deepEqual(JSON.parse(json.out), QUEUE);
  assert.equal(server.asked[0]?.path, "/_opsen/queue");
});

Deno.test("an empty queue says no times, and a server where nobody may wait says that", async () => {
  const empty = await answered(["queue"], {
    ...QUEUE,
    depth: 0,
    by_tier: {},
    served: 0,
  });
  assert.match(
    empty.out,
    /^Waiting: 0 of 100\nSince the start: 0 got room\n/,
  );
  const off = await answered(["queue"], { ...QUEUE, enabled: false });
  assert.deepEqual([off.code, off.out], [
    0,
    "Nobody may wait: queue.enabled is false on this server\n",
  ]);
});

Deno.test("a server without a queue is said to be older, and a missing key is said", async () => {
  const older = await answered(
    ["queue"],
    refusal("unknown_path", "Page not found"),
    404,
  );
  assert.equal(older.code, 1);
  assert.match(older.err, /^This server has no \/_opsen\/queue: it is older/);
  const locked = await answered(
    ["queue"],
    refusal("missing_key", "Missing API key"),
    401,
  );
  assert.equal(locked.code, 1);
  assert.match(locked.err, /^Missing API key\nNo key was sent: /);
});

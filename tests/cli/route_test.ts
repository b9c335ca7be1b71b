import assert from "node:assert/strict";
import { answered, FakeServer, refusal } from "./fake_server.ts";

const PLACED = {
  client_id: "rack-7",
  endpoint: "http://192.0.2.7:8000",
  hostname: "host-7",
  distance_km: 6.3,
};
const ROUTE = ["route", "--tier", "small"];

Deno.test("a placement is one line with its lease, its GPUs and how long it waited", async () => {
  const { code, out, err } = await answered(ROUTE, {
    ...PLACED,
    lease_id: "1f",
    expires_at: "2026-01-01T00:00:00.000Z",
    gpus: [1, 3],
    waited_ms: 1234,
  });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    "rack-7 http://192.0.2.7:8000 (host-7, 6 km, GPUs 1 3, lease 1f, waited 1.2 s)\n",
  );
});

Deno.test("a placement by an older server is the same line without what it does not say", async () => {
  const { code, out } = await answered(ROUTE, PLACED);
  assert.deepEqual(
    [code, out],
    [0, "rack-7 http://192.0.2.7:8000 (host-7, 6 km)\n"],
  );
});

Deno.test("a single GPU is no number of GPUs", async () => {
  const { out } = await answered(ROUTE, { ...PLACED, gpus: [0] });
  assert.match(out, /\(host-7, 6 km, GPU 0\)$/m);
});

Deno.test("a distance that is not known is left out", async () => {
  const { out } = await answered(ROUTE, { ...PLACED, distance_km: 0 });
  assert.equal(out, "rack-7 http://192.0.2.7:8000 (host-7)\n");
});

Deno.test("a refusal says why, how close it was, how long it waited and when to ask again", async () => {
  const problem = refusal("no_capacity", "No available clients", {
    tally: { stale: 1, cores: 0, gpu_memory: 2 },
    fleet_size: 3,
    nearest: {
      client_id: "rack-7",
      lacks: "gpu_memory",
      short_by: 3.1,
      unit: "GB",
    },
    retry_after_ms: 14_200,
    queue: { state: "timed_out", depth: 4, waited_ms: 30_000 },
  });
  const { code, out, err } = await answered(ROUTE, problem, 503);
  assert.deepEqual([code, out], [1, ""]);
  assert.equal(
    err,
    `No available clients
Why each of 3 backends was passed over:
      1  stale
      2  gpu_memory
Nearest: rack-7, which lacks 3.1 GB of gpu_memory
Waited 30.0 s in vain; still waiting: 4
Try again in 15 s
`,
  );
  const json = await answered([...ROUTE, "--json"], problem, 503);
  assert.deepEqual([json.code, json.err], [1, ""]);
  assert.deepEqual(JSON.parse(json.out), problem);
});

Deno.test("a full queue is said, and so is a refusal that says nothing more", async () => {
  const full = await answered(
    ROUTE,
    refusal("no_capacity", "No room", {
      queue: { state: "full", depth: 9, waited_ms: 0 },
      retry_after_ms: 20,
    }),
    503,
  );
  assert.equal(
    full.err,
    "No room\nCould not wait: the queue is full, waiting: 9\nTry again in 1 s\n",
  );
  const older = await answered(
    ROUTE,
    refusal("no_capacity", "No available clients"),
    503,
  );
  assert.deepEqual([older.code, older.err], [1, "No available clients\n"]);
});

Deno.test("the ask has the tier, the place and the headers of the command line", async () => {
  await using server = new FakeServer(PLACED);
  await server.run(
    ...ROUTE,
    ...["--from", "48.9,2.4", "--header", "X-Session-ID: alice"],
    ...["--api-key", "sesame"],
  );
  const [asked] = server.asked;
  assert.deepEqual([asked?.method, asked?.path], ["POST", "/route"]);
  assert.deepEqual(JSON.parse(asked?.body ?? ""), {
    tier: "small",
    client_lat: 48.9,
    client_lon: 2.4,
  });
  assert.equal(asked?.headers.get("x-session-id"), "alice");
  assert.equal(asked?.headers.get("x-api-key"), "sesame");
});

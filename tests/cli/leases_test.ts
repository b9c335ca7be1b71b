import assert from "node:assert/strict";
import type { LeasesAnswer } from "../../src/wire/lease_answer.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";

const PAGE: LeasesAnswer = {
  leases: [
    {
      lease_id: "1f",
      client_id: "rack-7",
      tier: "gpu",
      gpus: [1, 3],
      sticky_id: "alice",
      state: "confirmed",
      placed_at: "2026-03-04T05:06:07.089Z",
      started_at: "2026-03-04T05:06:08.089Z",
      expires_at: "2026-03-04T05:08:07.089Z",
    },
    {
      lease_id: "1g",
      client_id: "rack-3",
      tier: "small",
      gpus: [],
      state: "hold",
      placed_at: "2026-03-04T05:06:07.089Z",
      expires_at: "2026-03-04T05:08:07.089Z",
    },
  ],
  total: 2,
};

Deno.test("leases are a table, of one backend and one tier if wanted", async () => {
  await using server = new FakeServer(PAGE);
  const { code, out, err } = await server.run("leases");
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `LEASE  STATE      EXPIRES               TIER   BACKEND  GPUS  SESSION
1f     confirmed  2026-03-04T05:08:07Z  gpu    rack-7   1 3   alice
1g     hold       2026-03-04T05:08:07Z  small  rack-3   -     -
`,
  );
  const json = await server.run(
    ...["leases", "--client", "a&b", "--tier", "gpu", "--json"],
  );
  assert.deepEqual(JSON.parse(json.out), PAGE);
  assert.deepEqual(server.asked.map(({ method, path }) => [method, path]), [
    ["GET", "/_opsen/leases?limit=10000"],
    ["GET", "/_opsen/leases?limit=10000&client_id=a%26b&tier=gpu"],
  ]);
});

Deno.test("none, and more than a page, are said", async () => {
  const none = await answered(["leases"], { leases: [], total: 0 });
  assert.deepEqual([none.code, none.out], [0, "No leases\n"]);
  const many = await answered(["leases"], { ...PAGE, total: 82, next: "1g" });
  assert.match(many.out, /\n… and 80 more \(--client, --tier\)\n$/);
});

Deno.test("a lease is released by its id", async () => {
  const released = { status: "released", lease_id: "1f" };
  await using server = new FakeServer(released);
  const { code, out } = await server.run("leases", "release", "1f");
  assert.deepEqual([code, out], [0, "Released 1f\n"]);
  const json = await server.run("leases", "release", "1f", "--json");
  assert.deepEqual(JSON.parse(json.out), released);
  assert.deepEqual(
    server.asked.map(({ method, path, body }) => [method, path, body]),
    Array(2).fill(["DELETE", "/_opsen/leases/1f", ""]),
  );
  const memory = await answered(["leases", "release", "1f"], {
    ...released,
    durable: false,
  });
  assert.match(memory.out, /^Released 1f; the database did not take it/);
});

Deno.test("what can't be released ends with 1 when the server says so and with 64 when nobody can mean it", async () => {
  const unknown = await answered(
    ["leases", "release", "zz"],
    refusal("unknown_lease", "Unknown or ended lease: zz"),
    404,
  );
  assert.deepEqual([unknown.code, unknown.out, unknown.err], [
    1,
    "",
    'Unknown or ended lease: zz; "opsen leases" lists those that there are\n',
  ]);
  await using server = new FakeServer({});
  for (
    const args of [
      ["leases", "release"],
      ["leases", "release", ".."],
      ["leases", "relaese", "1f"],
      ["leases", "--tier", "small", "release", "1f"],
    ]
  ) {
    assert.equal((await server.run(...args)).code, 64, args.join(" "));
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("a server without leases is said to be older", async () => {
  const { code, err } = await answered(
    ["leases", "--tier", "small"],
    refusal("unknown_path", "Page not found"),
    404,
  );
  assert.deepEqual([code, err], [
    1,
    "This server has no /_opsen/leases: it is older than this command\n",
  ]);
});

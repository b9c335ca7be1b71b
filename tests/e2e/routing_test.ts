import assert from "node:assert/strict";
import { problemBody } from "../../src/wire/answers.ts";
import { RawConnection, rawRequest } from "./raw_connection.ts";
import { ServerHome } from "./server_home.ts";

const STICKY = "sticky_header: X-Session-ID\n";

Deno.test("by the documented rule, of 8 GB free A takes 4, B takes 4, and C goes elsewhere", async () => {
  await using home = new ServerHome();
  await using server = await home.start("routing: {mode: classic}\n");
  await server.join("first", { memoryGb: 8 });
  await server.join("second", { memoryGb: 64, memoryFreeGb: 32 });

  const places: string[] = [];
  for (let caller = 0; caller < 4; caller++) {
    places.push((await server.place("medium")).client_id);
  }
  assert.deepEqual(places, ["first", "first", "second", "second"]);

  const { held } = (await server.clients()).get("first") ?? {};
  assert.deepEqual(held, {
    leases: 2,
    vcpu: 4,
    memory_gb: 8,
    storage_gb: 40,
  });
  const purged = await server.post("/clients/purge-pending", undefined);
  assert.equal(purged.body.purged, 4);
  assert.equal((await server.place("medium")).client_id, "first");
});

Deno.test("150 machines place 1,000 callers who all ask at once", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  const ids = Array.from({ length: 150 }, (_, i) => `machine-${i}`);
  await Promise.all(ids.map((id) => server.join(id, { memoryFreeGb: 48 })));

  const answers = await askAtOnce(server.port, {
    connections: 1000,
    perConnection: 1,
    tierOf: (caller) => ["small", "medium", "lite"][caller % 3] ?? "",
  });
  assert.deepEqual(countOf(answers.map(({ status }) => status)), {
    200: 1000,
  });

  const fleet = [...(await server.clients()).values()];
  const leases = fleet.reduce((sum, { held }) => sum + held.leases, 0);
  assert.equal(leases, 1000);
  assert.deepEqual(
    fleet.filter(({ held, cpu_cores: cores, memory_avail_gb: memory }) =>
      held.vcpu > cores || held.memory_gb > memory
    ),
    [],
    "sold more than there is",
  );
});

Deno.test("of 10,000 callers who ask at once for the last free place, one gets it", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("last-one", { cores: 1, memoryGb: 1 });

  const answers = await askAtOnce(server.port, {
    connections: 500,
    perConnection: 20,
    tierOf: () => "small",
  });
  assert.deepEqual(countOf(answers.map(({ status }) => status)), {
    200: 1,
    503: 9999,
  });
  for (const { status, headers, body } of answers) {
    if (status !== 503) continue;
    assert.equal(headers.get("content-type"), "application/problem+json");
    const { code, tally, fleet_size: size } = problemBody.parse(
      JSON.parse(body),
    );
    const { cores, ...others } = tally ?? {};
    assert.deepEqual([code, cores, size], ["no_capacity", 1, 1]);
    assert.ok(Object.values(others).every((count) => count === 0));
  }
  assert.equal((await server.clients()).get("last-one")?.held.leases, 1);
});

Deno.test("a session stays where it is, also for its other tiers, until there is no room for it", async () => {
  await using home = new ServerHome();
  await using server = await home.start(STICKY);
  const alice = { "x-session-id": "alice" };
  await server.join("one", { memoryFreeGb: 60 });
  await server.join("two", { memoryFreeGb: 30 });
  assert.equal((await server.place("medium", alice)).client_id, "one");

  await server.report("one", { memoryFreeGb: 20, busyPct: 50 });
  for (const tier of ["medium", "medium", "small", "large"]) {
    const { client_id: id } = await server.place(tier, alice);
    assert.equal(id, "one", `alice's ${tier}`);
  }
  const bob = { "X-SESSION-ID": "bob" };
  assert.equal((await server.place("medium", bob)).client_id, "two");
  assert.equal((await server.place("medium")).client_id, "two");
  assert.equal((await server.clients()).get("one")?.held.leases, 3);

  await server.post("/clients/purge-pending", undefined);
  await server.report("one", { busyPct: 95 });
  assert.equal((await server.place("medium", alice)).client_id, "two");
  await server.report("one");
  assert.equal((await server.place("medium", alice)).client_id, "two");
});

Deno.test("without affinity a session's other tier goes to the best machine", async () => {
  await using home = new ServerHome();
  await using server = await home.start(
    `${STICKY}sticky_affinity_enabled: false\n`,
  );
  const alice = { "x-session-id": "alice" };
  await server.join("one", { memoryFreeGb: 60 });
  await server.join("two", { memoryFreeGb: 30 });
  assert.equal((await server.place("medium", alice)).client_id, "one");
  await server.report("one", { memoryFreeGb: 20 });
  assert.equal((await server.place("small", alice)).client_id, "two");
  assert.equal((await server.place("medium", alice)).client_id, "one");
});

Deno.test("cards are booked one by one, and a refusal says that none has the memory", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("cards", {
    cores: 64,
    memoryGb: 256,
    vramFreeGb: [8, 20, 24, 12],
  });
  const first = await server.place("gpu-inference");
  const second = await server.place("gpu-inference");
  assert.deepEqual([first.gpus, second.gpus], [[1], [2]]);
  const { status, body } = await server.route("gpu-inference");
  assert.equal(status, 503);
  assert.equal(problemBody.parse(body).tally?.gpu_memory, 1);
  assert.equal(
    problemBody.parse((await server.route("gpu-training")).body).tally
      ?.gpu_memory,
    1,
  );
});

Deno.test("of equal machines the nearest to the caller is chosen", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("paris", { at: [48.857, 2.352] });
  await server.join("sydney", { at: [-33.869, 151.209] });
  const melbourne = { client_lat: -37.814, client_lon: 144.963 };
  const answer = await server.place("small", {}, melbourne);
  assert.equal(answer.client_id, "sydney");
  assert.ok(answer.distance_km > 700 && answer.distance_km < 730);
  assert.equal((await server.place("small")).client_id, "paris");
});

/** Sends every request before it reads the first answer; the connections stand before the first request goes out. */
async function askAtOnce(
  port: number,
  { connections, perConnection, tierOf }: {
    readonly connections: number;
    readonly perConnection: number;
    readonly tierOf: (caller: number) => string;
  },
) {
  using stack = new DisposableStack();
  const opened = await Promise.all(
    Array.from({ length: connections }, () => RawConnection.open(port)),
  );
  for (const connection of opened) stack.use(connection);
  await Promise.all(opened.map((connection, index) => {
    const requests = Array.from({ length: perConnection }, (_, i) => {
      const tier = tierOf(index * perConnection + i);
      return rawRequest("/route", JSON.stringify({ tier }));
    });
    return connection.send(requests.join(""));
  }));
  const answers = await Promise.all(opened.map(async (connection) => {
    const own = [];
    for (let i = 0; i < perConnection; i++) own.push(await connection.answer());
    return own;
  }));
  return answers.flat();
}

function countOf(values: readonly number[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

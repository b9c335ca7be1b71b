import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { problemBody } from "../../src/wire/answers.ts";
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { Api } from "./api.ts";
import { eventually } from "./eventually.ts";
import { statsMessage } from "./machine_messages.ts";
import { ServerHome } from "./server_home.ts";

const YAML = `
host: 127.0.0.1
port: 0
stale_minutes: 5
cleanup_interval_seconds: 1
shutdown_timeout_seconds: 0
pending_allocation_timeout_seconds: 120
sticky_header: X-Session-ID
`;
const ALICE = { "x-session-id": "alice" };
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

Deno.test("a machine that falls silent gets nothing after stale_minutes, and is forgotten after three times as long", async () => {
  await using home = new ServerHome();
  const clock = new FakeClock();
  await using server = await startHere(home, clock);
  const { api } = server;
  await api.join("silent");
  await api.join("steady", { memoryFreeGb: 32 });
  assert.equal((await api.place("small", ALICE)).client_id, "silent");

  clock.advance(5 * MINUTE_MS);
  await api.report("steady", { memoryFreeGb: 32 });
  assert.equal((await api.place("small")).client_id, "silent");
  clock.advance(1);
  assert.equal((await api.place("small")).client_id, "steady");
  assert.equal((await api.place("small", ALICE)).client_id, "steady");
  const view = (await api.clients()).get("silent");
  assert.deepEqual(
    [view?.is_active, view?.routable, view?.not_routable_because],
    [false, false, "last report 300 s ago, stale after 300 s"],
  );
  const active = await api.get("/clients?active_only=true");
  assert.equal(Object.values(active.body).length, 1);
  assert.deepEqual(await counts(api), [1, 2]);

  for (let minute = 6; minute <= 15; minute++) {
    clock.advance(MINUTE_MS);
    await api.report("steady");
  }
  await eventually(
    "the silent machine's end",
    async () => (await counts(api))[1] === 1,
  );
  const { status, body } = await api.post("/stats", statsMessage("silent"));
  assert.deepEqual([status, body.code], [404, "unknown_client"]);
  await server[Symbol.asyncDispose]();
  assert.deepEqual(rows(home, "SELECT client_id FROM clients"), ["steady"]);
  assert.deepEqual(rows(home, "SELECT DISTINCT client_id FROM stats"), [
    "steady",
  ]);
  assert.deepEqual(
    rows(home, "SELECT sticky_id || ' ' || client_id FROM sticky_assignments"),
    ["alice steady"],
  );
});

Deno.test("when all are silent the refusal says so, and a report brings a machine back", async () => {
  await using home = new ServerHome();
  const clock = new FakeClock();
  await using server = await startHere(home, clock);
  const { api } = server;
  await api.join("one");
  await api.join("two");
  clock.advance(5 * MINUTE_MS + 1);
  const { status, body } = await api.route("small");
  assert.equal(status, 503);
  assert.equal(problemBody.parse(body).tally?.stale, 2);
  await api.report("two");
  assert.equal((await api.place("small")).client_id, "two");
});

Deno.test("the purges forget silent machines and open holds, and only those", async () => {
  await using home = new ServerHome();
  const clock = new FakeClock();
  await using server = await startHere(home, clock);
  const { api } = server;
  await api.join("gone");
  clock.advance(5 * MINUTE_MS + 1);
  await api.join("here", { cores: 2 });
  await api.place("small");
  await api.place("small");
  assert.equal((await api.route("small")).status, 503);

  const purged = await api.post("/clients/purge", undefined);
  assert.deepEqual(
    [purged.status, purged.body.status, purged.body.purged],
    [200, "success", 1],
  );
  assert.deepEqual([...(await api.clients()).keys()], ["here"]);
  assert.equal((await api.post("/clients/purge", undefined)).body.purged, 0);
  const holds = await api.post("/clients/purge-pending", undefined);
  assert.equal(holds.body.purged, 2);
  assert.equal((await api.place("small")).client_id, "here");
  await server[Symbol.asyncDispose]();
  assert.deepEqual(rows(home, "SELECT client_id FROM clients"), ["here"]);
});

Deno.test("a hold ends by itself after pending_allocation_timeout_seconds", async () => {
  await using home = new ServerHome();
  const clock = new FakeClock();
  await using server = await startHere(home, clock);
  const { api } = server;
  await api.join("one", { cores: 1 });
  const { expires_at: expiresAt } = await api.place("small");
  assert.equal(
    expiresAt,
    new Date(clock.wallMs() + 120_000).toISOString(),
  );
  clock.advance(119_999);
  assert.equal((await api.route("small")).status, 503);
  clock.advance(1);
  assert.equal((await api.route("small")).status, 200);
});

Deno.test("after an outage machines have as long to be heard of as if it had not been", async () => {
  await using home = new ServerHome();
  const clock = new FakeClock();
  {
    await using server = await startHere(home, clock);
    await server.api.join("patient");
    await server.api.place("small", ALICE);
  }
  clock.advance(8 * DAY_MS);
  await using server = await startHere(home, clock);
  const { api } = server;
  assert.deepEqual(await counts(api), [0, 1]);
  await eventually(
    "a clean-up, which deletes the old report",
    () => Promise.resolve(rows(home, "SELECT id FROM stats").length === 0),
  );
  assert.deepEqual(await counts(api), [0, 1]);
  await api.report("patient");
  assert.equal((await api.place("small", ALICE)).client_id, "patient");
  assert.equal((await api.health()).total_clients, 1);

  clock.advance(15 * MINUTE_MS + 1);
  await eventually(
    "the machine's end",
    async () => (await counts(api))[1] === 0,
  );
});

/** A server in this process, whose time is in the hands of the test. */
async function startHere(
  home: ServerHome,
  clock: FakeClock,
): Promise<{ readonly api: Api } & AsyncDisposable> {
  const server = await startServer(await serverConfig(YAML), {
    logger: new FakeLogger(),
    clock,
    databasePath: home.databasePath,
  });
  return {
    api: new Api(server.address.port),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Active machines, and all. */
async function counts(api: Api): Promise<[number, number]> {
  const { active_clients: active, total_clients: total } = await api.health();
  return [active, total];
}

function rows(home: ServerHome, sql: string): unknown[] {
  using database = new DatabaseSync(home.databasePath);
  return database.prepare(sql).all().map((row) => Object.values(row)[0]);
}

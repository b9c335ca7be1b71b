import assert from "node:assert/strict";
import { SeededRandom } from "../fakes/random.ts";
import { seedOf } from "../seed.ts";
import { cutInTheMiddle } from "./cut_in_the_middle.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

const STICKY = "sticky_header: X-Session-ID\n";
/** Machines that report, 16 cores each: room for every session that is placed here, and none to spare on one of them. */
const MACHINES = 30;
/** Callers that are on their way at the same time. */
const CALLERS = 16;
/** Answers that are in before the process is killed, at least and at most. */
const ANSWERS_MIN = 20;
const ANSWERS_MAX = 150;
const ROUNDS = 3;

Deno.test("what was acknowledged before a kill -9 is there after the next start", async () => {
  const seed = seedOf("kill -9");
  const random = new SeededRandom(seed);
  await using home = new ServerHome();
  const known = new Acknowledged();
  const call = (server: TestServer, name: string) =>
    random.next() < 0.5
      ? register(server, `newcomer-${name}`, known)
      : openSession(server, `session ${name}`, known);
  const cut = (server: TestServer, round: number) =>
    cutInTheMiddle(server, random, {
      callers: CALLERS,
      answers: [ANSWERS_MIN, ANSWERS_MAX],
      round,
      call: (name) => call(server, name),
    });
  {
    await using server = await home.start(STICKY);
    const machines = Array.from({ length: MACHINES }, (_, i) => `machine-${i}`);
    for (const id of machines) await server.join(id);
    for (const id of machines) known.registered.add(id);
    await cut(server, 0);
  }
  for (let round = 1; round <= ROUNDS; round++) {
    await using server = await home.start(STICKY);
    await check(server, random, known, `seed ${seed}`);
    await cut(server, round);
  }
});

/** What the server said it has. */
class Acknowledged {
  readonly registered = new Set<string>();
  /** Backend by session. */
  readonly sessions = new Map<string, string>();
}

async function register(
  server: TestServer,
  id: string,
  known: Acknowledged,
): Promise<void> {
  const message = { client_id: id, local_ip: "127.0.2.3" };
  const { status, body } = await server.post("/register", message);
  assert.deepEqual([status, body], [200, { status: "registered" }]);
  known.registered.add(id);
}

async function openSession(
  server: TestServer,
  session: string,
  known: Acknowledged,
): Promise<void> {
  const placed = await server.place("small", { "x-session-id": session });
  assert.equal(placed.durable, undefined);
  known.sessions.set(session, placed.client_id);
}

/** Nothing is registered and nothing reported again: the stored reports must do. */
async function check(
  server: TestServer,
  random: SeededRandom,
  known: Acknowledged,
  seed: string,
): Promise<void> {
  const clients = await server.clients();
  assert.deepEqual(
    [...known.registered].filter((id) => !clients.has(id)),
    [],
    `registrations lost, ${seed}`,
  );
  // In another order than they came in, so that none lands on its machine by chance alone.
  const shuffled = [...known.sessions].map((entry) => ({
    entry,
    key: random.next(),
  })).sort((a, b) => a.key - b.key).map(({ entry }) => entry);
  for (const [session, backend] of shuffled) {
    const placed = await server.place("small", { "x-session-id": session });
    assert.equal(placed.client_id, backend, `${session}, ${seed}`);
  }
}

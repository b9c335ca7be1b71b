/** A server with a large fleet is killed in the middle of its work and started again on what it stored. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/lifecycle.ts";
import { openStore } from "../../src/store/open_store.ts";
import type { Report } from "../../src/engine/backend.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { SeededRandom } from "../fakes/random.ts";
import { seedOf } from "../seed.ts";
import { registration } from "../store/examples.ts";
import { explainAnswer } from "../../src/wire/explain_answer.ts";
import { cutInTheMiddle } from "./cut_in_the_middle.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

/** Probes would find nobody at the addresses of these machines, and change what they score. */
const CONFIG =
  "sticky_header: X-Session-ID\nmax_backends: 5000\nhealth_check_enabled: false\n";
const BACKENDS = 1000;
const CORES = 16;
/** A client's window: a report each minute for a quarter of an hour. */
const WINDOW_REPORTS = 16;
const REPORT_EVERY_MS = 60_000;
const CALLERS = 16;
/** Answers that are in before the process is killed, at least and at most. */
const ANSWERS_MIN = 20;
const ANSWERS_MAX = 200;
const ROUNDS = 2;
/** Points; the scores of neighbours differ by more. */
const SCORE_TOLERANCE = 0.01;
/** Far more than the second that it should take on an idle machine; the time itself is printed. */
const PATIENCE_MS = 10_000;

Deno.test("a large fleet is back after a kill -9 with all that was acknowledged, and is judged as before", async () => {
  const seed = seedOf("restart");
  const random = new SeededRandom(seed);
  await using home = new ServerHome();
  await fill(home.databasePath);
  const known = new Acknowledged();
  for (let round = 0; round < ROUNDS; round++) {
    const before = await (async () => {
      await using server = await started(home);
      await check(server, known, `round ${round}, seed ${seed}`);
      const scores = await scoresOf(server);
      await server.cut();
      return scores;
    })();
    await using server = await started(home);
    const after = await scoresOf(server);
    assert.ok(after.size > BACKENDS / 2, "those that are not drained");
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    const off = [...after.keys()].filter((id) =>
      !(Math.abs(Number(after.get(id)) - Number(before.get(id))) <
        SCORE_TOLERANCE)
    );
    // Asking again for the first session has confirmed it, which its machine's score shows.
    assert.ok(off.length <= 1, `${off}, seed ${seed}`);
    await cutInTheMiddle(server, random, {
      callers: CALLERS,
      answers: [ANSWERS_MIN, ANSWERS_MAX],
      round,
      call: (name) => one(server, name, random.next(), known),
    });
  }
  await using server = await started(home);
  await check(server, known, `at the end, seed ${seed}`);
});

/** A server, ready; says how long that took. */
async function started(home: ServerHome): Promise<TestServer> {
  const startedMs = performance.now();
  const server = await home.start(CONFIG);
  assert.equal((await server.get("/health")).status, 200);
  // The same session each time, so that nothing new is booked.
  await server.place("small", { "x-session-id": "first" });
  const tookMs = Math.round(performance.now() - startedMs);
  console.log(`first decision after ${tookMs} ms`);
  assert.ok(tookMs < PATIENCE_MS, `${tookMs} ms`);
  return server;
}

/** What the server said it has. */
class Acknowledged {
  readonly registered = new Set<string>();
  /** Backend and lease by session. */
  readonly sessions = new Map<string, string>();
  readonly draining = new Set<string>();
}

/** The fleet and its last window, as the server itself would have stored them. */
async function fill(path: string): Promise<void> {
  await using store = openStore({
    path,
    logger: new FakeLogger(),
    clock: systemClock,
    maxSticky: BACKENDS,
  });
  const nowMs = Date.now();
  for (let i = 0; i < BACKENDS; i++) {
    const id = `machine-${i}`;
    await store.saveRegistration(
      registration(id, { totalCores: CORES, endpoints: [] }),
      nowMs,
    );
    for (let age = WINDOW_REPORTS - 1; age >= 0; age--) {
      store.saveReport(id, reportOf(i), nowMs - age * REPORT_EVERY_MS);
    }
    if (i % 100 === 0) await store.flush();
  }
}

/** Each is as busy as no other, so that none is a near equal by chance. */
function reportOf(index: number): Report {
  const usedPct = 5 + index * 60 / BACKENDS;
  return {
    coreUsagePct: new Array<number>(CORES).fill(usedPct),
    memory: roomOf(16 * CORES, usedPct),
    disk: roomOf(1000, usedPct),
    gpus: [],
    windowSeconds: 900,
    windowFilledSeconds: 900,
  };
}

function roomOf(totalGb: number, usedPct: number) {
  const usedGb = totalGb * usedPct / 100;
  return { totalGb, usedGb, availableGb: totalGb - usedGb };
}

/** How well each machine would do for a session now. */
async function scoresOf(
  server: TestServer,
): Promise<ReadonlyMap<string, number>> {
  const { body } = await server.post("/route?explain=1", { tier: "small" });
  const { candidates } = explainAnswer.parse(body);
  return new Map(
    candidates.flatMap((candidate) =>
      "score" in candidate ? [[candidate.client_id, candidate.score]] : []
    ),
  );
}

/** One call that is acknowledged: a session, a registration or a draining. */
async function one(
  server: TestServer,
  name: string,
  draw: number,
  known: Acknowledged,
): Promise<void> {
  if (draw < 0.6) {
    const session = `session ${name}`;
    const placed = await server.place("small", { "x-session-id": session });
    assert.equal(placed.durable, undefined);
    known.sessions.set(session, `${placed.client_id} ${placed.lease_id}`);
  } else if (draw < 0.8) {
    const id = `newcomer-${name}`;
    const message = { client_id: id, local_ip: "127.0.2.3" };
    const { status, body } = await server.post("/register", message);
    assert.deepEqual([status, body], [200, { status: "registered" }]);
    known.registered.add(id);
  } else {
    // Not one that sessions go to.
    const id = `machine-${Math.floor(draw * 500)}`;
    const path = `/_opsen/backends/${id}/drain`;
    const { status, body } = await server.post(path, {});
    assert.deepEqual([status, body.durable], [200, undefined]);
    known.draining.add(id);
  }
}

/** Nothing is registered and nothing reported again: the stored reports must do. */
async function check(
  server: TestServer,
  known: Acknowledged,
  when: string,
): Promise<void> {
  const clients = await server.clients();
  const lost = [...known.registered].filter((id) => !clients.has(id));
  assert.deepEqual(lost, [], `registrations lost, ${when}`);
  for (const [session, place] of known.sessions) {
    const placed = await server.place("small", { "x-session-id": session });
    assert.equal(
      `${placed.client_id} ${placed.lease_id}`,
      place,
      `${session}, ${when}`,
    );
  }
  const { body } = await server.get("/_opsen/drains");
  const drains: unknown = body.drains;
  assert.ok(Array.isArray(drains));
  const draining = new Set(drains.map(({ client_id: id }) => String(id)));
  const forgotten = [...known.draining].filter((id) => !draining.has(id));
  assert.deepEqual(forgotten, [], `drainings lost, ${when}`);
}

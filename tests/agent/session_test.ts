import assert from "node:assert/strict";
import { FetchTransport } from "../../src/agent/fetch_transport.ts";
import type { ReportOutcome } from "../../src/agent/report.ts";
import { ServerLink } from "../../src/agent/server_link.ts";
import { Session, type SessionOptions } from "../../src/agent/session.ts";
import type { Report } from "../../src/engine/backend.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { FakeServer, type Received, type Reply } from "./fake_server.ts";
import { LeapingTime } from "./leaping_time.ts";
import { SMALL_MACHINE } from "./small_machine.ts";

const ROOM = { totalGb: 4, usedGb: 1, availableGb: 3 };
const REPORT: Report = {
  coreUsagePct: [5],
  memory: ROOM,
  disk: ROOM,
  gpus: [],
};
const READY: ReportOutcome = { kind: "ready", report: REPORT };
/** A machine in service whose server says nothing of it. */
const QUIET = {
  instance: "i-1",
  isDraining: () => false,
  onSaid: () => {},
};

/** What a test may change. */
interface Scene {
  /** Answers a message, of which it is the count-th, at a second since the start. */
  readonly reply: (message: Received, count: number, second: number) => Reply;
  /** The session ends with the first wait after so many messages. */
  readonly messages: number;
  readonly options?: Partial<SessionOptions>;
  readonly random?: number;
}

/** Runs a session against a real server, in time that leaps; what happened, and at which seconds. */
async function play(scene: Scene) {
  const time = new LeapingTime();
  const logger = new FakeLogger();
  const controller = new AbortController();
  const seconds: number[] = [];
  await using server = new FakeServer((message) => {
    const second = Math.round(time.monotonicMs() / 1000);
    seconds.push(second);
    return scene.reply(message, seconds.length, second);
  });
  time.onWait(() => {
    if (seconds.length >= scene.messages) controller.abort();
  });
  const { serverUrl, serverKey } = { serverUrl: server.url, serverKey: "" };
  using transport = new FetchTransport({ serverUrl, serverKey });
  const random = new FixedRandom(scene.random ?? 0.5);
  const link = new ServerLink({
    ...{ transport, serverUrl, clock: time, random, logger },
  });
  const session = new Session({
    link,
    describe: () => Promise.resolve(SMALL_MACHINE),
    isOutdated: () => false,
    ...QUIET,
    report: () => READY,
    reportIntervalMs: 60_000,
    reregisterMs: 600_000,
    clock: time,
    random,
    sleep: time.sleep,
    logger,
    ...scene.options,
  });
  await session.run(controller.signal);
  const { waits } = time;
  const { paths } = server;
  await session.flush(new AbortController().signal);
  return {
    paths,
    seconds: seconds.slice(0, paths.length),
    waits,
    logger,
    received: server.received,
    flushed: server.paths.slice(paths.length),
  };
}

Deno.test("a client registers, reports at once, and then at every interval", async () => {
  const { paths, seconds, received, logger } = await play({
    reply: () => Response.json({ status: "received" }),
    messages: 4,
  });
  assert.deepEqual(paths, ["/register", "/stats", "/stats", "/stats"]);
  assert.deepEqual(seconds, [0, 0, 60, 120]);
  const [registration, report] = received;
  assert.equal(registration?.body["client_id"], "c-1");
  assert.equal(report?.body["client_id"], "c-1");
  assert.equal(report?.body["memory_avail_gb"], 3);
  assert.equal(report?.body["timestamp"], "2026-01-01T00:00:00.000Z");
  assert.deepEqual(logger.messages("info"), ['Registered as "c-1"']);
});

Deno.test("intervals vary by a tenth to either side", async () => {
  const early = await play({ reply: () => 200, messages: 3, random: 0 });
  assert.deepEqual(early.seconds, [0, 0, 54]);
  const late = await play({ reply: () => 200, messages: 3, random: 0.99999 });
  assert.deepEqual(late.seconds, [0, 0, 66]);
});

Deno.test("a server that forgot the client gets a registration and a report at once", async () => {
  const { paths, seconds } = await play({
    reply: (_, count) => count === 3 ? 404 : 200,
    messages: 5,
  });
  assert.deepEqual(paths, [
    ...["/register", "/stats", "/stats", "/register", "/stats"],
  ]);
  assert.deepEqual(seconds, [0, 0, 60, 60, 60]);
});

Deno.test("a server that forgets what it was just told is not hurried", async () => {
  const { paths, seconds } = await play({
    reply: ({ path }) => path === "/stats" ? 404 : 200,
    messages: 20,
  });
  assert.deepEqual(paths.slice(0, 4), [
    ...["/register", "/stats", "/register", "/stats"],
  ]);
  // Every registration there succeeds, and must not make the next round come sooner.
  const rounds = seconds.filter((_, index) => paths[index] === "/register");
  const gaps = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0));
  assert.ok(Math.max(...gaps) >= 8, gaps.join());
});

Deno.test("the registration is repeated before the first report after its time", async () => {
  const { paths } = await play({
    reply: () => 200,
    messages: 14,
    options: { reregisterMs: 300_000 },
  });
  const times = paths.flatMap((path, index) =>
    path === "/register" ? [index] : []
  );
  assert.deepEqual(times, [0, 6, 12]);
});

Deno.test("a known client goes on reporting while its repeated registration is refused", async () => {
  const { paths, seconds } = await play({
    reply: ({ path }, _, second) =>
      path === "/register" && second > 0 && second < 400 ? 400 : 200,
    messages: 18,
    options: { reregisterMs: 120_000 },
  });
  const reports = seconds.filter((_, index) => paths[index] === "/stats");
  const gaps = reports.slice(1).map((at, index) => at - (reports[index] ?? 0));
  assert.ok(Math.max(...gaps) <= 62, gaps.join());
  const again = seconds.filter((_, index) => paths[index] === "/register");
  assert.ok(again.some((at) => at >= 400), again.join());
});

Deno.test("a machine that changed its size registers again before it reports", async () => {
  let size = 1;
  const { paths, received } = await play({
    reply: (_, count) => {
      if (count === 2) size = 2;
      return 200;
    },
    messages: 5,
    options: {
      describe: () => Promise.resolve({ ...SMALL_MACHINE, totalCores: size }),
      isOutdated: ({ totalCores }) => totalCores !== size,
    },
  });
  assert.deepEqual(paths, [
    ...["/register", "/stats", "/register", "/stats", "/stats"],
  ]);
  assert.equal(received[2]?.body["total_cpu"], 2);
});

Deno.test("registering goes on for as long as it takes, at least every sixteen seconds", async () => {
  const { paths, seconds, logger } = await play({
    reply: (_, count) => count <= 310 ? 503 : 200,
    messages: 312,
  });
  assert.deepEqual(new Set(paths.slice(0, 311)), new Set(["/register"]));
  assert.equal(paths[311], "/stats");
  assert.ok(Number(seconds.at(-1)) > 3600);
  for (const [index, instant] of seconds.entries()) {
    assert.ok(instant - Number(seconds[index - 1] ?? 0) <= 16);
  }
  assert.equal(
    logger.messages("warn").filter((m) => /Cannot/.test(m)).length,
    1,
  );
});

Deno.test("a server that is away for an hour has a report within thirty seconds of its return", async () => {
  const [gone, back] = [100, 3700];
  const { seconds, paths } = await play({
    reply: (_, __, second) => second < gone || second > back ? 200 : 500,
    messages: 330,
  });
  const returned = paths.findIndex((path, index) =>
    path === "/stats" && Number(seconds[index]) > back
  );
  assert.ok(Number(seconds[returned]) <= back + 30);
});

Deno.test("until there are enough samples nothing is reported, and nothing is said", async () => {
  let asked = 0;
  const { paths, waits, logger } = await play({
    reply: () => 200,
    messages: 2,
    options: { report: () => ++asked < 5 ? { kind: "filling" } : READY },
  });
  assert.deepEqual(paths, ["/register", "/stats"]);
  assert.deepEqual(waits, [250, 250, 250, 250]);
  assert.deepEqual(logger.messages("warn"), []);
});

Deno.test("a report that can't be made is said once, and made as soon as it can", async () => {
  let asked = 0;
  const { logger, seconds } = await play({
    reply: () => 200,
    messages: 2,
    options: {
      report: () =>
        ++asked < 100
          ? { kind: "absent", reason: `no CPU for ${asked} s` }
          : READY,
    },
  });
  assert.deepEqual(seconds, [0, 99]);
  assert.deepEqual(logger.messages("warn"), [
    "No report is sent: no CPU for 1 s",
  ]);
  assert.deepEqual(logger.messages("info"), [
    'Registered as "c-1"',
    "Reports are sent again",
  ]);
});

Deno.test("the last report is sent when the client ends, out of turn", async () => {
  const { flushed } = await play({ reply: () => 200, messages: 2 });
  assert.deepEqual(flushed, ["/stats"]);
});

Deno.test("nothing is flushed that the server would not take", async () => {
  const unregistered = await play({ reply: () => 503, messages: 1 });
  assert.deepEqual(unregistered.flushed, []);
  const away = await play({
    reply: (_, count) => count <= 2 ? 200 : 503,
    messages: 7,
  });
  assert.deepEqual(away.flushed, []);
  let asked = 0;
  const empty = await play({
    reply: () => 200,
    messages: 2,
    options: { report: () => ++asked > 1 ? { kind: "filling" } : READY },
  });
  assert.deepEqual(empty.flushed, []);
});

Deno.test("a last report that nobody takes is given up when it must be", async () => {
  const logger = new FakeLogger();
  const given: AbortSignal[] = [];
  const clock = new LeapingTime();
  const random = new FixedRandom(0);
  const controller = new AbortController();
  const link = new ServerLink({
    transport: {
      post(path, _, signal) {
        given.push(signal);
        return path === "/stats" && given.length > 2
          ? new Promise((resolve) =>
            signal.addEventListener(
              "abort",
              () => resolve({ kind: "unanswered", reason: "" }),
            )
          )
          : Promise.resolve({
            ...{ kind: "answered", status: 200, location: "", text: "" },
          });
      },
      [Symbol.dispose]: () => {},
    },
    ...{ serverUrl: "http://lb", clock, random, logger },
  });
  clock.onWait(() => controller.abort());
  const session = new Session({
    ...{ link, clock, random, logger, sleep: clock.sleep },
    describe: () => Promise.resolve(SMALL_MACHINE),
    isOutdated: () => false,
    ...QUIET,
    report: () => READY,
    reportIntervalMs: 60_000,
    reregisterMs: 600_000,
  });
  await session.run(controller.signal);
  const deadline = new AbortController();
  const flush = session.flush(deadline.signal);
  deadline.abort();
  await flush;
  assert.deepEqual(logger.messages("warn"), [
    "The server did not take the last report in time",
  ]);
});

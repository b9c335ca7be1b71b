import assert from "node:assert/strict";
import { ServerLink } from "../../src/agent/server_link.ts";
import { Session } from "../../src/agent/session.ts";
import type { Transport } from "../../src/agent/transport.ts";
import type { Room } from "../../src/engine/backend.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { LeapingTime } from "./leaping_time.ts";
import { SMALL_MACHINE } from "./small_machine.ts";

const SERVER_URL = "http://balancer:8080";
const MACHINE = { ...SMALL_MACHINE, localIp: "" };
const ROOM: Room = { totalGb: 1, usedGb: 0, availableGb: 1 };

/** A link to a server that answers the n-th message (1 is the first) with this status. */
function linked(statusOf: (path: string, count: number) => number) {
  const time = new LeapingTime();
  const logger = new FakeLogger();
  const posted: { readonly path: string; readonly second: number }[] = [];
  const transport: Transport = {
    post(path) {
      posted.push({ path, second: time.monotonicMs() / 1000 });
      const status = statusOf(path, posted.length);
      return Promise.resolve({
        ...{ kind: "answered", status, location: "", text: "" },
      });
    },
    [Symbol.dispose]: () => {},
  };
  const link = new ServerLink({
    transport,
    serverUrl: SERVER_URL,
    clock: time,
    random: new FixedRandom(0.5),
    logger,
  });
  return { link, time, logger, posted };
}

/** Runs a session over a link until the time is over. */
async function runFor(
  seconds: number,
  { link, time, logger }: ReturnType<typeof linked>,
): Promise<void> {
  const controller = new AbortController();
  time.onWait((waitMs) => {
    if (time.monotonicMs() + waitMs > seconds * 1000) controller.abort();
  });
  await new Session({
    link,
    describe: () => Promise.resolve(MACHINE),
    isOutdated: () => false,
    instance: "i-1",
    isDraining: () => false,
    onSaid: () => {},
    report: () => ({
      kind: "ready",
      report: { coreUsagePct: [0], memory: ROOM, disk: ROOM, gpus: [] },
    }),
    reportIntervalMs: 60_000,
    reregisterMs: 600_000,
    clock: time,
    random: new FixedRandom(0.5),
    sleep: time.sleep,
    logger,
  }).run(controller.signal);
}

const REPORT = {
  path: "/stats",
  body: {},
  purpose: "report",
  unknown: "news",
} as const;

Deno.test("a server that has no /register, such as another program's, is not hurried", async () => {
  const home = linked(() => 404);
  await runFor(300, home);
  const { posted, logger } = home;
  assert.ok(posted.every(({ path }) => path === "/register"));
  assert.ok(posted.length < 35, String(posted.length));
  for (const [index, { second }] of posted.slice(5).entries()) {
    assert.equal(second - Number(posted[index + 4]?.second), 12);
  }
  assert.deepEqual(
    logger.messages("warn").filter((line) => line.startsWith("Cannot")),
    [`Cannot register at "${SERVER_URL}": it answered 404`],
  );
});

Deno.test("a report that is refused is made again after a short wait, not only at the next interval", async () => {
  const home = linked((_, count) => count === 2 ? 500 : 200);
  await runFor(50, home);
  assert.deepEqual(home.posted, [
    { path: "/register", second: 0 },
    { path: "/stats", second: 0 },
    { path: "/stats", second: 0.875 },
  ]);
});

Deno.test("a refusal that comes back after a success is news again", async () => {
  const { link, logger } = linked((_, count) => count === 2 ? 200 : 503);
  const { signal } = new AbortController();
  for (let i = 0; i < 3; i++) await link.deliver(REPORT, signal);
  const refused = `Cannot report at "${SERVER_URL}": it answered 503`;
  assert.deepEqual(logger.messages("warn"), [refused, refused]);
});

Deno.test("an answer that came although the client was told to end counts", async () => {
  const controller = new AbortController();
  const { link } = linked(() => {
    controller.abort();
    return 200;
  });
  const { kind } = await link.deliver(REPORT, controller.signal);
  assert.equal(kind, "accepted");
});

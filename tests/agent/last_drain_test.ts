import assert from "node:assert/strict";
import { untilDrained } from "../../src/agent/last_drain.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { LeapingTime } from "./leaping_time.ts";

/** Waits up to 100 s for a server that says after some seconds that nothing is left. */
async function waitFor(drainedAfterSeconds: number) {
  const clock = new LeapingTime();
  const logger = new FakeLogger();
  await untilDrained({
    waitMs: 100_000,
    isDrained: () => clock.monotonicMs() >= drainedAfterSeconds * 1000,
    sleep: clock.sleep,
    clock,
    logger,
  });
  return { seconds: clock.monotonicMs() / 1000, logger };
}

Deno.test("the wait ends when the server says that nothing is left, with a line now and then", async () => {
  const { seconds, logger } = await waitFor(40);
  assert.equal(seconds, 40);
  const waiting =
    "Draining: waiting for the server to say that nothing is left, at most";
  assert.deepEqual(logger.messages("info"), [
    `${waiting} 100 s`,
    `${waiting} 70 s`,
    "Drained: nothing is left on this machine",
  ]);
});

Deno.test("the wait ends with its time, which is a warning", async () => {
  const { seconds, logger } = await waitFor(Infinity);
  assert.equal(seconds, 100);
  assert.deepEqual(logger.messages("warn"), [
    "Draining: 100 s are over and the server has not said that nothing is left",
  ]);
});

Deno.test("a machine that is drained already is not waited for", async () => {
  assert.equal((await waitFor(0)).seconds, 0);
});

import assert from "node:assert/strict";
import { Sampler } from "../../src/agent/sampler.ts";
import { present } from "../../src/collect/reading.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { LeapingTime } from "./leaping_time.ts";

const ROOM = present({ totalBytes: 100, availableBytes: 60 });
const WINDOW_SECONDS = 60;

/** Samples 10 seconds, is stopped for `gapSeconds`, samples 5 more; what is then known of the last 10 and of all. */
async function afterGap(gapSeconds: number) {
  const time = new LeapingTime();
  const controller = new AbortController();
  const sampler = new Sampler({
    machine: {
      cpu: { collect: () => present({ cores: [{ id: 0, usedPct: 50 }] }) },
      memory: { collect: () => ROOM },
      disk: { collect: () => ROOM },
      host: { hostname: "h", kernel: "", machineId: "", bootId: "" },
      obstacle: undefined,
      [Symbol.dispose]: () => {},
    },
    windowSeconds: WINDOW_SECONDS,
    clock: time,
    sleep: time.sleep,
    logger: new FakeLogger(),
  });
  time.onWait(() => {
    if (time.waits.length === 10) time.advance(gapSeconds * 1000);
    if (time.waits.length === 15) controller.abort();
  });
  await sampler.run(controller.signal);
  const { windows } = sampler;
  return {
    last10: windows.means(10).measuredSeconds,
    all: windows.means().measuredSeconds,
    elapsed: windows.elapsedSeconds,
  };
}

Deno.test("without a gap every second counts", async () => {
  assert.deepEqual(await afterGap(0), { last10: 10, all: 15, elapsed: 15 });
});

Deno.test("seconds in which the machine was stopped are absent, not filled with older ones", async () => {
  const { last10, all } = await afterGap(20);
  assert.equal(last10, 5);
  assert.equal(all, 15);
});

Deno.test("after a gap as long as the window nothing from before it is left", async () => {
  const after = await afterGap(WINDOW_SECONDS + 5);
  assert.deepEqual(after, { last10: 5, all: 5, elapsed: 5 });
});

import assert from "node:assert/strict";
import { Sampler } from "../../src/agent/sampler.ts";
import { reportOf } from "../../src/agent/report.ts";
import { present } from "../../src/collect/reading.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { LeapingTime } from "./leaping_time.ts";

const ROOM = present({ totalBytes: 100, availableBytes: 60 });
const WINDOW_SECONDS = 60;

/** What stops: the process, or the whole machine with its monotonic clock. */
type Stopped = "process" | "machine";

/** Samples 10 seconds, is stopped for `gapSeconds`, samples 5 more; what is then known of the last 10 and of all. */
async function afterGap(gapSeconds: number, stopped: Stopped = "process") {
  const time = new LeapingTime();
  let isBack = false;
  const behind: boolean[] = [];
  const controller = new AbortController();
  const sampler = new Sampler({
    machine: {
      cpu: {
        collect: () => {
          // The first reading after the gap is of the time in which the machine did nothing.
          const usedPct = isBack ? 0 : 50;
          isBack = false;
          return present({ cores: [{ id: 0, usedPct }] });
        },
      },
      memory: { collect: () => ROOM },
      disk: { collect: () => ROOM },
      gpus: [],
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
    if (time.waits.length === 10 && gapSeconds > 0) {
      isBack = true;
      const gapMs = gapSeconds * 1000;
      if (stopped === "process") time.advance(gapMs);
      else time.stepWall(gapMs);
    }
    if (time.waits.length >= 10) behind.push(sampler.isBehind);
    if (time.waits.length === 15) controller.abort();
  });
  await sampler.run(controller.signal);
  const { windows } = sampler;
  return {
    last10: windows.means(10).measuredSeconds,
    all: windows.means().measuredSeconds,
    elapsed: windows.elapsedSeconds,
    usedPct: windows.means(10).coreUsedPct[0],
    behind,
    outcome: reportOf(windows).kind,
  };
}

Deno.test("without a gap every second counts", async () => {
  const { last10, all, elapsed } = await afterGap(0);
  assert.deepEqual([last10, all, elapsed], [10, 15, 15]);
});

Deno.test("seconds in which the machine was stopped are absent, not filled with older ones", async () => {
  for (const stopped of ["process", "machine"] as const) {
    const { last10, all } = await afterGap(20, stopped);
    assert.equal(last10, 4, stopped);
    assert.equal(all, 14, stopped);
  }
});

Deno.test("after a gap as long as the window nothing from before it is left", async () => {
  const { last10, all, elapsed } = await afterGap(WINDOW_SECONDS + 5);
  assert.deepEqual([last10, all, elapsed], [4, 4, 5]);
});

Deno.test("a machine that stood still is not taken for an idle one, however long that was", async () => {
  for (const stopped of ["process", "machine"] as const) {
    for (const seconds of [12, 40, 3600]) {
      const { usedPct } = await afterGap(seconds, stopped);
      assert.equal(usedPct, 50, `${stopped}, ${seconds} s`);
    }
  }
});

Deno.test("a busy machine on which the client gets its turn late is measured all the same", async () => {
  const { usedPct, last10 } = await afterGap(5);
  assert.equal(usedPct, 40);
  assert.equal(last10, 5);
});

Deno.test("after a long stop there is a report again when there are samples again", async () => {
  assert.equal((await afterGap(3600)).outcome, "ready");
});

Deno.test("until the first sample after a stop nothing is known of the machine", async () => {
  for (const stopped of ["process", "machine"] as const) {
    const { behind } = await afterGap(3600, stopped);
    // The reading at the end of the stop is only what the next is compared with.
    assert.deepEqual(behind, [true, true, false, false, false, false]);
  }
});

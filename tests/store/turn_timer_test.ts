import assert from "node:assert/strict";
import { TurnTimer } from "../../src/store/turn_timer.ts";
import { FakeClock } from "../fakes/clock.ts";

/** Far longer than the test runs, so that only what comes earlier is seen. */
const LATER_MS = 3_600_000;

Deno.test("many askings for the end of the turn are one run", async () => {
  const { timer, runs } = counted();
  timer.atEndOfTurn();
  timer.atEndOfTurn();
  timer.after(0);
  assert.equal(runs.count, 0);
  await pause();
  assert.equal(runs.count, 1);
});

Deno.test("the earliest asking counts", async () => {
  const { timer, runs } = counted();
  timer.after(LATER_MS);
  timer.after(2 * LATER_MS);
  timer.after(0);
  await pause();
  assert.equal(runs.count, 1);
  timer.after(LATER_MS);
  timer.atEndOfTurn();
  await pause();
  assert.equal(runs.count, 2);
});

Deno.test("time that has passed brings an asking nearer", async () => {
  const { timer, runs, clock } = counted();
  timer.after(0);
  clock.advance(-1);
  timer.after(LATER_MS);
  await pause();
  assert.equal(runs.count, 1);
});

Deno.test("nothing runs after it was cancelled", async () => {
  const { timer, runs } = counted();
  timer.atEndOfTurn();
  timer.cancel();
  timer.after(0);
  timer.cancel();
  timer.cancel();
  await pause();
  assert.equal(runs.count, 0);
});

Deno.test("a run can ask for the next one", async () => {
  const runs = { count: 0 };
  const timer: TurnTimer = new TurnTimer(new FakeClock(), () => {
    if (++runs.count < 3) timer.after(0);
  });
  timer.atEndOfTurn();
  await pause();
  await pause();
  await pause();
  assert.equal(runs.count, 3);
});

function counted() {
  const runs = { count: 0 };
  const clock = new FakeClock();
  return { runs, clock, timer: new TurnTimer(clock, () => void runs.count++) };
}

/** Long enough for everything that is due now. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

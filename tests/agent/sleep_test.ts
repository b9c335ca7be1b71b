import assert from "node:assert/strict";
import { sleep } from "../../src/agent/sleep.ts";

Deno.test("a shorter wait ends before a longer one, and none at once", async () => {
  const { signal } = new AbortController();
  const ended: number[] = [];
  await Promise.all([30, 1, 15].map(async (ms) => {
    await sleep(ms, signal);
    ended.push(ms);
  }));
  assert.deepEqual(ended, [1, 15, 30]);
});

Deno.test("a wait of less than nothing ends", async () => {
  await sleep(-5, new AbortController().signal);
  await sleep(NaN, new AbortController().signal);
});

Deno.test("aborting ends a wait, also one that has not begun or is longer than a timer can hold", async () => {
  const controller = new AbortController();
  const waits = [
    sleep(60_000, controller.signal),
    sleep(2 ** 40, controller.signal),
  ];
  controller.abort();
  await Promise.all(waits);
  await sleep(60_000, controller.signal);
});

Deno.test("a wait longer than a timer can hold does not end at once", async () => {
  const controller = new AbortController();
  let ended = false;
  const wait = sleep(2 ** 40, controller.signal).then(() => ended = true);
  await sleep(20, new AbortController().signal);
  assert.equal(ended, false);
  controller.abort();
  await wait;
});

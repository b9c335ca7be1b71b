import assert from "node:assert/strict";
import { DrainProgress } from "../../src/cli/drain_progress.ts";
import { durationMs } from "../../src/policy/duration.ts";

Deno.test("on a terminal a bar grows from the most that was seen, and goes away", () => {
  const { progress, written } = shown(true);
  progress.show("a", { sessions: 2, requests: 2 });
  progress.show("a", { sessions: 1, requests: 0 });
  progress.say("note");
  progress.show("b", { sessions: 8, requests: 0 });
  progress.end();
  progress.end();
  assert.deepEqual(written, [
    "\r\x1b[Ka [------------------------] 2 sessions and 2 requests left",
    "\r\x1b[Ka [##################------] 1 session and 0 requests left",
    "\r\x1b[K",
    "note\n",
    "\r\x1b[Kb [------------------------] 8 sessions and 0 requests left",
    "\r\x1b[K",
  ]);
});

Deno.test("elsewhere there is a line every few seconds, when something has changed", () => {
  const { progress, written, time } = shown(false);
  const show = (sessions: number) =>
    progress.show("a", { sessions, requests: 0 });
  show(3);
  time.now += 4999;
  show(2);
  time.now += 1;
  show(2);
  time.now += 60_000;
  show(2);
  show(1);
  assert.deepEqual(written, [
    "a: 3 sessions and 0 requests left\n",
    "a: 2 sessions and 0 requests left\n",
    "a: 1 session and 0 requests left\n",
  ]);
});

Deno.test("durations are seconds, or numbers with their units from large to small", () => {
  for (
    const [text, ms] of [
      ["0", 0],
      ["90", 90_000],
      ["0.5", 500],
      ["90s", 90_000],
      ["10m", 600_000],
      ["1h30m", 5_400_000],
      ["2d", 172_800_000],
      ["", undefined],
      ["m", undefined],
      ["-5", undefined],
      ["30m1h", undefined],
      ["10 m", undefined],
      ["1e3", undefined],
      ["9999999999", undefined],
    ] as const
  ) assert.equal(durationMs(text), ms, text);
});

function shown(isTerminal: boolean) {
  const written: string[] = [];
  const time = { now: 0 };
  const progress = new DrainProgress({
    write: (text) => void written.push(text),
    isTerminal,
    now: () => time.now,
  });
  return { progress, written, time };
}

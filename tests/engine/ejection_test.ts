import assert from "node:assert/strict";
import { Failures, type Outcome } from "../../src/engine/ejection.ts";
import { EJECTION_DEFAULTS } from "../../src/engine/routing_options.ts";

const FAILED: Outcome = { kind: "failed", answerMs: 3 };
const ANSWERED: Outcome = { kind: "answered", answerMs: 3 };
const TIMED_OUT: Outcome = { kind: "timed_out", timeoutMs: 10_000 };

/** Takes outcomes one after the other at an instant; the number of those after which the backend should be out. */
function outs(failures: Failures, outcomes: readonly Outcome[], now = 0) {
  return outcomes.filter((one) => failures.take(one, EJECTION_DEFAULTS, now))
    .length;
}

function times(count: number, outcome: Outcome): Outcome[] {
  return new Array<Outcome>(count).fill(outcome);
}

Deno.test("five errors in a row are enough, four are not, and an answer between them begins anew", () => {
  assert.equal(outs(new Failures(), times(4, FAILED)), 0);
  assert.equal(outs(new Failures(), times(5, FAILED)), 1);
  const mixed = [...times(4, FAILED), ANSWERED, ...times(4, FAILED)];
  assert.equal(outs(new Failures(), mixed), 0);
});

Deno.test("a backend that fails most requests is out, however the answers lie between them", () => {
  const most = times(40, FAILED).map((one, i) => i % 4 === 3 ? ANSWERED : one);
  assert.ok(outs(new Failures(), most) > 0);
  const few = times(400, FAILED).map((one, i) => i % 3 > 0 ? ANSWERED : one);
  assert.equal(outs(new Failures(), few), 0);
});

Deno.test("a share of errors means nothing before there are some outcomes", () => {
  const failures = new Failures();
  const few = [...times(4, FAILED), ANSWERED, ...times(4, FAILED), ANSWERED];
  assert.equal(outs(failures, few), 0);
});

Deno.test("callers who leave say nothing", () => {
  const failures = new Failures();
  outs(failures, times(4, FAILED));
  assert.equal(outs(failures, times(50, { kind: "abandoned" })), 0);
  assert.equal(failures.inRow, 4);
});

Deno.test("a time-out counts only when nothing was answered for half of it", () => {
  const busy = new Failures();
  outs(busy, [ANSWERED], 0);
  assert.equal(outs(busy, times(50, TIMED_OUT), 5000), 0);
  assert.equal(outs(busy, times(5, TIMED_OUT), 5001), 1);
  assert.equal(outs(new Failures(), times(5, TIMED_OUT)), 1);
});

Deno.test("each ejection is twice as long as the one before, up to a limit", () => {
  const failures = new Failures();
  const lengths = times(6, FAILED).map((_, i) => {
    const now = i * 1000;
    return (failures.eject(EJECTION_DEFAULTS, now) - now) / 1000;
  });
  assert.deepEqual(lengths, [5, 10, 20, 40, 60, 60]);
  for (let i = 0; i < 2000; i++) failures.eject(EJECTION_DEFAULTS, 0);
  assert.equal(failures.until, EJECTION_DEFAULTS.maxMs);
});

Deno.test("a backend that did well for a minute starts with the shortest ejection again", () => {
  const failures = new Failures();
  for (let i = 0; i < 3; i++) failures.eject(EJECTION_DEFAULTS, 0);
  outs(failures, [ANSWERED], failures.until + 60_000);
  assert.equal(failures.eject(EJECTION_DEFAULTS, 0), 40_000);
  outs(failures, [ANSWERED], failures.until + 60_001);
  assert.equal(failures.eject(EJECTION_DEFAULTS, 0), 5000);
});

Deno.test("what happened before an ejection counts no more after it", () => {
  const failures = new Failures();
  outs(failures, times(5, FAILED));
  failures.eject(EJECTION_DEFAULTS, 0);
  assert.equal(outs(failures, times(4, FAILED)), 0);
});

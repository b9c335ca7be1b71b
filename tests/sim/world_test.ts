import assert from "node:assert/strict";
import { findingText, live, replay, search } from "./live.ts";
import { PLANTED } from "./planted_faults.ts";
import { settingsOf } from "./settings.ts";
import { shrinkList } from "./shrink_steps.ts";
import { main } from "./sim.ts";

const HOUR_MS = 3_600_000;
const SEEDS = 12;
/** A planted fault shows in one of so many worlds. */
const FAULT_SEEDS = 30;
/** A trace that a person can read; each machine needs two steps of it, and a fault a few more. */
const TRACE_STEPS_MAX = 16;

Deno.test("in worlds of both rules everything holds after every step, and the same seed makes the same trace", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { finding } = search(settingsOf(seed, 2 * HOUR_MS));
    assert.ok(finding === undefined, finding && findingText(finding));
  }
});

for (const { fault, breaks, build } of PLANTED) {
  Deno.test(`a balancer that ${fault} is found, and the trace is short`, () => {
    for (let seed = 1; seed <= FAULT_SEEDS; seed++) {
      const settings = settingsOf(seed, HOUR_MS);
      const { finding } = search(settings, build);
      if (finding === undefined) continue;
      const { violation: { invariant }, trace } = finding;
      const text = findingText(finding);
      assert.ok(breaks.includes(invariant), text);
      assert.ok(trace.length <= TRACE_STEPS_MAX, text);
      if (invariant !== "trace") {
        const again = replay(settings, trace, build).violation;
        assert.equal(again?.invariant, invariant);
      }
      assert.equal(replay(settings, trace).violation, undefined);
      return;
    }
    assert.fail(`No world of ${FAULT_SEEDS} shows it`);
  });
}

Deno.test("a finding says its seed, what did not hold, each step, and how to see it again", () => {
  const [forgetful] = PLANTED;
  assert.ok(forgetful !== undefined);
  const { finding } = search(
    settingsOf(4, HOUR_MS, "classic"),
    forgetful.build,
  );
  assert.ok(finding !== undefined);
  const text = findingText(finding);
  assert.match(text, /^Seed 4, classic: held totals equal the sum of live/);
  assert.match(text, /\n {2}[\d.]+ s end caller=\d+ says=true\n/);
  assert.match(text, /--seed 4 --days 0\.041\d* --mode classic$/);
});

Deno.test("other seeds are other worlds, and a mode that is asked for does not change the rest", () => {
  const digests = [1, 2, 3].map((seed) =>
    live(settingsOf(seed, HOUR_MS / 4)).digest
  );
  assert.equal(new Set(digests).size, 3);
  const { machines } = settingsOf(7, HOUR_MS, "classic");
  assert.deepEqual(settingsOf(7, HOUR_MS, "adaptive").machines, machines);
});

Deno.test("a shrunk list still fails, and nothing of it can be left out", () => {
  const items = Array.from({ length: 500 }, (_, i) => i);
  const fails = (some: readonly number[]) =>
    some.includes(17) && some.includes(300) && some.includes(301);
  assert.deepEqual(shrinkList(items, fails), [17, 300, 301]);
});

Deno.test("the program ends with 64 when it is called wrongly", () => {
  const { error } = console;
  console.error = () => {};
  try {
    for (const args of [["--days", "0"], ["--mode", "best"], ["--seed", "x"]]) {
      assert.equal(main(args), 64);
    }
  } finally {
    console.error = error;
  }
});

import assert from "node:assert/strict";
import { addSummaries, readSummary, summaryLine } from "./summary.ts";

const GOOD = "ok | 3520 passed (15 steps) | 0 failed | 3 ignored (7m36s)";
const BAD = "FAILED | 12 passed | 2 failed (1 step) (812ms)";

Deno.test("the summary of a run is its last one, in colours or not", () => {
  const summary = {
    ...{ passed: 3520, steps: 15, failed: 0, failedSteps: 0, ignored: 3 },
  };
  assert.deepEqual(readSummary(`${BAD}\n\n${GOOD}\n\n`), summary);
  const colours =
    "\u001b[0m\u001b[32mok\u001b[0m | 7 passed | 0 failed \u001b[0m\u001b[38;5;245m(2s)\u001b[0m\n";
  assert.equal(readSummary(colours)?.passed, 7);
  assert.equal(readSummary("ok | nothing\n"), undefined);
});

Deno.test("the sum of runs is a summary too, and failed when one of them is", () => {
  const read = (text: string) => {
    const summary = readSummary(text);
    assert.ok(summary !== undefined);
    return summary;
  };
  const line = summaryLine(addSummaries([read(GOOD), read(BAD)]), 456.4);
  assert.equal(
    line,
    "FAILED | 3532 passed (15 steps) | 2 failed (1 steps) | 3 ignored (7m36s)",
  );
  assert.deepEqual(read(line), addSummaries([read(GOOD), read(BAD)]));
  assert.equal(
    summaryLine(addSummaries([read(GOOD)]), 9),
    "ok | 3520 passed (15 steps) | 0 failed | 3 ignored (9s)",
  );
});

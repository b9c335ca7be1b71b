import assert from "node:assert/strict";
import { Progress } from "../../dist/build/progress.ts";

Deno.test("without a terminal a long step is told in quarters", () => {
  const said: string[] = [];
  const progress = new Progress((text) => said.push(text));
  progress.step("Begin");
  for (let done = 0; done <= 100; done++) progress.part("Packing", done / 100);
  assert.deepEqual(said, [
    "Begin\n",
    "Packing: 25 %\n",
    "Packing: 50 %\n",
    "Packing: 75 %\n",
    "Packing: 100 %\n",
  ]);
});

Deno.test("on a terminal a long step is a bar on one line", () => {
  const said: string[] = [];
  const progress = new Progress((text) => said.push(text), true);
  progress.part("Packing", 0.5);
  progress.part("Packing", 1);
  assert.deepEqual(said, [
    `\rPacking [${"#".repeat(15)}${"-".repeat(15)}] 50 %`,
    `\rPacking [${"#".repeat(30)}] 100 %\n`,
  ]);
});

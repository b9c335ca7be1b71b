import assert from "node:assert/strict";
import { expiryStage } from "../../src/policy/expiry_stage.ts";

const DAY_MS = 86_400_000;

Deno.test("the steps are 30, 14, 7, 3 and 1 days, and the end", () => {
  for (
    const [days, stage, daysLeft] of [
      [400, 0, 400],
      [30, 0, 30],
      [29.9, 1, 29],
      [14, 1, 14],
      [13.9, 2, 13],
      [6.9, 3, 6],
      [2.9, 4, 2],
      [1, 4, 1],
      [0.9, 5, 0],
      [0, 5, 0],
      [-0.1, 6, -1],
      [-100, 6, -100],
    ] as const
  ) {
    assert.deepEqual(
      expiryStage(1e12 + days * DAY_MS, 1e12),
      { stage, daysLeft },
      `${days} days`,
    );
  }
});

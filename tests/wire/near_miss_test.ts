import assert from "node:assert/strict";
import type { NearMiss } from "../../src/engine/decision.ts";
import { nearMissAnswer, nearMissOf } from "../../src/wire/near_miss.ts";

for (
  const [shortBy, unit, shown] of [
    [3.1, "GB", 3.1],
    [0.1 + 0.2, "GB", 0.3],
    [0.001, "GB", 0.01],
    [12.3456, "GB", 12.35],
    [2, "cores", 2],
    [1, "GPUs", 1],
    [0.25, "cores", 1],
    [149.2, "km", 150],
  ] as const
) {
  Deno.test(`a shortage of ${shortBy} ${unit} is shown as ${shown}`, () => {
    const nearest: NearMiss = {
      backendId: "a",
      lacks: "memory",
      shortBy,
      unit,
    };
    const answer = nearMissOf(nearest);
    assert.deepEqual(answer, {
      client_id: "a",
      lacks: "memory",
      short_by: shown,
      unit,
    });
    assert.deepEqual(nearMissAnswer.parse(answer), answer);
  });
}

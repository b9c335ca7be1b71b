/** The cheap ones of the abuses that `deno task attack` tries, against one stage. */
import assert from "node:assert/strict";
import { SeededRandom } from "../fakes/random.ts";
import { KINDS } from "./kinds.ts";
import { AttackStage } from "./stage.ts";
import { welchT } from "./welch.ts";

/** Elsewhere 127.0.0.1 is the only address of the loopback network. */
const OPTIONS = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "the abuses that matter most come to what they must",
  OPTIONS,
  async (test) => {
    await using stage = new AttackStage();
    for (const { kind, cases } of KINDS) {
      for (const { name, expects, isQuick = false, run } of cases) {
        if (!isQuick) continue;
        await test.step(`${kind}: ${name}: expects ${expects}`, async () => {
          await run(stage);
        });
      }
    }
  },
);

Deno.test("times are told apart by a hundredth of their spread, and equal ones are not", () => {
  const random = new SeededRandom(7);
  const times = (shift: number) =>
    Float64Array.from({ length: 200_000 }, () => random.next() + shift);
  assert.ok(Math.abs(welchT(times(0), times(0), 0.9)) < 4.5);
  assert.ok(welchT(times(0.01), times(0), 0.9) > 4.5);
  assert.ok(welchT(times(0), times(0.01), 1) < -4.5);
});

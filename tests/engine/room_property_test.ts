import assert from "node:assert/strict";
import fc from "fast-check";
import { seedOf } from "../seed.ts";
import { settings, type SomeSettings } from "./adaptive_routing.ts";
import { RoomWorld, type Step } from "./room_world.ts";

const STEPS_MAX = 120;
const RUNS = 1000;

const step: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.oneof(
    { weight: 8, arbitrary: fc.nat(3000) },
    { weight: 2, arbitrary: fc.nat(20_000) },
    { weight: 1, arbitrary: fc.nat(100_000) },
  ),
  choice: fc.noBias(fc.nat(99)),
  who: fc.noBias(fc.nat(999)),
  what: fc.noBias(fc.nat(999)),
});

const steps = fc.array(step, {
  minLength: 20,
  maxLength: STEPS_MAX,
  size: "max",
});

/** Plays the steps to the end. */
function play(changed: SomeSettings, seed: number, all: readonly Step[]) {
  const world = new RoomWorld(settings(changed), seed);
  for (const one of all) world.step(one);
  world.finish();
  return world;
}

function holds(name: string, changed: SomeSettings): void {
  let placements = 0;
  fc.assert(
    fc.property(fc.nat(), steps, (seed, all) => {
      placements += play(changed, seed, all).placements;
    }),
    { seed: seedOf(name), numRuns: RUNS },
  );
  assert.ok(placements > 10 * RUNS, `only ${placements} placements`);
}

Deno.test("no room is promised twice, whatever happens in whatever order, when promises count in full", () => {
  holds("room in full", {
    ledger: { cpuShare: 1, memoryShare: 1 },
    headroom: { fitCpuShare: 1 },
  });
});

Deno.test("by default only the documented share of a new session's cores is missing, and nothing else", () => {
  holds("room by default", {});
});

Deno.test("the same steps from the same seed leave the same trace", () => {
  fc.assert(
    fc.property(fc.nat(), steps, (seed, all) => {
      const [first, second] = [play({}, seed, all), play({}, seed, all)];
      assert.deepEqual(first.trace, second.trace);
    }),
    { seed: seedOf("room trace"), numRuns: 30 },
  );
});

/** Backends whose requests have begun to fail, in virtual time. */
import assert from "node:assert/strict";
import {
  SUSPECT_PROBES_MAX,
  SUSPECT_REST_MS,
} from "../../src/probe/suspects.ts";
import { type Fate, ON, ProbingWorld } from "./probing_world.ts";

const INTERVAL_MS = 10_000;
const REFUSED: Fate = { outcome: { ok: false }, afterMs: 1 };

/** A backend that has been probed once, and the outcomes of its probes from then on. */
function probed(unhealthyAfter = 3): ProbingWorld {
  const world = new ProbingWorld(1, { ...ON, unhealthyAfter });
  world.run(200);
  assert.equal(world.told.length, 1);
  world.told.length = 0;
  return world;
}

Deno.test("a suspect that can't be reached is probed until it counts as unhealthy, within a second", () => {
  const world = probed();
  world.fateOf = () => REFUSED;
  world.probing.suspect("b0");
  world.run(1_000);
  assert.deepEqual(world.told.map(({ outcome }) => outcome.ok), [
    ...[false, false, false],
  ]);
  world.run(INTERVAL_MS);
  assert.equal(world.told.length, 4);
});

Deno.test("a suspect that answers its probe is left to the schedule", () => {
  const world = probed();
  world.probing.suspect("b0");
  world.run(1_000);
  assert.equal(world.told.length, 1);
});

Deno.test("a backend that dies soon after a failure that meant nothing is probed when the rest is over", () => {
  const world = probed();
  world.probing.suspect("b0");
  world.run(300);
  assert.deepEqual(world.told.map(({ outcome }) => outcome.ok), [true]);
  world.fateOf = () => REFUSED;
  for (let times = 0; times < 5; times++) world.probing.suspect("b0");
  world.run(SUSPECT_REST_MS - 350);
  assert.equal(world.told.length, 1);
  world.run(500);
  assert.deepEqual(world.told.map(({ outcome }) => outcome.ok), [
    ...[true, false, false, false],
  ]);
});

Deno.test("a suspicion during a probe, which may have been answered before, is not lost", () => {
  const world = probed();
  world.fateOf = () => ({
    outcome: { ok: true, latencyMs: 200 },
    afterMs: 200,
  });
  world.probing.suspect("b0");
  world.run(100);
  world.fateOf = () => REFUSED;
  world.probing.suspect("b0");
  world.run(SUSPECT_REST_MS + 400);
  assert.deepEqual(world.told.map(({ outcome }) => outcome.ok), [
    ...[true, false, false, false],
  ]);
});

Deno.test("a backend that fails every other request for an hour is probed once per rest at most", () => {
  const world = probed();
  const minutes = 60;
  for (let ms = 0; ms < minutes * 60_000; ms += 100) {
    world.probing.suspect("b0");
    world.run(100);
  }
  const rounds = minutes * 60_000 / SUSPECT_REST_MS;
  assert.ok(world.told.length <= rounds + 1, `${world.told.length}`);
});

Deno.test("a threshold that is out of reach is left to the schedule after some probes", () => {
  const world = probed(1_000);
  world.fateOf = () => REFUSED;
  world.probing.suspect("b0");
  world.run(5_000);
  assert.equal(world.told.length, SUSPECT_PROBES_MAX);
});

Deno.test("nobody is suspected where nobody is probed, and a stranger never", () => {
  const world = probed();
  world.probing.suspect("nobody");
  world.probing.configure({ kind: "off" });
  world.probing.suspect("b0");
  world.run(1_000);
  assert.deepEqual(world.told, []);
});

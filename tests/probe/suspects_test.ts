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

Deno.test("a backend that fails every other request is not probed all the time", () => {
  const world = probed();
  for (let ms = 0; ms < 2 * SUSPECT_REST_MS; ms += 50) {
    world.probing.suspect("b0");
    world.run(50);
  }
  assert.ok(world.told.length <= 3, `${world.told.length}`);
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

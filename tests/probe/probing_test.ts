/** Probing a fleet, in virtual time. */
import assert from "node:assert/strict";
import {
  PROBE_TICK_MS,
  PROBES_IN_FLIGHT_MAX,
} from "../../src/probe/probing.ts";
import { type Fate, ON, ProbingWorld, WELL } from "./probing_world.ts";

const INTERVAL_MS = 10_000;
const MANY = 5_000;
/** A backend that swallows everything until the time-out. */
const HANGS: Fate = { outcome: { ok: false }, afterMs: 2_000 };

Deno.test("5,000 backends are probed once an interval each, without a burst", () => {
  const world = new ProbingWorld(MANY);
  world.run(6 * INTERVAL_MS);
  assert.equal(world.times().size, MANY);
  const gaps = world.gaps();
  assert.ok(gaps.length > 4 * MANY);
  assert.ok(Math.min(...gaps) >= 0.9 * INTERVAL_MS);
  assert.ok(Math.max(...gaps) <= 1.1 * INTERVAL_MS + 2 * PROBE_TICK_MS);
  const mean = MANY * 100 / INTERVAL_MS;
  const most = world.startedMost(100);
  assert.ok(most <= 3 * mean, `${most} in 100 ms, ${mean} on average`);
  assert.ok(world.inFlightMost <= 3 * mean);
  assert.equal(
    world.told.length,
    world.started.length - world.probing.inFlight,
  );
  assert.deepEqual(world.logger.lines, []);
});

Deno.test("5,000 backends that hang are probed as often as those that answer", () => {
  const world = new ProbingWorld(MANY);
  world.fateOf = () => HANGS;
  world.run(6 * INTERVAL_MS);
  assert.equal(world.times().size, MANY);
  assert.ok(world.inFlightMost <= PROBES_IN_FLIGHT_MAX);
  assert.ok(Math.max(...world.gaps()) <= 1.25 * INTERVAL_MS);
  assert.ok(world.startedMost(100) <= 3 * MANY * 100 / INTERVAL_MS);
});

Deno.test("with too little room for those that hang, each has its turn, later", () => {
  const concurrencyMax = 256;
  const world = new ProbingWorld(MANY, { ...ON, concurrencyMax });
  world.fateOf = () => HANGS;
  world.run(20 * INTERVAL_MS);
  assert.equal(world.inFlightMost, concurrencyMax);
  assert.equal(world.times().size, MANY);
  const roundMs = MANY / concurrencyMax * HANGS.afterMs;
  const gaps = world.gaps();
  assert.ok(Math.min(...gaps) >= 0.7 * roundMs, `${Math.min(...gaps)}`);
  assert.ok(Math.max(...gaps) <= 1.3 * roundMs, `${Math.max(...gaps)}`);
  assert.deepEqual(world.logger.messages("warn"), [
    "Probes are late: too many hang at once, or this process stood still",
  ]);
  world.fateOf = () => WELL;
  world.run(6 * INTERVAL_MS);
  assert.deepEqual(world.logger.messages("info"), [
    "Probes are on time again",
  ]);
});

Deno.test("a few that hang don't hold up the others", () => {
  const world = new ProbingWorld(1_000, { ...ON, concurrencyMax: 256 });
  world.fateOf = (endpoint) => /7\./.test(endpoint) ? HANGS : WELL;
  world.run(6 * INTERVAL_MS);
  assert.ok(Math.max(...world.gaps()) <= 1.1 * INTERVAL_MS + 2 * PROBE_TICK_MS);
});

Deno.test("after a standstill the probes come back without a burst", () => {
  const world = new ProbingWorld(MANY);
  world.run(2 * INTERVAL_MS);
  world.clock.advance(30 * INTERVAL_MS);
  world.started.length = 0;
  world.run(2 * INTERVAL_MS);
  assert.equal(world.times().size, MANY);
  assert.ok(world.startedMost(100) <= 3 * MANY * 100 / INTERVAL_MS);
});

Deno.test("a backend that comes alone is probed within a second", () => {
  const world = new ProbingWorld(3);
  world.run(5_000);
  world.register("late");
  world.run(1_100);
  assert.equal(world.times().get("http://late.example")?.length, 1);
});

Deno.test("who has left is probed no more, its last outcome is dropped, and it may come back", () => {
  const world = new ProbingWorld(1);
  world.fateOf = () => HANGS;
  world.run(1_000);
  assert.equal(world.started.length, 1);
  world.targets.clear();
  world.run(3 * INTERVAL_MS);
  assert.equal(world.started.length, 1);
  assert.deepEqual(world.told, []);
  assert.equal(world.probing.inFlight, 0);
  world.register("b0");
  world.run(1_100);
  assert.equal(world.started.length, 2);
});

Deno.test("the outcome of a probe is dropped when the endpoint changed meanwhile, and the new one is probed at once", () => {
  const world = new ProbingWorld(1);
  world.fateOf = (endpoint) => endpoint === "http://new.example" ? WELL : HANGS;
  world.run(1_000);
  world.register("b0", "http://new.example");
  world.run(1_100);
  assert.deepEqual(world.started.map(({ endpoint }) => endpoint), [
    "http://b0.example",
    "http://new.example",
  ]);
  world.run(2_000);
  assert.deepEqual(world.told.map(({ outcome }) => outcome), [WELL.outcome]);
});

Deno.test("a new interval counts at once, without a burst", () => {
  const world = new ProbingWorld(1_000);
  world.run(3 * INTERVAL_MS);
  world.started.length = 0;
  world.probing.configure({ ...ON, intervalMs: 2_000 });
  world.run(2_100);
  assert.equal(world.times().size, 1_000);
  assert.ok(world.startedMost(100) <= 3 * 1_000 * 100 / 2_000);
});

Deno.test("switched off, nobody is probed and the fleet is told once; switched on, all are probed again", () => {
  const world = new ProbingWorld(10);
  world.fateOf = () => HANGS;
  world.run(1_000);
  world.probing.configure({ kind: "off" });
  world.probing.configure({ kind: "off" });
  world.run(3 * INTERVAL_MS);
  assert.equal(world.started.length, 10);
  assert.deepEqual(world.told, []);
  assert.deepEqual(world.forgotten, [2_000]);
  world.probing.configure(ON);
  world.run(3_000);
  assert.equal(world.started.length, 20);
  assert.equal(world.told.length, 10);
});

Deno.test("who begins switched off tells the fleet nothing", () => {
  const world = new ProbingWorld(10, { kind: "off" });
  world.run(INTERVAL_MS);
  assert.deepEqual([world.started, world.forgotten], [[], []]);
});

Deno.test("after disposal nothing is started and nothing told", () => {
  const world = new ProbingWorld(10);
  world.fateOf = () => HANGS;
  world.run(1_000);
  world.probing[Symbol.dispose]();
  world.run(3 * INTERVAL_MS);
  assert.equal(world.started.length, 10);
  assert.deepEqual([world.told, world.forgotten], [[], []]);
});

Deno.test("a fleet that can't take an outcome is probed again, and the log says so", () => {
  const world = new ProbingWorld(1);
  world.refuses = true;
  world.run(3 * INTERVAL_MS);
  assert.ok(world.started.length >= 3);
  assert.ok(
    world.logger.messages("error").every((message) =>
      message === "The outcome of a probe could not be taken"
    ),
  );
  assert.ok(world.logger.messages("error").length >= 2);
});

Deno.test("a backend that registers again is probed as the one it says it is now", () => {
  const world = new ProbingWorld(1);
  world.run(INTERVAL_MS);
  assert.equal(world.probedFrom, "");
  world.register("b0", undefined, "192.0.2.1");
  world.run(2 * INTERVAL_MS);
  assert.equal(world.probedFrom, "192.0.2.1");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { Rounds } from "../../src/policy/rounds.ts";
import { SeededRandom } from "../fakes/random.ts";

const INTERVAL_MS = 10_000;
const STEP_MS = 50;

Deno.test("who comes alone is visited at once", () => {
  const rounds = new Rounds(INTERVAL_MS);
  rounds.add(["a"], 1_000, () => 0.999);
  assert.deepEqual(rounds.due(1_002, 9, () => 0), ["a"]);
});

Deno.test("those who come together are spread over 2 ms each, and over an interval at most", () => {
  for (
    const [count, spreadMs] of [[100, 200], [20_000, INTERVAL_MS]] as const
  ) {
    const rounds = new Rounds(INTERVAL_MS);
    rounds.add(idsOf(count), 0, chanceOf(1));
    const half = rounds.due(spreadMs / 2, count, () => 0).length;
    assert.ok(half > count * 0.3 && half < count * 0.7, `${half} of ${count}`);
    assert.equal(rounds.due(spreadMs, count, () => 0).length, count - half);
  }
});

Deno.test("a gap is the interval give or take a tenth, from the start of a visit", () => {
  for (const [random, gapMs] of [[0, 9_000], [0.5, 10_000]] as const) {
    const rounds = new Rounds(INTERVAL_MS);
    rounds.add(["a"], 0, () => 0);
    assert.deepEqual(rounds.due(7, 9, () => random), ["a"]);
    rounds.done("a");
    assert.deepEqual(rounds.due(7 + gapMs - 1, 9, () => 0), []);
    assert.deepEqual(rounds.due(7 + gapMs, 9, () => 0), ["a"]);
  }
});

Deno.test("nobody is visited again before the visit is over", () => {
  const rounds = new Rounds(INTERVAL_MS);
  rounds.add(["a"], 0, () => 0);
  rounds.due(0, 9, () => 0);
  assert.deepEqual(rounds.due(50_000, 9, () => 0), []);
  assert.equal(rounds.overdueMs(50_000), 0);
  rounds.done("a");
  rounds.done("a");
  assert.equal(rounds.overdueMs(50_000), 41_000);
  assert.deepEqual(rounds.due(50_000, 9, () => 0), ["a"]);
  assert.deepEqual(rounds.due(90_000, 9, () => 0), []);
});

Deno.test("the most overdue are visited first, and no more than asked for", () => {
  const rounds = new Rounds(INTERVAL_MS);
  for (const [at, id] of ["c", "a", "b"].entries()) {
    rounds.add([id], at * 100, () => 0);
  }
  assert.deepEqual(rounds.due(1_000, 2, () => 0), ["c", "a"]);
  assert.deepEqual(rounds.due(1_000, -1, () => 0), []);
  assert.deepEqual(rounds.due(1_000, 2, () => 0), ["b"]);
});

Deno.test("who is removed is visited no more, and may come again", () => {
  const rounds = new Rounds(INTERVAL_MS);
  rounds.add(["a", "b"], 0, () => 0);
  rounds.remove("a");
  assert.deepEqual(rounds.due(9, 9, () => 0), ["b"]);
  rounds.remove("b");
  rounds.done("b");
  assert.deepEqual(rounds.due(90_000, 9, () => 0), []);
  rounds.add(["b"], 90_000, () => 0);
  assert.equal(rounds.size, 1);
  assert.deepEqual(rounds.due(90_000, 9, () => 0), ["b"]);
});

Deno.test("who is visited already keeps its place when it is added again", () => {
  const rounds = new Rounds(INTERVAL_MS);
  rounds.add(["a"], 0, () => 0);
  rounds.due(0, 9, () => 0);
  rounds.done("a");
  rounds.add(["a"], 100, () => 0);
  assert.deepEqual(rounds.due(8_999, 9, () => 0), []);
});

Deno.test("another interval counts for everybody at once, without a burst and without starving", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 600 }),
      (seed, beforeSeconds, afterSeconds) => {
        fc.pre(beforeSeconds !== afterSeconds);
        const count = 1_000;
        const chance = chanceOf(seed);
        const rounds = new Rounds(beforeSeconds * 1_000);
        rounds.add(idsOf(count), 0, chance);
        // Long enough for the first visits to have lost the order in which they came.
        const changedAt = beforeSeconds * 40_000;
        run(rounds, 0, changedAt, beforeSeconds * 20, chance);
        const afterMs = afterSeconds * 1_000;
        rounds.setInterval(afterMs, changedAt);
        const stepMs = afterMs / 20;
        const visits = run(
          rounds,
          changedAt,
          changedAt + afterMs,
          stepMs,
          chance,
        );
        assert.equal(new Set(visits.flat()).size, count, "all within it");
        const most = Math.max(...visits.map(({ length }) => length));
        assert.ok(most <= 3 * count / 20, `${most} of ${count} in a twentieth`);
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("5,000 that came together never come together again", () => {
  const count = 5_000;
  const rounds = new Rounds(INTERVAL_MS);
  const chance = chanceOf(3);
  rounds.add(idsOf(count), 0, chance);
  const visits = run(rounds, 0, 20 * INTERVAL_MS, STEP_MS, chance);
  const mean = count * STEP_MS / INTERVAL_MS;
  const most = Math.max(...visits.map(({ length }) => length));
  assert.ok(most <= 3 * mean, `${most} at once, ${mean} on average`);
});

/** Visits whoever is due at each step; who was visited at each. */
function run(
  rounds: Rounds,
  from: number,
  until: number,
  stepMs: number,
  chance: () => number,
): string[][] {
  const visits: string[][] = [];
  for (let now = from + stepMs; now <= until; now += stepMs) {
    const ids = rounds.due(now, Infinity, chance);
    for (const id of ids) rounds.done(id);
    visits.push(ids);
  }
  return visits;
}

function idsOf(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `backend-${at}`);
}

function chanceOf(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.next();
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { Window } from "../../src/policy/window.ts";
import { seedOf } from "../seed.ts";

Deno.test("an empty window has no mean", () => {
  const window = new Window(3);
  assert.equal(window.mean().mean, undefined);
  assert.equal(window.mean().filled, 0);
  assert.equal(window.length, 3);
});

Deno.test("a full window forgets its oldest sample", () => {
  const window = new Window(3);
  for (const sample of [100, 1, 2, 6]) window.push(sample);
  assert.equal(window.mean().mean, 3);
  assert.equal(window.mean(2).mean, 4);
  assert.equal(window.mean(1).mean, 6);
  assert.equal(window.mean().filled, 3);
});

Deno.test("an absent reading takes a place and does not count", () => {
  const window = new Window(3);
  window.push(4);
  window.push(undefined);
  window.push(NaN);
  assert.equal(window.mean().mean, 4);
  assert.equal(window.mean(2).mean, undefined);
  assert.equal(window.mean().filled, 1);
  assert.equal(window.mean(2).filled, 0);
  window.push(undefined);
  assert.equal(window.mean().mean, undefined);
});

Deno.test("seconds that nobody sampled push old samples out, however many they are", () => {
  const window = new Window(4);
  window.push(1);
  window.push(2);
  window.skip(3);
  assert.equal(window.mean().mean, 2);
  window.skip(1e15);
  assert.equal(window.mean().filled, 0);
  window.push(7);
  assert.equal(window.mean().mean, 7);
});

Deno.test("asking for more samples than there are asks for all, and for none gives none", () => {
  const window = new Window(2);
  window.push(1);
  window.push(3);
  assert.equal(window.mean(1000).mean, 2);
  assert.equal(window.mean(0).mean, undefined);
  assert.equal(window.mean(-1).filled, 0);
});

Deno.test("a window must have a whole number of places", () => {
  for (const length of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => new Window(length), RangeError);
  }
});

Deno.test("means are exact after any number of samples: what has left leaves no trace", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.option(fc.integer({ min: 0, max: 2 ** 40 })), {
        maxLength: 100,
      }),
      fc.integer({ min: 1, max: 25 }),
      (length, samples, last) => {
        const window = new Window(length);
        window.push(1e300);
        for (let i = 0; i < length; i++) window.push(undefined);
        for (const sample of samples) window.push(sample ?? undefined);
        const kept = samples.slice(-Math.min(length, last))
          .filter((sample) => sample !== null);
        const mean = kept.length === 0
          ? undefined
          : kept.reduce((sum, sample) => sum + sample, 0) / kept.length;
        assert.equal(window.mean(last).mean, mean);
        assert.equal(window.mean(last).filled, kept.length);
      },
    ),
    { seed: seedOf("window") },
  );
});

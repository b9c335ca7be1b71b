import assert from "node:assert/strict";
import fc from "fast-check";
import {
  backoffMs,
  type BackoffPolicy,
  waitMs,
} from "../../src/policy/backoff.ts";
import { seedOf } from "../seed.ts";

const POLICY: BackoffPolicy = { firstMs: 1000, capMs: 30_000 };
/** The largest number below 1. */
const ALMOST_ONE = 1 - Number.EPSILON / 2;

Deno.test("the longest waits are 1, 2, 4, 8 and 16 seconds, then 30 for ever", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 1000, 1e9].map((attempt) =>
    Math.ceil(backoffMs(attempt, POLICY, ALMOST_ONE))
  );
  assert.deepEqual(
    waits,
    [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000],
  );
});

Deno.test("chance spreads the wait over everything from nothing to the longest", () => {
  assert.equal(backoffMs(3, POLICY, 0), 0);
  assert.equal(backoffMs(3, POLICY, 0.25), 1000);
  assert.equal(backoffMs(3, POLICY, 0.5), 2000);
});

Deno.test("an attempt number below one waits like the first", () => {
  assert.equal(backoffMs(0, POLICY, 0.5), 500);
  assert.equal(backoffMs(-7, POLICY, 0.5), 500);
});

Deno.test("no attempt waits longer than the cap, and a later one never has a lower ceiling", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: ALMOST_ONE, noNaN: true }),
      (attempt, firstMs, capMs, random) => {
        const policy = { firstMs, capMs };
        const waitMs = backoffMs(attempt, policy, random);
        assert.ok(waitMs >= 0 && waitMs <= capMs);
        assert.ok(waitMs <= backoffMs(attempt + 1, policy, random));
      },
    ),
    { seed: seedOf("backoff") },
  );
});

Deno.test("a wait from a range lies anywhere between its ends", () => {
  const range = { minMs: 2000, maxMs: 16_000 };
  assert.equal(waitMs(range, 0), 2000);
  assert.equal(waitMs(range, 0.5), 9000);
  assert.ok(waitMs(range, ALMOST_ONE) <= 16_000);
});

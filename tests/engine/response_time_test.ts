import assert from "node:assert/strict";
import { ResponseTime } from "../../src/engine/response_time.ts";

const ALPHA = 0.03;
const TAU_MS = 10_000;

function near(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) < 1e-6 * wanted, `${found} ${wanted}`);
}

Deno.test("the first answer is believed, and later ones move the mean of logarithms a little", () => {
  const response = new ResponseTime();
  response.take(100, ALPHA, TAU_MS, 0);
  near(response.meanMs, 100);
  response.take(1000, ALPHA, TAU_MS, 1);
  near(response.meanMs, 100 * 10 ** ALPHA);
});

Deno.test("a backend nothing is known of is expected to be as fast as the median", () => {
  const response = new ResponseTime();
  assert.equal(response.expectedMs(40, TAU_MS, 0), 40);
  response.take(500, ALPHA, TAU_MS, 0);
  near(response.expectedMs(40, TAU_MS, 0), 500);
  response.forget();
  assert.equal(response.expectedMs(40, TAU_MS, 0), 40);
});

Deno.test("without news a backend relaxes to the median, so that a slow one is tried again", () => {
  const response = new ResponseTime();
  response.take(4000, ALPHA, TAU_MS, 0);
  near(response.expectedMs(40, TAU_MS, 0), 4000);
  near(response.expectedMs(40, TAU_MS, TAU_MS), 40 * 100 ** Math.exp(-1));
  assert.ok(response.expectedMs(40, TAU_MS, 20 * TAU_MS) < 40.01);
});

Deno.test("an answer in no time at all, and a clock that has not caught up, do no harm", () => {
  const response = new ResponseTime();
  response.take(0, ALPHA, TAU_MS, 1000);
  assert.ok(response.meanMs > 0);
  near(response.expectedMs(40, TAU_MS, 0), response.meanMs);
});

Deno.test("after a long silence one answer is believed nearly in full", () => {
  const response = new ResponseTime();
  response.take(4000, ALPHA, TAU_MS, 0);
  response.take(40, ALPHA, TAU_MS, 5 * TAU_MS);
  assert.ok(response.meanMs < 42, `${response.meanMs}`);
});

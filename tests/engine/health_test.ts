import assert from "node:assert/strict";
import {
  afterProbe,
  type Health,
  smoothedLatencyMs,
  UNPROBED,
} from "../../src/engine/health.ts";

const LIMITS = { unhealthyAfter: 3, healthyAfter: 2 };

/** The kinds gone through by probes written as + and -. */
function kinds(probes: string): string {
  let health: Health = UNPROBED;
  return [...probes].map((probe) => {
    health = afterProbe(health, probe === "+", LIMITS, 7);
    return { unknown: "?", healthy: "h", unhealthy: "u" }[health.kind];
  }).join("");
}

Deno.test("only probes in a row change a backend's health", () => {
  assert.equal(kinds("++"), "?h");
  assert.equal(kinds("---"), "??u");
  assert.equal(kinds("+-+-+-"), "??????");
  assert.equal(kinds("--+--+--"), "????????");
  assert.equal(kinds("++--+---"), "?hhhhhhu");
  assert.equal(kinds("---+-++"), "??uuuuh");
});

Deno.test("an unhealthy backend remembers since when", () => {
  const health = [1, 2, 3].reduce<Health>(
    (state, at) => afterProbe(state, false, LIMITS, at),
    UNPROBED,
  );
  assert.deepEqual(health, { kind: "unhealthy", passes: 0, since: 3 });
});

Deno.test("latency starts with the first probe and then moves by three tenths", () => {
  assert.equal(smoothedLatencyMs(undefined, 20), 20);
  assert.equal(smoothedLatencyMs(20, 30), 23);
});

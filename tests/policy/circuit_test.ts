import assert from "node:assert/strict";
import fc from "fast-check";
import {
  askCircuit,
  type Circuit,
  circuitAfterFailure,
  circuitAfterSuccess,
  type CircuitPolicy,
  CLOSED_CIRCUIT,
} from "../../src/policy/circuit.ts";
import { seedOf } from "../seed.ts";

const POLICY: CircuitPolicy = {
  failuresMax: 5,
  open: { minMs: 20_000, maxMs: 40_000 },
};
/** Half-way between the two. */
const RANDOM = 0.5;

function failing(times: number, now: number): Circuit {
  let circuit = CLOSED_CIRCUIT;
  for (let i = 0; i < times; i++) {
    circuit = circuitAfterFailure(circuit, now, POLICY, RANDOM);
  }
  return circuit;
}

Deno.test("four failures in a row leave the circuit closed and the fifth opens it", () => {
  assert.deepEqual(failing(4, 100), { kind: "closed", failures: 4 });
  assert.deepEqual(failing(5, 100), { kind: "open", until: 30_100 });
});

Deno.test("a success in between starts the count anew", () => {
  const circuit = circuitAfterSuccess(failing(4, 0));
  assert.deepEqual(circuit, CLOSED_CIRCUIT);
  assert.equal(circuitAfterFailure(circuit, 0, POLICY, RANDOM).kind, "closed");
});

Deno.test("an open circuit admits nothing until its time is over, then one attempt", () => {
  const open = failing(5, 0);
  assert.deepEqual(askCircuit(open, 29_999.9), {
    admitted: false,
    circuit: open,
  });
  const { admitted, circuit } = askCircuit(open, 30_000);
  assert.ok(admitted);
  assert.equal(circuit.kind, "half_open");
  assert.deepEqual(askCircuit(circuit, 99_999), { admitted: false, circuit });
});

Deno.test("the one attempt closes the circuit or opens it for as long again", () => {
  const halfOpen: Circuit = { kind: "half_open" };
  assert.deepEqual(circuitAfterSuccess(halfOpen), CLOSED_CIRCUIT);
  assert.deepEqual(circuitAfterFailure(halfOpen, 50_000, POLICY, RANDOM), {
    kind: "open",
    until: 80_000,
  });
});

Deno.test("attempts from before it opened change nothing about an open circuit", () => {
  const open = failing(5, 0);
  assert.equal(circuitAfterSuccess(open), open);
  assert.equal(circuitAfterFailure(open, 20_000, POLICY, RANDOM), open);
});

Deno.test("whatever happens, more than five attempts never fail within thirty seconds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.boolean()), {
        maxLength: 200,
      }),
      (steps) => {
        let circuit = CLOSED_CIRCUIT;
        let now = 0;
        let inARow: number[] = [];
        for (const [waitMs, succeeds] of steps) {
          now += waitMs;
          const asked = askCircuit(circuit, now);
          circuit = asked.circuit;
          if (!asked.admitted) continue;
          if (succeeds) {
            inARow = [];
            circuit = circuitAfterSuccess(circuit);
          } else {
            inARow.push(now);
            circuit = circuitAfterFailure(circuit, now, POLICY, RANDOM);
          }
          const sixth = inARow.at(-6);
          if (sixth !== undefined) assert.ok(now - sixth >= 30_000);
        }
      },
    ),
    { seed: seedOf("circuit") },
  );
});

Deno.test("chance decides how long a circuit is open, between the two ends", () => {
  const until = [0, 0.25, 0.75].map((random) =>
    circuitAfterFailure({ kind: "half_open" }, 1000, POLICY, random)
  );
  assert.deepEqual(until, [
    { kind: "open", until: 21_000 },
    { kind: "open", until: 26_000 },
    { kind: "open", until: 36_000 },
  ]);
});

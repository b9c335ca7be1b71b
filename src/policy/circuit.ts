/**
 * A circuit breaker: after some failures in a row nothing is tried for a while, then one attempt decides. How long is a
 * matter of chance, so that a fleet whose circuits open together does not try again together.
 * The state is a value; every function returns the next one, and who asked compares the kinds to log a transition.
 * Instants are monotonic milliseconds.
 */
import { waitMs, type WaitRange } from "./backoff.ts";

/** Closed: everything may pass. Open: nothing, until an instant. Half open: one attempt is out and decides. */
export type Circuit =
  | { readonly kind: "closed"; readonly failures: number }
  | { readonly kind: "open"; readonly until: number }
  | { readonly kind: "half_open" };

/** When a circuit opens and for how long. */
export interface CircuitPolicy {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long it stays open. */
  readonly open: WaitRange;
}

/** Whether an attempt may be made, and the state after asking. */
export interface Admission {
  /** Whether the caller may try now; it must then say how it went. */
  readonly admitted: boolean;
  /** The state from now on. */
  readonly circuit: Circuit;
}

/** The state to start with. */
export const CLOSED_CIRCUIT: Circuit = { kind: "closed", failures: 0 };

/** Asks for an attempt. An open circuit whose time is over becomes half open and admits this one attempt. */
export function askCircuit(circuit: Circuit, now: number): Admission {
  switch (circuit.kind) {
    case "closed":
      return { admitted: true, circuit };
    case "open":
      return now < circuit.until
        ? { admitted: false, circuit }
        : { admitted: true, circuit: { kind: "half_open" } };
    case "half_open":
      return { admitted: false, circuit };
  }
}

/** The state after an attempt that succeeded. */
export function circuitAfterSuccess(circuit: Circuit): Circuit {
  switch (circuit.kind) {
    case "closed":
    case "half_open":
      return CLOSED_CIRCUIT;
    case "open":
      // An attempt from before it opened: the failures since then are the fresher news.
      return circuit;
  }
}

/** The state after an attempt that failed; `random` is from 0 (included) to 1 (excluded). */
export function circuitAfterFailure(
  circuit: Circuit,
  now: number,
  policy: CircuitPolicy,
  random: number,
): Circuit {
  switch (circuit.kind) {
    case "closed": {
      const failures = circuit.failures + 1;
      return failures < policy.failuresMax
        ? { kind: "closed", failures }
        : { kind: "open", until: now + waitMs(policy.open, random) };
    }
    case "half_open":
      return { kind: "open", until: now + waitMs(policy.open, random) };
    case "open":
      return circuit;
  }
}

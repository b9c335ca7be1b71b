/** What must hold in a world, by name, and the error that says that it did not. */

/** Every invariant. */
export const INVARIANTS = {
  held: "held totals equal the sum of live leases",
  live: "live leases are those that were promised, and ended ones stay ended",
  numbers: "no lease number is given twice",
  shortfall: "a placed backend had no shortfall at that instant",
  stale: "nothing is placed on a stale report",
  session: "a session has one live lease of each tier",
  key: "an idempotency key stands for one live lease",
  sticky:
    "no session is tied to a backend that is gone, ejected, drained or believed to be unhealthy",
  drained: "a backend is drained when nothing is left on it, or in time",
  panic: "it is panic when more than half of those that report are out",
  zero: "after the last expiry every held total is 0",
  tally: "a refusal's tally sums to the fleet",
  retry: "the time after which to ask again is within its bounds",
  answered: "a waiting ask is answered once",
  longest: "nobody waits longer than the maximum",
  ended: "nothing is in flight and nobody waits at the end",
  inFlight: "requests in flight are those that were sent",
  share: "ejected backends are never more than their share",
  last: "the last backend is never ejected",
  ejection: "backends are ejected as long as was said",
  cards: "no card is given twice before reports show the first lease",
  durable: "an acknowledged lease outlives the server",
  trace: "the same seed makes the same trace",
  calm: "the balancer does not throw",
} as const;

/** Name of an invariant. */
export type InvariantName = keyof typeof INVARIANTS;

/** An invariant that does not hold. */
export class Violation extends Error {
  /** Which. */
  readonly invariant: InvariantName;

  /** What was found instead. */
  constructor(invariant: InvariantName, found: string, cause?: unknown) {
    super(`${INVARIANTS[invariant]}: ${found}`, { cause });
    this.name = "Violation";
    this.invariant = invariant;
  }
}

/** Throws unless it holds. */
export function hold(
  invariant: InvariantName,
  holds: boolean,
  found: () => string,
): asserts holds {
  if (!holds) throw new Violation(invariant, found());
}

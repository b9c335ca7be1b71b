/** How a session goes on after it has asked: confirmed or not, renewed or forgotten, ended with a word or without. */
import type { Chance } from "../fuzz/chance.ts";
import type { Event } from "./steps.ts";

/** Longest session, milliseconds. */
const LENGTH_MS_MAX = 2_400_000;

/** Something that a session does so long after it has asked, milliseconds. */
export interface Planned {
  readonly afterMs: number;
  readonly event: Event;
}

/** What one session will do. */
export function sessionPlan(
  chance: Chance,
  caller: number,
  holdMs: number,
): Planned[] {
  const lengthMs = 1000 + chance.below(LENGTH_MS_MAX);
  const plan: Planned[] = [];
  const isConfirmed = chance.below(4) > 0;
  // Some renew too late, some hardly ever.
  const everyMs = Math.round(holdMs * chance.oneOf([0.4, 0.7, 0.7, 1.1]));
  if (isConfirmed) {
    const liveMs = chance.oneOf([holdMs, holdMs, 10 * holdMs]);
    const event = { kind: "renew" as const, caller, isConfirmed, liveMs };
    plan.push({ afterMs: chance.below(10_000), event });
  }
  if (isConfirmed || chance.below(2) === 0) {
    const event = {
      kind: "renew" as const,
      caller,
      isConfirmed: false,
      liveMs: holdMs,
    };
    for (let at = everyMs; at < lengthMs; at += everyMs) {
      plan.push({ afterMs: at, event });
    }
  }
  const says = chance.below(3) > 0;
  plan.push({ afterMs: lengthMs, event: { kind: "end", caller, says } });
  return plan;
}

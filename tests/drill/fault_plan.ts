/** Which faults come when: an order, times, lengths and targets from one seed. Pure; the same seed plans the same. */
import type { Chance } from "../fuzz/chance.ts";

/** What can go wrong, with the range of how long it lasts, milliseconds. */
export const FAULTS = {
  backend_killed: { onMember: true, lengthMs: [6_000, 8_000] },
  backend_frozen: { onMember: true, lengthMs: [6_000, 8_000] },
  backend_slow: { onMember: true, lengthMs: [4_000, 7_000] },
  backend_answers_500: { onMember: true, lengthMs: [5_000, 8_000] },
  backend_cuts_bodies: { onMember: true, lengthMs: [5_000, 8_000] },
  client_killed: { onMember: true, lengthMs: [2_000, 4_000] },
  server_killed: { onMember: false, lengthMs: [1_000, 1_000] },
  server_stopped: { onMember: false, lengthMs: [1_000, 1_000] },
  disk_full: { onMember: false, lengthMs: [3_000, 6_000] },
  clock_step: { onMember: false, lengthMs: [4_000, 6_000] },
  database_locked: { onMember: false, lengthMs: [2_000, 5_000] },
  bad_config: { onMember: false, lengthMs: [1_000, 2_000] },
  certificate_swapped: { onMember: false, lengthMs: [2_000, 3_000] },
} as const satisfies Readonly<Record<string, FaultShape>>;

/** Name of a fault. */
export type FaultKind = keyof typeof FAULTS;

/** All names. */
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

interface FaultShape {
  /** Whether it befalls one backend or its client. */
  readonly onMember: boolean;
  readonly lengthMs: readonly [min: number, max: number];
}

/** One fault to come. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** When it begins, milliseconds after the traffic; later when the one before took longer. */
  readonly atMs: number;
  readonly lengthMs: number;
  /** Which member it befalls, from 0; nothing to faults that befall none. */
  readonly member: number;
}

/** Traffic before the first fault, so that there are sessions to lose. */
const LEAD_MS = 3_000;
/** Time between two faults in which everything is to come to rest. */
const GAP_MS = [3_000, 5_000] as const;

/**
 * Rounds of all these faults, each in an order of its own. The first round is whole, however short the time; after it
 * a fault is planned only when it ends in time. Members have their turns: one that fails again and again is left out
 * for longer each time.
 */
export function planFaults(
  kinds: readonly FaultKind[],
  totalMs: number,
  members: number,
  chance: Chance,
): readonly PlannedFault[] {
  const plan: PlannedFault[] = [];
  const everyone = Array.from({ length: members }, (_, index) => index);
  let inTurn: number[] = [];
  let atMs = LEAD_MS;
  for (let round = 0; kinds.length > 0; round++) {
    for (const kind of shuffled(kinds, chance)) {
      const lengthMs = within(FAULTS[kind].lengthMs, chance);
      const gapMs = within(GAP_MS, chance);
      if (round > 0 && atMs + lengthMs + gapMs > totalMs) return plan;
      if (inTurn.length === 0) inTurn = shuffled(everyone, chance);
      const member = FAULTS[kind].onMember ? inTurn.pop() ?? 0 : 0;
      plan.push({ kind, atMs, lengthMs, member });
      atMs += lengthMs + gapMs;
    }
  }
  return plan;
}

function within(
  [min, max]: readonly [min: number, max: number],
  chance: Chance,
): number {
  return min + chance.below(max - min + 1);
}

function shuffled<Item>(items: readonly Item[], chance: Chance): Item[] {
  return items
    .map((item) => ({ item, key: chance.below(2 ** 30) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

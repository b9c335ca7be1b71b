/**
 * The answer when nothing fits: every backend counted under the first reason that removed it, the one that lacks least,
 * and when asking again could help. Kept for each tier until there is news, so that a flood of asks for room that is
 * gone costs little. Bounded by the number of tiers.
 */
import type { NearMiss, RefusalReason, Refused } from "./decision.ts";
import type { Fleet } from "./fleet.ts";
import type { Leases } from "./leases.ts";
import { isLargeEnough, retryAt } from "./retry.ts";
import type { Lack, Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** Shortest and longest time that a refusal speaks of, milliseconds. */
export const RETRY_MS_MIN = 1000;
/** Beyond this a forecast means nothing. */
export const RETRY_MS_MAX = 300_000;

/**
 * In a fleet of so many backends there is news all the time, and to count them all takes most of a millisecond. There a
 * refusal may say how things stood this long ago; that nothing fits now was seen just before.
 */
const LARGE_FLEET = 1000;
/** The time, milliseconds. */
const LARGE_FLEET_KEPT_MS = 100;

/** Puts machines that are too small behind all others; more than any shortage. */
const TOO_SMALL = 1e9;

/** A refusal and the news it rests on. */
interface Kept {
  readonly news: number;
  readonly madeAt: number;
  readonly answer: Omit<Refused, "retryAfterMs">;
  readonly retryAt: number;
}

/** Makes refusals. */
export class Refusals {
  readonly #fleet: Fleet;
  readonly #leases: Leases;
  readonly #rule: Rule;
  readonly #kept = new Map<string, Kept>();

  /** Refusals of this fleet. */
  constructor(fleet: Fleet, leases: Leases, rule: Rule) {
    this.#fleet = fleet;
    this.#leases = leases;
    this.#rule = rule;
  }

  /** Why none of the backends can take the tier. */
  refuse(tier: Tier, isRequest: boolean, now: number): Refused {
    const key = isRequest ? `request ${tier.name}` : tier.name;
    let kept = this.#kept.get(key);
    if (kept === undefined || !this.#isGood(kept, now)) {
      kept = this.#look(tier, isRequest, now);
      this.#kept.set(key, kept);
    }
    const waitMs = Math.max(RETRY_MS_MIN, kept.retryAt - now);
    return {
      ...kept.answer,
      retryAfterMs: Math.min(RETRY_MS_MAX, waitMs),
    };
  }

  #isGood({ news, madeAt, retryAt, answer }: Kept, now: number): boolean {
    const { news: newest, size } = this.#fleet;
    if (retryAt <= now || answer.fleetSize !== size) return false;
    return news === newest ||
      (size >= LARGE_FLEET && now - madeAt < LARGE_FLEET_KEPT_MS);
  }

  #look(tier: Tier, isRequest: boolean, now: number): Kept {
    const { slots, news } = this.#fleet;
    const tally = emptyTally();
    let nearest: NearMiss | undefined;
    let smallest = Infinity;
    for (const slot of slots) {
      const { obstacle } = slot;
      const lacks = obstacle === undefined
        ? this.#rule.lacks(slot, tier, isRequest)
        : [];
      const reason = obstacle ?? lacks[0]?.reason;
      if (reason !== undefined) tally[reason]++;
      // A machine that could never take it is near only when there is no other.
      const shortage = shortageOf(lacks) +
        (isLargeEnough(slot, tier) ? 0 : TOO_SMALL);
      if (lacks.length > 0 && shortage < smallest) {
        smallest = shortage;
        nearest = missOf(slot, lacks, tier);
      }
    }
    const answer = {
      kind: "refused" as const,
      tally,
      fleetSize: slots.length,
      nearest,
    };
    const at = retryAt(slots, this.#leases, this.#rule, tier, now);
    return { news, madeAt: now, answer, retryAt: at };
  }
}

/** Shortages in shares of the needs; a second dimension weighs as much as a whole need, so fewer of them come first. */
export function shortageOf(lacks: readonly Lack[]): number {
  let sum = 0;
  for (const lack of lacks) sum += 1 + shareOf(lack);
  return sum;
}

function missOf(slot: Slot, lacks: readonly Lack[], tier: Tier): NearMiss {
  const worst = lacks.reduce((a, b) => shareOf(b) > shareOf(a) ? b : a);
  return {
    backendId: slot.registration.id,
    lacks: worst.reason,
    shortBy: worst.need - worst.have,
    unit: unitOf(worst, tier),
  };
}

function shareOf({ have, need }: Lack): number {
  return (need - have) / (need > 0 ? need : 1);
}

/** What a lack is counted in. */
export function unitOf(
  { reason }: Lack,
  { gpuMemoryGb }: Tier,
): NearMiss["unit"] {
  if (reason === "cores") return "cores";
  const isCards = reason === "gpu_count" ||
    (reason === "gpu_memory" && gpuMemoryGb === 0);
  return isCards ? "GPUs" : "GB";
}

/** Written out, because a refusal must be no dearer than a placement: building it from a list took ten times as long. */
function emptyTally(): Record<RefusalReason, number> {
  return {
    stale: 0,
    unhealthy: 0,
    ejected: 0,
    draining: 0,
    cores: 0,
    memory: 0,
    storage: 0,
    gpu_count: 0,
    gpu_memory: 0,
  };
}

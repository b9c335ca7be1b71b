/**
 * The answer when nothing fits: every backend counted under the first reason that removed it, the one that lacks least,
 * and when asking again could help. Kept for each tier until there is news, so that a flood of asks for room that is
 * gone costs little; where a tier has a limit to its distance, for each place of a caller. Bounded by {@link KEPT_MAX}.
 */
import { emptyTally, type NearMiss, type Refused } from "./decision.ts";
import type { Coordinates } from "./distance.ts";
import type { Fleet } from "./fleet.ts";
import type { Leases } from "./leases.ts";
import { hasLimit } from "./place_rule.ts";
import { isLargeEnough, retryAt } from "./retry.ts";
import type { Lack, Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";
import { shortBy, unfitOf, unitOf } from "./unfit.ts";

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

/** Refusals kept at most: tiers are far fewer, and callers in so many places at once are not met often. */
const KEPT_MAX = 1024;

/** Puts machines that are too small behind all others; more than any shortage. */
const TOO_SMALL = 1e9;
/** Puts machines that are too far away behind those, which may be exchanged for larger ones. */
const TOO_FAR = 1e12;

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
  refuse(
    tier: Tier,
    isRequest: boolean,
    place: Coordinates | undefined,
    now: number,
  ): Refused {
    // Without a limit the caller's place says nothing, and all callers share an answer.
    const caller = hasLimit(tier) ? place : undefined;
    const key = keyOf(tier, isRequest, caller);
    let kept = this.#kept.get(key);
    if (kept === undefined || !this.#isGood(kept, now)) {
      kept = this.#look(tier, isRequest, caller, now);
      this.#keep(key, kept);
    }
    return refusedOf(kept, now);
  }

  /** The same, and it is not kept: for who may not have all that others may. */
  anew(
    tier: Tier,
    isRequest: boolean,
    place: Coordinates | undefined,
    now: number,
  ): Refused {
    return refusedOf(this.#look(tier, isRequest, place, now), now);
  }

  #isGood({ news, madeAt, retryAt, answer }: Kept, now: number): boolean {
    const { news: newest, size } = this.#fleet;
    if (retryAt <= now || answer.fleetSize !== size) return false;
    return news === newest ||
      (size >= LARGE_FLEET && now - madeAt < LARGE_FLEET_KEPT_MS);
  }

  /** The one made longest ago gives way. */
  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size <= KEPT_MAX) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  #look(
    tier: Tier,
    isRequest: boolean,
    caller: Coordinates | undefined,
    now: number,
  ): Kept {
    const { slots, news } = this.#fleet;
    const tally = emptyTally();
    let nearest: NearMiss | undefined;
    let smallest = Infinity;
    for (const slot of slots) {
      const km = this.#fleet.kmFrom(caller, slot);
      const unfit = unfitOf(slot, this.#rule, tier, isRequest, km);
      if (unfit === undefined) continue;
      const { reason, lacks } = unfit;
      tally[reason]++;
      // A machine that could never take it is near only when there is no other.
      const shortage = shortageOf(lacks) +
        (isLargeEnough(slot, tier) ? 0 : TOO_SMALL) +
        (reason === "place" ? TOO_FAR : 0);
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
    const isInPlace = (slot: Slot) => this.#fleet.isInPlace(slot, tier, caller);
    const at = retryAt(slots, isInPlace, this.#leases, this.#rule, tier, now);
    return { news, madeAt: now, answer, retryAt: at };
  }
}

function refusedOf({ answer, retryAt }: Kept, now: number): Refused {
  const waitMs = Math.max(RETRY_MS_MIN, retryAt - now);
  return { ...answer, retryAfterMs: Math.min(RETRY_MS_MAX, waitMs) };
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
    shortBy: shortBy(worst),
    unit: unitOf(worst, tier),
  };
}

function shareOf(lack: Lack): number {
  return shortBy(lack) / (lack.need > 0 ? lack.need : 1);
}

/** A name of a tier may have spaces, and no control characters. */
function keyOf(
  { name }: Tier,
  isRequest: boolean,
  caller: Coordinates | undefined,
): string {
  const key = isRequest ? `request\0${name}` : `session\0${name}`;
  return caller === undefined
    ? key
    : `${key}\0${caller.latitude},${caller.longitude}`;
}

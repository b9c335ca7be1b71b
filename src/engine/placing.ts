/** From an ask to a booking: the live lease that answers it already, the session's own backend, or the best one. */
import type { BalancerSettings } from "./balancer_options.ts";
import { leastBusy } from "./classic.ts";
import {
  type Ask,
  isSingle,
  type Refused,
  type Settled,
  type Stickiness,
} from "./decision.ts";
import type { Fleet } from "./fleet.ts";
import type { Lease } from "./lease.ts";
import type { LeaseBook } from "./lease_book.ts";
import { mayRunIn } from "./place_rule.ts";
import { placementOf } from "./placement.ts";
import { Refusals } from "./refusal.ts";
import type { Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Sticky } from "./sticky.ts";
import type { Tier } from "./tier.ts";

/** What placing is done with. */
export interface PlacingParts {
  /** Where to place. */
  readonly fleet: Fleet;
  /** Who fits, and at what score. */
  readonly rule: Rule;
  /** Where bookings are kept. */
  readonly book: LeaseBook;
  /** Where sessions are. */
  readonly sticky: Sticky;
  /** Settings. */
  readonly options: BalancerSettings;
}

/** Places asks. It keeps nothing but the refusals of each tier until there is news. */
export class Placing {
  readonly #fleet: Fleet;
  readonly #rule: Rule;
  readonly #book: LeaseBook;
  readonly #sticky: Sticky;
  readonly #options: BalancerSettings;
  readonly #refusals: Refusals;

  /** Places on this fleet. */
  constructor({ fleet, rule, book, sticky, options }: PlacingParts) {
    this.#fleet = fleet;
    this.#rule = rule;
    this.#book = book;
    this.#sticky = sticky;
    this.#options = options;
    this.#refusals = new Refusals(fleet, book.leases, rule);
  }

  /** Chooses and books, or says why not. */
  place(ask: Ask, tierIndex: number, now: number): Settled {
    const tier = this.tier(tierIndex);
    const { exclude, idempotencyKey } = ask;
    if (idempotencyKey !== undefined) {
      const lease = this.#book.leases.ofIdempotencyKey(idempotencyKey);
      if (lease !== undefined && lease.tier.name !== tier.name) {
        return { kind: "key_reused", tier: lease.tier.name };
      }
      if (lease !== undefined && mayRunIn(lease.slot, tier)) {
        return this.#placed(lease, ask, now, "none");
      }
    }
    if (exclude === undefined) return this.#choose(ask, tierIndex, tier, now);
    this.#fleet.exclude(exclude, true);
    const decision = this.#choose(ask, tierIndex, tier, now);
    this.#fleet.exclude(exclude, false);
    return decision;
  }

  /** Whether some backend could take the ask now; cheaper than to be refused. */
  hasRoom({ place, exclude, ...ask }: Ask, tierIndex: number): boolean {
    if (exclude !== undefined) return true;
    if (this.#fleet.best(tierIndex, place, isSingle(ask))) return true;
    return isSingle(ask) && !this.#rule.splitsRequests &&
      this.#leastBusy(this.tier(tierIndex), place) !== undefined;
  }

  /** The live lease that keeps a session of the tier where it is, also where no second one would fit. */
  leaseKeeping(stickyId: string, tier: Tier): Lease | undefined {
    const lease = this.#book.leases.ofSession(stickyId, tier.name);
    return lease?.slot.keepsSessions && mayRunIn(lease.slot, tier)
      ? lease
      : undefined;
  }

  /** Why nobody can take the ask; what it rules out itself is nobody else's answer. */
  refuse(ask: Ask, tierIndex: number, now: number): Refused {
    const isRequest = isSingle(ask) && this.#rule.splitsRequests;
    const tier = this.tier(tierIndex);
    return ask.exclude === undefined
      ? this.#refusals.refuse(tier, isRequest, ask.place, now)
      : this.#refusals.anew(tier, isRequest, ask.place, now);
  }

  /** The tier at that place of the configuration. */
  tier(tierIndex: number): Tier {
    const tier = this.#options.tiers[tierIndex];
    if (tier === undefined) throw new RangeError(`No tier ${tierIndex}`);
    return tier;
  }

  #choose(ask: Ask, tierIndex: number, tier: Tier, now: number): Settled {
    if (ask.stickyId !== undefined) {
      return this.#placeSession(ask.stickyId, ask, tierIndex, tier, now);
    }
    const isRequest = ask.isRequest === true;
    let slot = this.#fleet.best(tierIndex, ask.place, isRequest);
    if (slot === undefined && isRequest && !this.#rule.splitsRequests) {
      slot = this.#leastBusy(tier, ask.place);
    }
    return slot === undefined
      ? this.refuse(ask, tierIndex, now)
      : this.#open(slot, tier, ask, now, "none");
  }

  #placeSession(
    stickyId: string,
    ask: Ask,
    tierIndex: number,
    tier: Tier,
    now: number,
  ): Settled {
    const keeping = this.leaseKeeping(stickyId, tier);
    if (keeping !== undefined) {
      this.#book.renew(keeping, now + this.#options.holdMs);
      this.#sticky.assign(stickyId, tier.name, keeping.slot);
      return this.#placed(keeping, ask, now, "kept");
    }
    const assigned = this.#sticky.get(stickyId, tier.name);
    const stays = assigned !== undefined &&
      this.#fleet.baseOf(assigned, tierIndex, ask.place) < Infinity;
    const slot = stays ? assigned : this.#affine(stickyId, ask, tierIndex) ??
      this.#fleet.best(tierIndex, ask.place, false);
    if (slot === undefined) return this.refuse(ask, tierIndex, now);
    const lease = this.#book.leases.ofSession(stickyId, tier.name);
    if (lease !== undefined) this.#book.close(lease);
    this.#sticky.assign(stickyId, tier.name, slot);
    const stickiness = stays
      ? "kept"
      : assigned === undefined && lease === undefined
      ? "assigned"
      : "moved";
    return this.#open(slot, tier, ask, now, stickiness);
  }

  /** The backend that the session's other tiers speak for, if there is one that the tier fits on. */
  #affine(stickyId: string, ask: Ask, tierIndex: number): Slot | undefined {
    if (!this.#options.stickyAffinity) return undefined;
    return this.#sticky.bestOf(
      stickyId,
      (slot) => this.#fleet.baseOf(slot, tierIndex, ask.place),
    );
  }

  #leastBusy(tier: Tier, caller: Ask["place"]): Slot | undefined {
    return tier.gpus > 0 ? undefined : leastBusy(
      this.#fleet.slots,
      tier,
      (slot) => this.#fleet.isInPlace(slot, tier, caller),
    );
  }

  #open(
    slot: Slot,
    tier: Tier,
    ask: Ask,
    now: number,
    stickiness: Stickiness,
  ): Settled {
    const names = {
      stickyId: ask.stickyId,
      idempotencyKey: ask.idempotencyKey,
      isRequest: isSingle(ask),
    };
    this.#freeKey(ask.idempotencyKey);
    const lease = this.#book.open(slot, tier, names, now);
    return this.#placed(lease, ask, now, stickiness);
  }

  /** A key whose lease is where the tier may not run any more is given anew. */
  #freeKey(key: string | undefined): void {
    const lease = key === undefined
      ? undefined
      : this.#book.leases.ofIdempotencyKey(key);
    if (lease !== undefined) this.#book.close(lease);
  }

  /** A request is in flight from now on, and its session has begun for certain. */
  #placed(
    lease: Lease,
    ask: Ask,
    now: number,
    stickiness: Stickiness,
  ): Settled {
    if (ask.isRequest === true) {
      lease.slot.inFlight++;
      lease.slot.isTried = lease.slot.isOnTrial;
      lease.inFlight++;
      this.#book.start(lease, now);
      this.#fleet.refresh(lease.slot);
    }
    const distanceKm = this.#fleet.kmFrom(ask.place, lease.slot);
    return placementOf(lease, distanceKm, stickiness);
  }
}

/**
 * The one mutable entry point of the engine: register, report, probe, place, release, sweep. All calls are
 * synchronous, and all take the instant (`now`, monotonic milliseconds) as an argument: nothing can happen between
 * choosing a backend and booking it. Owner of the fleet, bounded by `maxBackends`.
 */
import type { Registration, Report } from "./backend.ts";
import { type BackendView, viewOf } from "./backend_view.ts";
import type { BalancerOptions } from "./balancer_options.ts";
import type { Ask, Decision, Stickiness } from "./decision.ts";
import { Fleet } from "./fleet.ts";
import type { ProbeOutcome } from "./health.ts";
import { type Lease, Leases } from "./leases.ts";
import { placementOf } from "./placement.ts";
import { refusalOf } from "./refusal.ts";
import type { Slot } from "./slot.ts";
import { Sticky } from "./sticky.ts";
import type { Tier } from "./tier.ts";

/** Which backend a session of a tier uses. */
export interface Assignment {
  /** The session's id. */
  readonly stickyId: string;
  /** Name of the tier. */
  readonly tier: string;
  /** The backend's id. */
  readonly backendId: string;
}

/** Decides where work goes and books it. */
export class Balancer {
  readonly #options: BalancerOptions;
  readonly #tierIndex: ReadonlyMap<string, number>;
  readonly #fleet: Fleet;
  readonly #leases = new Leases();
  readonly #sticky: Sticky;

  /** An empty fleet under these settings. */
  constructor(options: BalancerOptions) {
    this.#options = options;
    this.#tierIndex = new Map(
      options.tiers.map((tier, index) => [tier.name, index]),
    );
    this.#fleet = new Fleet(options.tiers, options.staleAfterMs);
    this.#sticky = new Sticky(
      options.maxSticky,
      options.onForgotten ?? (() => {}),
    );
  }

  /** Number of backends. */
  get size(): number {
    return this.#fleet.size;
  }

  /** Number of holds that are live, or were when time was last looked at. */
  get leaseCount(): number {
    return this.#leases.size;
  }

  /** Adds a backend or replaces what it said of itself; `fleet_full` when `maxBackends` are there already. */
  register(
    registration: Registration,
    now: number,
  ): "registered" | "updated" | "fleet_full" {
    const slot = this.#fleet.get(registration.id);
    if (slot !== undefined) {
      this.#fleet.update(slot, registration);
      slot.lastSeenAt = Math.max(slot.lastSeenAt, now);
      return "updated";
    }
    if (this.#fleet.size >= this.#options.maxBackends) return "fleet_full";
    this.#fleet.add(registration, now);
    return "registered";
  }

  /** Ids of the other backends that callers would be sent to the same endpoint for: one machine, counted twice. */
  sharingEndpoint(registration: Registration): string[] {
    const { id, endpoint } = registration;
    return this.#fleet.slots
      .map((slot) => slot.registration)
      .filter((other) => other.id !== id && other.endpoint === endpoint)
      .map((other) => other.id);
  }

  /** Takes a report; its room counts from now on. */
  report(
    id: string,
    report: Report,
    now: number,
  ): "accepted" | "unknown_backend" {
    const slot = this.#fleet.get(id);
    if (slot === undefined) return "unknown_backend";
    this.#fleet.report(slot, report, now);
    return "accepted";
  }

  /** Takes the outcome of a probe; sessions of a backend that turns unhealthy are free to go elsewhere. */
  probe(
    id: string,
    outcome: ProbeOutcome,
    now: number,
  ): "accepted" | "unknown_backend" {
    const slot = this.#fleet.get(id);
    if (slot === undefined) return "unknown_backend";
    const turnedUnhealthy = slot.probed(outcome, this.#options.health, now);
    if (turnedUnhealthy) this.#sticky.forgetBackends(new Set([slot]));
    this.#fleet.refresh(slot);
    return "accepted";
  }

  /** Chooses a backend and books the room, or says why not. */
  place(ask: Ask, now: number): Decision {
    const tierIndex = this.#tierIndex.get(ask.tier);
    const tier = tierIndex === undefined
      ? undefined
      : this.#options.tiers[tierIndex];
    if (tierIndex === undefined || tier === undefined) {
      return { kind: "unknown_tier", tier: ask.tier };
    }
    this.#advance(now);
    const { exclude } = ask;
    if (exclude === undefined) return this.#choose(ask, tierIndex, tier, now);
    this.#fleet.exclude(exclude, true);
    const decision = this.#choose(ask, tierIndex, tier, now);
    this.#fleet.exclude(exclude, false);
    return decision;
  }

  /** A single request is over: its room is free. Nothing happens when it was over already. */
  finish(lease: Lease, now: number): void {
    this.#advance(now);
    this.#close(lease);
  }

  /** Ends a session's hold; false when it had ended already. */
  release(leaseId: number, now: number): boolean {
    this.#advance(now);
    const lease = this.#leases.get(leaseId);
    if (lease === undefined) return false;
    this.#close(lease);
    return true;
  }

  /** Ends every hold; returns how many there were. */
  releaseAll(): number {
    const leases = this.#leases.all();
    for (const lease of leases) this.#close(lease);
    return leases.length;
  }

  /** Forgets backends not heard of for longer than that, with their holds and assignments; returns their ids. */
  removeSilent(silentForMs: number, now: number): string[] {
    const gone = new Set(
      this.#fleet.slots.filter((slot) => now - slot.lastSeenAt > silentForMs),
    );
    if (gone.size === 0) return [];
    for (const lease of this.#leases.all()) {
      if (gone.has(lease.slot)) this.#leases.close(lease);
    }
    this.#sticky.forgetBackends(gone);
    this.#fleet.remove(gone);
    return [...gone].map((slot) => slot.registration.id);
  }

  /** Gives an assignment of an earlier run back; ignored when its backend is not registered. */
  restore(assignment: Assignment): void {
    const slot = this.#fleet.get(assignment.backendId);
    if (slot !== undefined) {
      this.#sticky.assign(assignment.stickyId, assignment.tier, slot);
    }
  }

  /** Every sticky assignment, least recently used session first. */
  assignments(): Assignment[] {
    const all: Assignment[] = [];
    this.#sticky.forEach((stickyId, tier, backendId) =>
      all.push({ stickyId, tier, backendId })
    );
    return all;
  }

  /** Lets expired holds and stale reports go; `place` does so by itself. */
  sweep(now: number): void {
    this.#advance(now);
  }

  /** Every backend, first registered first. */
  backends(now: number): BackendView[] {
    this.#advance(now);
    const { tiers, staleAfterMs } = this.#options;
    return this.#fleet.slots.map((slot) =>
      viewOf(slot, tiers, staleAfterMs, now)
    );
  }

  /** Number of backends heard of within the stale limit. */
  activeCount(now: number): number {
    let active = 0;
    for (const slot of this.#fleet.slots) {
      if (now - slot.lastSeenAt <= this.#options.staleAfterMs) active++;
    }
    return active;
  }

  #choose(ask: Ask, tierIndex: number, tier: Tier, now: number): Decision {
    if (ask.stickyId !== undefined) {
      return this.#placeSession(ask.stickyId, ask, tierIndex, tier, now);
    }
    let slot = this.#fleet.best(tierIndex, ask.place);
    if (slot === undefined && ask.isRequest === true && tier.gpus === 0) {
      slot = this.#fleet.leastBusy(tier);
    }
    return slot === undefined
      ? refusalOf(this.#fleet.slots, tier)
      : this.#book(slot, tier, ask, now, "none");
  }

  #placeSession(
    stickyId: string,
    ask: Ask,
    tierIndex: number,
    tier: Tier,
    now: number,
  ): Decision {
    const key = sessionKey(stickyId, tier);
    const lease = this.#leases.ofSession(key);
    if (lease !== undefined && lease.slot.routable) {
      this.#leases.renew(lease, now + this.#options.holdMs);
      this.#sticky.assign(stickyId, tier.name, lease.slot);
      return this.#placed(lease, ask, "kept");
    }
    const assigned = this.#sticky.get(stickyId, tier.name);
    const stays = assigned !== undefined &&
      this.#fleet.fits(assigned, tierIndex);
    const slot = stays ? assigned : this.#affine(stickyId, tierIndex) ??
      this.#fleet.best(tierIndex, ask.place);
    if (slot === undefined) return refusalOf(this.#fleet.slots, tier);
    if (lease !== undefined) this.#close(lease);
    this.#sticky.assign(stickyId, tier.name, slot);
    const stickiness = stays
      ? "kept"
      : assigned === undefined && lease === undefined
      ? "assigned"
      : "moved";
    return this.#book(slot, tier, ask, now, stickiness, key);
  }

  /** The backend that the session's other tiers speak for, if there is one that the tier fits on. */
  #affine(stickyId: string, tierIndex: number): Slot | undefined {
    if (!this.#options.stickyAffinity) return undefined;
    return this.#sticky.bestOf(
      stickyId,
      (slot) => this.#fleet.baseOf(slot, tierIndex),
    );
  }

  #book(
    slot: Slot,
    tier: Tier,
    ask: Ask,
    now: number,
    stickiness: Stickiness,
    key?: string,
  ): Decision {
    const isRequest = ask.isRequest === true && key === undefined;
    const lease = this.#leases.open(
      slot,
      tier,
      key,
      isRequest ? Infinity : now + this.#options.holdMs,
      isRequest,
    );
    this.#fleet.refresh(slot);
    return this.#placed(lease, ask, stickiness);
  }

  #placed(lease: Lease, ask: Ask, stickiness: Stickiness): Decision {
    const distanceKm = this.#fleet.kmFrom(ask.place, lease.slot);
    return placementOf(lease, distanceKm, stickiness);
  }

  #close(lease: Lease): void {
    this.#leases.close(lease);
    this.#fleet.refresh(lease.slot);
  }

  #advance(now: number): void {
    while (this.#leases.nextExpiry <= now) {
      const expired = this.#leases.expireOne(now);
      if (expired !== undefined) this.#fleet.refresh(expired.slot);
    }
    this.#fleet.dropStale(now);
  }
}

function sessionKey(stickyId: string, tier: Tier): string {
  return `${stickyId}\0${tier.name}`;
}

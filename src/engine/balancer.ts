/**
 * The one mutable entry point of the engine: register, report, probe, place, finish, release, sweep. All calls are
 * synchronous, and all take the instant (`now`, monotonic milliseconds) as an argument: nothing can happen between
 * choosing a backend and booking it. Owner of the fleet, bounded by `maxBackends`.
 */
import type { Recovery, Registration, Report } from "./backend.ts";
import { type BackendView, viewOf } from "./backend_view.ts";
import type { BalancerOptions } from "./balancer_options.ts";
import { balancerParts } from "./balancer_parts.ts";
import type { Ask, Decision } from "./decision.ts";
import type { Ejecting } from "./ejecting.ts";
import type { Outcome } from "./ejection.ts";
import { explain, type Explanation } from "./explanation.ts";
import type { Fleet } from "./fleet.ts";
import type { ProbeOutcome } from "./health.ts";
import type { Lease } from "./lease.ts";
import type { LeaseBook } from "./lease_book.ts";
import type { LeaseRecord } from "./lease_record.ts";
import type { Placing } from "./placing.ts";
import type { Rule } from "./rule.ts";
import type { Assignment, Sticky } from "./sticky.ts";
import type { Tier } from "./tier.ts";
import type { OnWaited, QueueView } from "./wait_queue.ts";
import type { Waiting } from "./waiting.ts";

/** Decides where work goes and books it. */
export class Balancer {
  readonly #options: BalancerOptions;
  readonly #tierIndex: ReadonlyMap<string, number>;
  readonly #rule: Rule;
  readonly #fleet: Fleet;
  readonly #book: LeaseBook;
  readonly #sticky: Sticky;
  readonly #placing: Placing;
  readonly #waiting: Waiting | undefined;
  readonly #ejecting: Ejecting;

  /** An empty fleet under these settings. */
  constructor(options: BalancerOptions) {
    this.#options = options;
    this.#tierIndex = new Map(
      options.tiers.map((tier, index) => [tier.name, index]),
    );
    const parts = balancerParts(options);
    this.#rule = parts.rule;
    this.#fleet = parts.fleet;
    this.#book = parts.book;
    this.#sticky = parts.sticky;
    this.#placing = parts.placing;
    this.#waiting = parts.waiting;
    this.#ejecting = parts.ejecting;
  }

  /** Number of backends. */
  get size(): number {
    return this.#fleet.size;
  }

  /** Number of leases that are live, or were when time was last looked at. */
  get leaseCount(): number {
    return this.#book.size;
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
    this.#serve(now);
    return "accepted";
  }

  /** What was recovered from the backend's last report, for whoever stores it. */
  recovery(id: string): Recovery | undefined {
    return this.#fleet.get(id)?.usage.recovery;
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
    this.#serve(now);
    return "accepted";
  }

  /** Chooses a backend and books the room, or says why not. */
  place(ask: Ask, now: number): Decision {
    const index = this.#tierIndex.get(ask.tier);
    if (index === undefined) return { kind: "unknown_tier", tier: ask.tier };
    this.#advance(now);
    return this.#placing.place(ask, index, now);
  }

  /**
   * Waits for room after a refusal; `onWaited` hears once how that ended. Undefined when nobody may wait or too many do;
   * otherwise what withdraws the ask.
   */
  wait(ask: Ask, now: number, onWaited: OnWaited): (() => void) | undefined {
    const index = this.#tierIndex.get(ask.tier);
    if (index === undefined) return undefined;
    return this.#waiting?.add(ask, index, now, onWaited);
  }

  /** The waiting asks as operators see them; undefined when nobody may wait. */
  queue(now: number): QueueView | undefined {
    return this.#waiting?.view(now);
  }

  /** Why an ask would be decided as it would be now; books nothing. Undefined when there is no such tier. */
  explain(ask: Ask, now: number): Explanation | undefined {
    const tier = this.#tierOf(ask.tier);
    if (tier === undefined) return undefined;
    this.#advance(now);
    return explain(this.#fleet, this.#rule, tier, ask);
  }

  /**
   * One request has left its backend: what was booked for it alone is free, and what its end says is learned. Call once
   * for each placed ask that was a request.
   */
  finish(lease: Lease, outcome: Outcome, now: number): void {
    const { slot } = lease;
    slot.inFlight--;
    this.#book.finish(lease, now);
    if (outcome.kind === "answered" || outcome.kind === "failed") {
      const isError = outcome.kind === "failed";
      this.#rule.learn(slot, outcome.answerMs, isError, now);
    } else if (outcome.kind === "timed_out") {
      this.#rule.learn(slot, outcome.timeoutMs, true, now);
    }
    const isOut = this.#ejecting.take(slot, outcome, now);
    if (isOut) this.#sticky.forgetBackends(new Set([slot]));
    this.#fleet.refresh(slot);
    this.#serve(now);
  }

  /** The lease with this number, if it is live. */
  lease(leaseId: number, now: number): Lease | undefined {
    this.#advance(now);
    return this.#book.get(leaseId);
  }

  /** The live lease of a session and tier. */
  leaseOfSession(
    stickyId: string,
    tier: string,
    now: number,
  ): Lease | undefined {
    this.#advance(now);
    return this.#book.leases.ofSession(stickyId, tier);
  }

  /** Every live lease that is not a single request's, oldest first. */
  leases(now: number): Lease[] {
    this.#advance(now);
    return this.#book.all();
  }

  /** A session has begun, or goes on: its lease lives `liveMs` longer. Undefined when it had ended. */
  renew(
    leaseId: number,
    now: number,
    { liveMs = this.#options.holdMs, isConfirmed = false } = {},
  ): Lease | undefined {
    this.#advance(now);
    const lease = this.#book.get(leaseId);
    if (lease === undefined) return undefined;
    if (isConfirmed) this.#book.start(lease, now);
    this.#book.renew(lease, now + liveMs);
    return lease;
  }

  /** Ends a session's lease; false when it had ended already. */
  release(leaseId: number, now: number): boolean {
    this.#advance(now);
    const lease = this.#book.get(leaseId);
    if (lease === undefined) return false;
    this.#book.close(lease);
    this.#serve(now);
    return true;
  }

  /** Ends every lease; returns how many there were. */
  releaseAll(now: number): number {
    this.#advance(now);
    const count = this.#book.closeAll();
    this.#serve(now);
    return count;
  }

  /** Forgets backends not heard of for longer than that, with their leases and assignments; returns their ids. */
  removeSilent(silentForMs: number, now: number): string[] {
    const gone = new Set(
      this.#fleet.slots.filter((slot) => now - slot.lastSeenAt > silentForMs),
    );
    if (gone.size === 0) return [];
    this.#book.closeAll((lease) => gone.has(lease.slot));
    this.#sticky.forgetBackends(gone);
    this.#fleet.remove(gone);
    this.#ejecting.forget(gone);
    return [...gone].map((slot) => slot.registration.id);
  }

  /** Gives an assignment of an earlier run back; ignored when its backend is not registered. */
  restore(assignment: Assignment): void {
    const slot = this.#fleet.get(assignment.backendId);
    if (slot !== undefined) {
      this.#sticky.assign(assignment.stickyId, assignment.tier, slot);
    }
  }

  /** Gives a lease of an earlier run back; false when its backend, its tier or one of its names is gone or taken. */
  restoreLease(record: LeaseRecord, now: number): boolean {
    const tier = this.#tierOf(record.tier);
    return tier !== undefined && this.#book.restore(record, tier, now);
  }

  /** Every sticky assignment, least recently used session first. */
  assignments(): Assignment[] {
    return this.#sticky.all();
  }

  /** Lets time pass: expired leases, stale reports, ejections, asks that waited too long; `place` does so by itself. */
  sweep(now: number): void {
    this.#advance(now);
  }

  /** Every backend, first registered first. */
  backends(now: number): BackendView[] {
    this.#advance(now);
    const { tiers, staleAfterMs } = this.#options;
    return this.#fleet.slots.map((slot) =>
      viewOf(slot, this.#rule, tiers, staleAfterMs, now)
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

  #tierOf(name: string): Tier | undefined {
    return this.#options.tiers[this.#tierIndex.get(name) ?? -1];
  }

  #advance(now: number): void {
    this.#book.expire(now);
    this.#ejecting.advance(now);
    this.#fleet.advance(now);
    this.#waiting?.expire(now);
    this.#waiting?.serve(now);
  }

  /** There is news that somebody may have waited for. */
  #serve(now: number): void {
    if (this.#waiting !== undefined) this.#advance(now);
  }
}

/**
 * The one mutable entry point of the engine: register, report, probe, place, finish, release, sweep. All calls are
 * synchronous, and all take the instant (`now`, monotonic milliseconds) as an argument: nothing can happen between
 * choosing a backend and booking it. Owner of the fleet, bounded by `maxBackends`.
 */
import type { Recovery, Registration, Report } from "./backend.ts";
import { type BackendView, viewsOf } from "./backend_view.ts";
import type { BalancerOptions, BalancerSettings } from "./balancer_options.ts";
import { BalancerParts } from "./balancer_parts.ts";
import type { Ask, Decision } from "./decision.ts";
import type {
  DrainedBy,
  DrainOptions,
  DrainOutcome,
  DrainRecord,
  DrainView,
} from "./drain.ts";
import type { UndrainOutcome } from "./draining.ts";
import type { Outcome } from "./ejection.ts";
import { explain, type Explanation } from "./explanation.ts";
import { figuresOf, type FleetFigures } from "./figures.ts";
import type { ProbeOutcome } from "./health.ts";
import type { Lease } from "./lease.ts";
import type { Census } from "./fleet.ts";
import type { LeaseRecord } from "./lease_record.ts";
import type { PanicView } from "./panic.ts";
import { endSession, restoreSession, type SessionEnd } from "./sessions.ts";
import type { Awaiting } from "./slot.ts";
import type { Assignment } from "./sticky.ts";
import type { OnWaited, QueueView } from "./wait_queue.ts";

/** Decides where work goes and books it. */
export class Balancer {
  readonly #parts: BalancerParts;

  /** An empty fleet under these settings. */
  constructor(options: BalancerOptions) {
    this.#parts = new BalancerParts(options);
  }

  /** Number of backends. */
  get size(): number {
    return this.#parts.fleet.size;
  }

  /** Number of leases that are live, or were when time was last looked at. */
  get leaseCount(): number {
    return this.#parts.book.size;
  }

  /** Number of sessions' assignments to backends. */
  get sessionCount(): number {
    return this.#parts.sticky.size;
  }

  /** Adds a backend or replaces what it said of itself; `fleet_full` when `maxBackends` are there already. */
  register(
    registration: Registration,
    now: number,
  ): "registered" | "updated" | "fleet_full" {
    return this.#parts.register(registration, now);
  }

  /** Ids of the other backends that callers would be sent to the same endpoint for: one machine, counted twice. */
  sharingEndpoint(registration: Registration): string[] {
    return this.#parts.fleet.sharingEndpoint(registration);
  }

  /** Takes a report; its room counts from now on. */
  report(
    id: string,
    report: Report,
    now: number,
  ): "accepted" | "unknown_backend" {
    const slot = this.#parts.fleet.get(id);
    if (slot === undefined) return "unknown_backend";
    this.#parts.fleet.report(slot, report, now);
    this.#parts.serve(now);
    return "accepted";
  }

  /** What was recovered from the backend's last report, for whoever stores it. */
  recovery(id: string): Recovery | undefined {
    return this.#parts.fleet.get(id)?.usage.recovery;
  }

  /** Takes the outcome of a probe; sessions of a backend that turns unhealthy are free to go elsewhere, but for panic. */
  probe(
    id: string,
    outcome: ProbeOutcome,
    now: number,
  ): "accepted" | "unknown_backend" {
    const slot = this.#parts.fleet.get(id);
    if (slot === undefined) return "unknown_backend";
    this.#parts.probe(slot, outcome, now);
    this.#parts.serve(now);
    return "accepted";
  }

  /** Every backend, as far as a probe needs to know it. */
  *probeTargets(): Generator<Registration> {
    for (const { registration } of this.#parts.fleet.slots) yield registration;
  }

  /** There are no more probes: what they found out is forgotten. */
  forgetProbes(now: number): void {
    this.#parts.forgetProbes(now);
  }

  /** Chooses a backend and books the room, or says why not. */
  place(ask: Ask, now: number): Decision {
    const index = this.#parts.tierIndex.get(ask.tier);
    if (index === undefined) return { kind: "unknown_tier", tier: ask.tier };
    this.#parts.advance(now);
    return this.#parts.placing.place(ask, index, now);
  }

  /** Waits for room after a refusal; `onWaited` hears once. What withdraws the ask; undefined when nobody (more) may wait. */
  wait(ask: Ask, now: number, onWaited: OnWaited): (() => void) | undefined {
    const index = this.#parts.tierIndex.get(ask.tier);
    if (index === undefined) return undefined;
    return this.#parts.waiting?.add(ask, index, now, onWaited);
  }

  /** The waiting asks as operators see them; undefined when nobody may wait. */
  queue(now: number): QueueView | undefined {
    return this.#parts.waiting?.view(now);
  }

  /** Why an ask would be decided as it would be now; books nothing. Undefined when there is no such tier. */
  explain(ask: Ask, now: number): Explanation | undefined {
    const tier = this.#parts.tierOf(ask.tier);
    if (tier === undefined) return undefined;
    this.#parts.advance(now);
    return explain(this.#parts.fleet, this.#parts.rule, tier, ask);
  }

  /** A placed request is wholly sent and waits for its answer; has it; or waits no more, before it is finished. */
  awaiting({ slot }: Lease, change: Awaiting, now: number): void {
    this.#parts.awaiting(slot, change, now);
  }

  /** One request, placed as such, has left its backend: what was booked for it alone is free. Call once for each. */
  finish(lease: Lease, outcome: Outcome, now: number): void {
    this.#parts.finish(lease, outcome, now);
    this.#parts.serve(now);
  }

  /** The lease with this number, if it is live. */
  lease(leaseId: number, now: number): Lease | undefined {
    this.#parts.advance(now);
    return this.#parts.book.get(leaseId);
  }

  /** The live lease that keeps a session of the tier where it is. */
  leaseOfSession(
    stickyId: string,
    tier: string,
    now: number,
  ): Lease | undefined {
    this.#parts.advance(now);
    return this.#parts.leaseKeeping(stickyId, tier);
  }

  /** Every live lease that is not a single request's, oldest first. */
  leases(now: number): Lease[] {
    this.#parts.advance(now);
    return this.#parts.book.all();
  }

  /** A session has begun, or goes on: its lease lives `liveMs` longer. Undefined when it had ended, or is out of place. */
  renew(
    leaseId: number,
    now: number,
    { liveMs = this.#parts.settings.holdMs, isConfirmed = false } = {},
  ): Lease | undefined {
    this.#parts.advance(now);
    return this.#parts.prolong(leaseId, now + liveMs, isConfirmed, now);
  }

  /** Ends a session's lease; false when it had ended already. */
  release(leaseId: number, now: number): boolean {
    this.#parts.advance(now);
    const lease = this.#parts.book.get(leaseId);
    if (lease !== undefined) this.#parts.book.close(lease);
    this.#parts.serve(now);
    return lease !== undefined;
  }

  /** Forgets where a session goes, for one tier or all, and ends its leases. */
  endSession(stickyId: string, now: number, tier?: string): SessionEnd {
    this.#parts.advance(now);
    const end = endSession(this.#parts, stickyId, tier);
    this.#parts.serve(now);
    return end;
  }

  /** Ends every lease; returns how many there were. */
  releaseAll(now: number): number {
    this.#parts.advance(now);
    const count = this.#parts.book.closeAll();
    this.#parts.serve(now);
    return count;
  }

  /** Forgets backends not heard of for longer, but not that an operator drains them; returns their ids. */
  removeSilent(silentForMs: number, now: number): string[] {
    return this.#parts.removeSilent(silentForMs, now);
  }

  /** Forgets one backend, its sessions and its leases. */
  remove(id: string): void {
    this.#parts.remove(({ registration }) => registration.id === id);
  }

  /** Gives a backend nothing new; sessions with a live lease stay, until the deadline given last. Notes who asks. */
  drain(
    id: string,
    by: DrainedBy,
    now: number,
    options: DrainOptions = {},
  ): DrainOutcome {
    this.#parts.advance(now);
    return this.#parts.draining.begin(id, by, now, options);
  }

  /** Ends a drain: an operator's word counts for all who asked for it, an agent's for its own. */
  undrain(id: string, by: DrainedBy, now: number): UndrainOutcome {
    return this.#parts.undrain(id, by, now);
  }

  /** How far a drain is; undefined when there is none, or none is remembered. */
  drainOf(id: string, now: number): DrainView | undefined {
    this.#parts.advance(now);
    return this.#parts.draining.view(id);
  }

  /** Every drain, also those that are over or whose backend is gone, in the order in which they began. */
  drains(now: number): DrainRecord[] {
    this.#parts.advance(now);
    return this.#parts.draining.all();
  }

  /** Goes on with a drain of an earlier run; false when it is known, or an agent's whose backend is gone. */
  restoreDrain(record: DrainRecord, now: number): boolean {
    const isNew = this.#parts.draining.restore(record);
    this.#parts.advance(now);
    return isNew;
  }

  /** Gives an assignment of an earlier run back; ignored when its backend is not registered. */
  restore(assignment: Assignment): void {
    restoreSession(this.#parts, assignment);
  }

  /** Gives a lease of an earlier run back; false when its backend, its tier or one of its names is gone or taken. */
  restoreLease(record: LeaseRecord, now: number): boolean {
    const tier = this.#parts.tierOf(record.tier);
    return tier !== undefined && this.#parts.book.restore(record, tier, now);
  }

  /** Every sticky assignment, least recently used session first. */
  assignments(): Assignment[] {
    return this.#parts.sticky.all();
  }

  /** Lets time pass: expired leases, stale reports, ejections, asks that waited too long; `place` does so by itself. */
  sweep(now: number): void {
    this.#parts.advance(now);
  }

  /** Every backend, first registered first. */
  backends(now: number): BackendView[] {
    this.#parts.advance(now);
    return viewsOf(this.#parts, now);
  }

  /** Whether more than half of the backends that report are out; undefined when not. */
  panic(now: number): PanicView | undefined {
    this.#parts.advance(now);
    return this.#parts.panic.state;
  }

  /** Goes on under other settings with all its state. Asks that wait for a tier, or in a queue, that is gone are told at once. */
  reconfigure(settings: BalancerSettings, now: number): void {
    this.#parts.reconfigure(settings, now);
  }

  /** How many backends were heard of lately, and how many take new work. */
  census(now: number): Census {
    this.#parts.advance(now);
    return this.#parts.fleet.census(now);
  }

  /** Numbers of the fleet. */
  figures(now: number): FleetFigures {
    this.#parts.advance(now);
    return figuresOf(this.#parts, now);
  }
}

/** What a balancer is made of: owners of state that outlive its settings, and rules that are made anew for others. */
import { AdaptiveRule } from "./adaptive.ts";
import type { Registration } from "./backend.ts";
import type { BalancerOptions, BalancerSettings } from "./balancer_options.ts";
import { ClassicRule } from "./classic.ts";
import type { DrainedBy } from "./drain.ts";
import { Draining, type UndrainOutcome } from "./draining.ts";
import { Ejecting } from "./ejecting.ts";
import type { Outcome } from "./ejection.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import type { ProbeOutcome } from "./health.ts";
import type { Lease } from "./lease.ts";
import { LeaseBook } from "./lease_book.ts";
import { Panic } from "./panic.ts";
import { mayRunIn } from "./place_rule.ts";
import { Placing } from "./placing.ts";
import type { Rule } from "./rule.ts";
import type { Awaiting, Slot } from "./slot.ts";
import { Sticky } from "./sticky.ts";
import type { Tier } from "./tier.ts";
import { UsualTimes } from "./usual_times.ts";
import { Waiting } from "./waiting.ts";

/** The parts; each owns its own state. */
export class BalancerParts {
  /** The backends. */
  readonly fleet: Fleet;
  /** Which backend each session uses. */
  readonly sticky: Sticky;
  /** The leases. */
  readonly book: LeaseBook;
  /** Who is left out because requests to it failed. */
  readonly ejecting: Ejecting;
  /** Whether probes are believed. */
  readonly panic: Panic;
  /** Who is being drained. */
  readonly draining: Draining;
  readonly #chance: () => number;
  readonly #onSuspect: (backendId: string) => void;
  readonly #usual = new UsualTimes();
  #settings: BalancerSettings;
  #rule: Rule;
  #tierIndex: ReadonlyMap<string, number>;
  #placing: Placing;
  #waiting: Waiting | undefined;

  /** The parts of an empty fleet. */
  constructor(options: BalancerOptions) {
    const {
      chance,
      onForgotten = ignore,
      onLeaseEnded = ignore,
      onEvent = ignore,
      onSuspect = ignore,
    } = options;
    this.#onSuspect = onSuspect;
    this.#chance = chance;
    this.#settings = options;
    this.#tierIndex = indexOf(options);
    this.#rule = this.#newRule(options);
    this.fleet = new Fleet(this.#fleetOptions());
    this.sticky = new Sticky(options.maxSticky, onForgotten);
    this.book = new LeaseBook(this.fleet, this.#rule, options);
    this.ejecting = new Ejecting(this.fleet, options.ejection, onEvent);
    this.panic = new Panic(this.fleet, this.sticky, options.panic, onEvent);
    this.draining = new Draining({ ...this.#owners(), onEvent, onLeaseEnded });
    this.#placing = this.#newPlacing();
    this.#waiting = this.#newWaiting();
  }

  /** The settings in force. */
  get settings(): BalancerSettings {
    return this.#settings;
  }

  /** Who fits, and at what score. */
  get rule(): Rule {
    return this.#rule;
  }

  /** Where each tier stands in the settings, by name. */
  get tierIndex(): ReadonlyMap<string, number> {
    return this.#tierIndex;
  }

  /** From asks to bookings. */
  get placing(): Placing {
    return this.#placing;
  }

  /** Absent when nobody may wait. */
  get waiting(): Waiting | undefined {
    return this.#waiting;
  }

  /** Lets time pass in all of them. */
  advance(now: number): void {
    this.book.expire(now);
    this.ejecting.advance(now);
    this.fleet.advance(now);
    this.draining.advance(now);
    if (this.panic.look()) this.ejecting.trim();
    if (this.#waiting === undefined) return;
    this.#waiting.expire(now);
    this.#waiting.serve(now);
    // A session that got room elsewhere may have been the last on its backend.
    this.draining.advance(now);
  }

  /** There is news that somebody may have waited for. */
  serve(now: number): void {
    if (this.#waiting === undefined) this.draining.advance(now);
    else this.advance(now);
  }

  /** The configured tier of that name. */
  tierOf(name: string): Tier | undefined {
    return this.#settings.tiers[this.#tierIndex.get(name) ?? -1];
  }

  /** The live lease that keeps a session of the tier where it is. */
  leaseKeeping(stickyId: string, tierName: string): Lease | undefined {
    const tier = this.tierOf(tierName);
    return tier && this.#placing.leaseKeeping(stickyId, tier);
  }

  /** A session goes on, or is known to have begun; undefined when its lease has ended, or its tier may not run there now. */
  prolong(
    leaseId: number,
    expiresAt: number,
    isConfirmed: boolean,
    now: number,
  ): Lease | undefined {
    const lease = this.book.get(leaseId);
    const tier = lease && (this.tierOf(lease.tier.name) ?? lease.tier);
    return lease && tier && mayRunIn(lease.slot, tier)
      ? this.book.prolong(leaseId, expiresAt, isConfirmed, now)
      : undefined;
  }

  /** Adds a backend or replaces what it said of itself. */
  register(
    registration: Registration,
    now: number,
  ): "registered" | "updated" | "fleet_full" {
    const slot = this.fleet.get(registration.id);
    if (slot !== undefined) {
      this.fleet.update(slot, registration);
      slot.lastSeenAt = Math.max(slot.lastSeenAt, now);
      this.serve(now);
      return "updated";
    }
    if (this.fleet.size >= this.#settings.maxBackends) return "fleet_full";
    this.fleet.add(registration, now);
    this.draining.resume(registration.id);
    return "registered";
  }

  /** A probe has found something out. */
  probe(slot: Slot, outcome: ProbeOutcome, now: number): void {
    const wasFailing = slot.isProbeFailing;
    const turned = slot.probed(outcome, this.#settings.health, now);
    if (wasFailing && outcome.ok) this.ejecting.recovered(slot);
    if (turned === undefined) return this.fleet.refresh(slot);
    // Whether that is believed is counted over the reports that are fresh now.
    this.fleet.advance(now);
    this.panic.turned(slot, turned);
    this.ejecting.trim();
  }

  /** Probes are switched off: nobody is unhealthy any more, since nothing would ever find out that it is over. */
  forgetProbes(now: number): void {
    for (const slot of this.fleet.slots) {
      const wasUnhealthy = slot.health.kind === "unhealthy";
      slot.forgetProbes();
      this.fleet.refresh(slot);
      if (wasUnhealthy) this.panic.turned(slot, "healthy");
    }
    this.serve(now);
  }

  /** A request waits for its answer, has it, or waits no more. */
  awaiting(slot: Slot, change: Awaiting, now: number): void {
    slot.awaiting(change, now);
    const isTrialOver = change === "answered" && this.ejecting.answered(slot);
    if (isTrialOver) this.serve(now);
  }

  /** A request has left its backend. */
  finish(lease: Lease, outcome: Outcome, now: number): void {
    const { slot } = lease;
    slot.inFlight--;
    this.book.finish(lease, now);
    if (outcome.kind === "answered" || outcome.kind === "failed") {
      const isError = outcome.kind === "failed";
      this.#rule.learn(slot, outcome.answerMs, isError, now);
    } else if (outcome.kind === "timed_out") {
      this.#rule.learn(slot, outcome.timeoutMs, true, now);
    }
    const wasEjected = slot.isEjected;
    const isOut = this.ejecting.take(slot, outcome, now);
    if (isOut) this.sticky.forgetBackends(new Set([slot]));
    if (outcome.kind === "failed" && !wasEjected) {
      this.#onSuspect(slot.registration.id);
    }
    this.fleet.refresh(slot);
  }

  /** Backends not heard of for longer leave; returns their ids. */
  removeSilent(silentForMs: number, now: number): string[] {
    return this.remove(({ lastSeenAt }) => now - lastSeenAt > silentForMs);
  }

  /** Backends leave, with their sessions and leases; returns their ids. */
  remove(isGone: (slot: Slot) => boolean): string[] {
    const leaving = this.fleet.slots.filter(isGone);
    if (leaving.length === 0) return [];
    const gone = new Set(leaving);
    this.book.closeAll((lease) => gone.has(lease.slot));
    this.sticky.forgetBackends(gone);
    this.fleet.remove(gone);
    this.ejecting.forget(gone);
    this.draining.forget(gone);
    return leaving.map((slot) => slot.registration.id);
  }

  /** Ends a drain. */
  undrain(id: string, by: DrainedBy, now: number): UndrainOutcome {
    const outcome = this.draining.end(id, by);
    this.ejecting.trim();
    this.serve(now);
    return outcome;
  }

  /** Goes on under other settings: state stays with its owners, everything that is derived of it is made anew. */
  reconfigure(settings: BalancerSettings, now: number): void {
    this.advance(now);
    this.#settings = settings;
    this.#tierIndex = indexOf(settings);
    this.#rule = this.#newRule(settings);
    this.fleet.reconfigure(this.#fleetOptions(), now);
    this.book.reconfigure(this.#rule, settings.holdMs);
    this.sticky.reconfigure(settings.maxSticky);
    this.ejecting.reconfigure(settings.ejection);
    this.panic.reconfigure(settings.panic);
    this.#placing = this.#newPlacing();
    this.#reconfigureWaiting(now);
    this.advance(now);
  }

  /** Last of all: whoever is told how its wait ended is placed under the new settings. */
  #reconfigureWaiting(now: number): void {
    const { queue, tiers } = this.#settings;
    const waiting = this.#waiting;
    if (waiting === undefined) this.#waiting = this.#newWaiting();
    else if (queue === undefined) {
      this.#waiting = undefined;
      waiting.close(this.#placing, tiers, now);
    } else waiting.reconfigure(queue, this.#placing, this.#rule, tiers, now);
  }

  #owners() {
    return { fleet: this.fleet, book: this.book, sticky: this.sticky };
  }

  #newRule({ routing }: BalancerSettings): Rule {
    return routing.mode === "adaptive"
      ? new AdaptiveRule(routing.options, this.#usual)
      : new ClassicRule();
  }

  #fleetOptions(): FleetOptions {
    const { tiers, staleAfterMs, routing, gpuMaxTemperatureC } = this.#settings;
    const isAdaptive = routing.mode === "adaptive";
    const cards = {
      busyPct: isAdaptive ? routing.options.gpuBusyPct : Infinity,
      areExclusive: isAdaptive,
      maxTemperatureC: gpuMaxTemperatureC,
    };
    const rule = this.#rule;
    return { tiers, staleAfterMs, rule, cards, chance: this.#chance };
  }

  #newPlacing(): Placing {
    const [rule, options] = [this.#rule, this.#settings];
    return new Placing({ ...this.#owners(), rule, options });
  }

  #newWaiting(): Waiting | undefined {
    const { queue } = this.#settings;
    return queue && new Waiting(queue, this.#placing, this.fleet, this.#rule);
  }
}

function indexOf({ tiers }: BalancerSettings): ReadonlyMap<string, number> {
  return new Map(tiers.map(({ name }, index) => [name, index]));
}

function ignore(): void {}

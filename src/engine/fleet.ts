/**
 * Every backend in order of registration, with their scores for each tier and their distances from callers. News (a
 * report, a booking, a probe) is noted when it arrives, so that a decision is one pass of add and compare. Bounded by
 * `maxBackends`.
 */
import type { Place, Registration, Report } from "./backend.ts";
import type { CardRules } from "./cards.ts";
import { farOf, lowest, sumAt, within } from "./choice.ts";
import { Columns } from "./columns.ts";
import { type Coordinates, DistanceRows } from "./distance.ts";
import { hasLimit, isSamePoint, mayRunIn } from "./place_rule.ts";
import type { Rule } from "./rule.ts";
import { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** How many backends are there. */
export interface Census {
  /** Heard of within the stale limit. */
  readonly active: number;
  /** Of those, with a fresh report and nothing that keeps new work away. */
  readonly available: number;
}

/** What a fleet is told when it is built. */
export interface FleetOptions {
  /** What callers can ask for. */
  readonly tiers: readonly Tier[];
  /** Older reports count for nothing, milliseconds. */
  readonly staleAfterMs: number;
  /** Who fits, and at what score. */
  readonly rule: Rule;
  /** How GPUs are shared. */
  readonly cards: CardRules;
  /** A number from 0 (included) to 1 (excluded). */
  readonly chance: () => number;
}

/** The fleet. */
export class Fleet {
  #options: FleetOptions;
  readonly #slots: Slot[] = [];
  readonly #byId = new Map<string, Slot>();
  readonly #places: (Place | undefined)[] = [];
  #rows: DistanceRows;
  #columns: Columns;
  #near = new Int32Array(0);
  /** No fresh report turns stale before this instant; a lower bound, exact after each look. */
  #freshUntil = Infinity;
  #news = 0;
  #turns = 0;

  /** An empty fleet. */
  constructor(options: FleetOptions) {
    this.#options = options;
    this.#rows = new DistanceRows(options.rule.pointsOfKm);
    this.#columns = columnsOf(options);
  }

  /** Goes on under other settings with the same backends: how fresh they are, and their cards, are judged anew. */
  reconfigure(options: FleetOptions, now: number): void {
    this.#options = options;
    this.#rows = new DistanceRows(options.rule.pointsOfKm);
    this.#columns = columnsOf(options);
    this.#columns.noteAll();
    for (const slot of this.#slots) {
      const { report, usage, cards } = slot;
      cards.reconfigure(options.cards, report?.gpus ?? [], usage.gpus);
      slot.fresh = report !== undefined &&
        now <= slot.reportedAt + options.staleAfterMs;
    }
    this.#dropStale(now);
    this.#news++;
    this.#turns++;
  }

  /** Number of backends. */
  get size(): number {
    return this.#slots.length;
  }

  /** Every backend, first registered first. */
  get slots(): readonly Slot[] {
    return this.#slots;
  }

  /** Counts everything that may have changed an answer. */
  get news(): number {
    return this.#news;
  }

  /** Counts every change of who may take work at all. */
  get turns(): number {
    return this.#turns;
  }

  /** The backend with this id. */
  get(id: string): Slot | undefined {
    return this.#byId.get(id);
  }

  /** How many backends were heard of within the stale limit, and how many of them take new work, room aside. */
  census(now: number): Census {
    const { staleAfterMs } = this.#options;
    let active = 0;
    let available = 0;
    for (const { lastSeenAt, obstacle } of this.#slots) {
      if (now - lastSeenAt <= staleAfterMs) active++;
      if (obstacle === undefined) available++;
    }
    return { active, available };
  }

  /** Ids of the other backends that have the same endpoint. */
  sharingEndpoint({ id, endpoint }: Registration): string[] {
    return this.#slots
      .map(({ registration }) => registration)
      .filter((other) => other.id !== id && other.endpoint === endpoint)
      .map((other) => other.id);
  }

  /** Appends a backend. */
  add(registration: Registration, now: number): void {
    const index = this.#slots.length;
    const slot = new Slot(registration, index, now, this.#options.cards);
    this.#slots.push(slot);
    this.#places.push(registration.place);
    this.#byId.set(registration.id, slot);
    this.refresh(slot);
  }

  /** Replaces what a backend said of itself. */
  update(slot: Slot, registration: Registration): void {
    if (!isSamePoint(slot.registration.place, registration.place)) {
      this.#places[slot.index] = registration.place;
      this.#rows.invalidate();
    }
    slot.describe(registration);
    this.refresh(slot);
  }

  /** Takes a backend's report. */
  report(slot: Slot, report: Report, now: number): void {
    slot.update(report, now);
    if (!slot.fresh) this.#turns++;
    slot.fresh = true;
    const { rule, staleAfterMs } = this.#options;
    this.#freshUntil = Math.min(this.#freshUntil, now + staleAfterMs);
    rule.settle(slot);
    this.refresh(slot);
  }

  /** Lets time pass: reports grow too old, and what is expected of response times relaxes. */
  advance(now: number): void {
    if (now > this.#freshUntil) this.#dropStale(now);
    if (this.#options.rule.advance(this.#slots, now)) {
      this.#columns.noteAll((column) => (column & 1) > 0);
    }
  }

  /** Takes backends out; the others keep their order. */
  remove(gone: ReadonlySet<Slot>): void {
    if (gone.size === 0) return;
    const kept = this.#slots.filter((slot) => !gone.has(slot));
    for (const slot of gone) this.#byId.delete(slot.registration.id);
    this.#slots.length = 0;
    this.#places.length = 0;
    for (const slot of kept) {
      slot.index = this.#slots.length;
      this.#slots.push(slot);
      this.#places.push(slot.registration.place);
    }
    this.#rows.invalidate();
    this.#columns.noteAll();
    this.#news++;
    this.#turns++;
  }

  /** A backend may take work that could not, or the other way round. */
  turned(slot: Slot): void {
    this.#turns++;
    this.refresh(slot);
  }

  /** There is news of a backend. */
  refresh(slot: Slot): void {
    this.#news++;
    this.#columns.note(slot.index);
  }

  /** The backend's score for a session of the tier without distance; Infinity when it does not fit, or is too far away. */
  baseOf(
    slot: Slot,
    tierIndex: number,
    caller: Coordinates | undefined,
  ): number {
    const score = this.#scores(tierIndex, false)[slot.index] ?? Infinity;
    const tier = this.#options.tiers[tierIndex]!;
    return this.isInPlace(slot, tier, caller) ? score : Infinity;
  }

  /** Whether the backend stands where the tier may run for that caller. */
  isInPlace(slot: Slot, tier: Tier, caller: Coordinates | undefined): boolean {
    return mayRunIn(slot, tier) &&
      (!hasLimit(tier) || this.kmFrom(caller, slot) <= tier.maxDistanceKm);
  }

  /** The distance of a backend from a caller in km; 0 when either place is unknown. */
  kmFrom(caller: Coordinates | undefined, slot: Slot): number {
    return caller === undefined
      ? 0
      : this.#rows.from(caller, this.#places).km[slot.index] ?? 0;
  }

  /** The backend with the lowest score, or the emptier of two near it as the rule says; undefined when none fits. */
  best(
    tierIndex: number,
    caller: Coordinates | undefined,
    isRequest: boolean,
  ): Slot | undefined {
    const { rule, tiers } = this.#options;
    const scores = this.#scores(tierIndex, isRequest);
    const size = this.#slots.length;
    const rows = caller && this.#rows.from(caller, this.#places);
    const far = rows && farOf(rows, rule, tiers[tierIndex]!, isRequest);
    const pick = lowest(scores, far, size);
    if (pick < 0) return undefined;
    const best = sumAt(pick, scores, far);
    const band = rule.band(best, isRequest);
    if (band === 0) return this.#slots[pick];
    if (this.#near.length < size) this.#near = new Int32Array(2 * size);
    const near = this.#near;
    const count = within(best + band, scores, far, size, near);
    return this.#emptier(near, count, tierIndex, isRequest);
  }

  /** Keeps backends out of the next decisions, or lets them in again. */
  exclude(ids: ReadonlySet<string>, isExcluded: boolean): void {
    for (const id of ids) {
      const slot = this.#byId.get(id);
      if (slot === undefined) continue;
      slot.isExcluded = isExcluded;
      this.refresh(slot);
    }
  }

  #emptier(
    near: Int32Array,
    count: number,
    tierIndex: number,
    isRequest: boolean,
  ): Slot | undefined {
    const { rule, tiers, chance } = this.#options;
    const first = this.#slots[near[Math.floor(chance() * count)]!]!;
    if (count === 1) return first;
    const second = this.#slots[near[Math.floor(chance() * count)]!]!;
    if (first === second) return first;
    const tier = tiers[tierIndex]!;
    return rule.filled(second, tier, isRequest) <
        rule.filled(first, tier, isRequest)
      ? second
      : first;
  }

  #scores(tierIndex: number, isRequest: boolean): Float64Array {
    const isSplit = isRequest && this.#options.rule.splitsRequests;
    return this.#columns.scores(2 * tierIndex + (isSplit ? 1 : 0), this.#slots);
  }

  #dropStale(now: number): void {
    let earliest = Infinity;
    for (const slot of this.#slots) {
      if (!slot.fresh) continue;
      const until = slot.reportedAt + this.#options.staleAfterMs;
      if (now > until) {
        slot.fresh = false;
        this.turned(slot);
      } else earliest = Math.min(earliest, until);
    }
    this.#freshUntil = earliest;
  }
}

function columnsOf({ tiers, rule }: FleetOptions): Columns {
  return new Columns(
    2 * tiers.length,
    (slot, column) => {
      const tier = tiers[column >> 1]!;
      return mayRunIn(slot, tier)
        ? rule.score(slot, tier, (column & 1) > 0)
        : Infinity;
    },
  );
}

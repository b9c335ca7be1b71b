/**
 * Every backend in order of registration, and for each tier a column of base scores: Infinity where the tier does not
 * fit now. News (a report, a booking, a probe) refreshes one backend's row of the columns when it arrives, so that a
 * decision is one pass of add and compare. Bounded by `maxBackends`.
 */
import type { Place, Registration, Report } from "./backend.ts";
import { fitsBesideSessions, writeScores } from "./classic.ts";
import { type Coordinates, DistanceRows } from "./distance.ts";
import { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** Columns start with room for this many backends and double. */
const FIRST_CAPACITY = 64;

/** The fleet. */
export class Fleet {
  readonly #tiers: readonly Tier[];
  readonly #slots: Slot[] = [];
  readonly #byId = new Map<string, Slot>();
  readonly #places: (Place | undefined)[] = [];
  readonly #rows = new DistanceRows();
  readonly #base: Float64Array[];

  readonly #staleAfterMs: number;
  /** No fresh report turns stale before this instant; a lower bound, exact after each look. */
  #freshUntil = Infinity;

  /** An empty fleet that sells these tiers; older reports than `staleAfterMs` count for nothing. */
  constructor(tiers: readonly Tier[], staleAfterMs: number) {
    this.#tiers = tiers;
    this.#staleAfterMs = staleAfterMs;
    this.#base = tiers.map(() =>
      new Float64Array(FIRST_CAPACITY).fill(Infinity)
    );
  }

  /** Number of backends. */
  get size(): number {
    return this.#slots.length;
  }

  /** Every backend, first registered first. */
  get slots(): readonly Slot[] {
    return this.#slots;
  }

  /** The backend with this id. */
  get(id: string): Slot | undefined {
    return this.#byId.get(id);
  }

  /** Appends a backend. */
  add(registration: Registration, now: number): void {
    const slot = new Slot(registration, this.#slots.length, now);
    this.#slots.push(slot);
    this.#places.push(registration.place);
    this.#byId.set(registration.id, slot);
    this.#grow();
    this.refresh(slot);
  }

  /** Replaces what a backend said of itself. */
  update(slot: Slot, registration: Registration): void {
    if (!samePlace(slot.registration.place, registration.place)) {
      this.#places[slot.index] = registration.place;
      this.#rows.invalidate();
    }
    slot.registration = registration;
  }

  /** Takes a backend's report. */
  report(slot: Slot, report: Report, now: number): void {
    slot.update(report, now);
    slot.fresh = true;
    this.#freshUntil = Math.min(this.#freshUntil, now + this.#staleAfterMs);
    this.refresh(slot);
  }

  /** Takes the room of reports that have grown too old off the market. */
  dropStale(now: number): void {
    if (now <= this.#freshUntil) return;
    let earliest = Infinity;
    for (const slot of this.#slots) {
      if (!slot.fresh) continue;
      const until = slot.reportedAt + this.#staleAfterMs;
      if (now > until) {
        slot.fresh = false;
        this.refresh(slot);
      } else earliest = Math.min(earliest, until);
    }
    this.#freshUntil = earliest;
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
      this.refresh(slot);
    }
    this.#rows.invalidate();
  }

  /** Brings a backend's base scores up to date after news of it. */
  refresh(slot: Slot): void {
    writeScores(slot, this.#tiers, this.#base);
  }

  /** Whether the tier fits on the backend now. */
  fits(slot: Slot, tierIndex: number): boolean {
    return this.baseOf(slot, tierIndex) < Infinity;
  }

  /** The backend's score for the tier without distance; Infinity when it does not fit. */
  baseOf(slot: Slot, tierIndex: number): number {
    return this.#base[tierIndex]?.[slot.index] ?? Infinity;
  }

  /** The distance of a backend from a caller in km; 0 when either place is unknown. */
  kmFrom(caller: Coordinates | undefined, slot: Slot): number {
    return caller === undefined
      ? 0
      : this.#rows.from(caller, this.#places)[slot.index] ?? 0;
  }

  /** The backend with the lowest score; the first registered wins a tie; undefined when none fits. */
  best(tierIndex: number, caller: Coordinates | undefined): Slot | undefined {
    const base = this.#base[tierIndex];
    if (base === undefined) return undefined;
    const pick = caller === undefined
      ? lowest(base, this.#slots.length)
      : lowestSum(
        base,
        this.#rows.from(caller, this.#places),
        this.#slots.length,
      );
    return pick < 0 ? undefined : this.#slots[pick];
  }

  /** The backend with the fewest single requests per core among those with room beside their sessions. */
  leastBusy(tier: Tier): Slot | undefined {
    let best: Slot | undefined;
    let fewest = Infinity;
    for (const slot of this.#slots) {
      const perCore = slot.requests / slot.freeCores;
      if (perCore < fewest && fitsBesideSessions(slot, tier)) {
        [best, fewest] = [slot, perCore];
      }
    }
    return best;
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

  #grow(): void {
    const capacity = this.#base[0]?.length ?? Infinity;
    if (this.#slots.length <= capacity) return;
    for (let t = 0; t < this.#base.length; t++) {
      const wider = new Float64Array(2 * capacity).fill(Infinity);
      wider.set(this.#base[t] ?? []);
      this.#base[t] = wider;
    }
  }
}

function lowest(base: Float64Array, size: number): number {
  let best = Infinity;
  let pick = -1;
  for (let i = 0; i < size; i++) {
    const score = base[i]!;
    if (score < best) {
      best = score;
      pick = i;
    }
  }
  return pick;
}

function lowestSum(base: Float64Array, km: Float64Array, size: number): number {
  let best = Infinity;
  let pick = -1;
  for (let i = 0; i < size; i++) {
    const score = km[i]! + base[i]!;
    if (score < best) {
      best = score;
      pick = i;
    }
  }
  return pick;
}

function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a?.latitude === b?.latitude && a?.longitude === b?.longitude;
}

/**
 * Takes backends out of service: from the first ask on they get nothing new, and when nothing is left on them, or their
 * deadline has passed, they are drained. What an operator said outlives that its backend is forgotten: a machine may be
 * repaired for hours, and gets nothing new when it is back. Owner of who is being drained, bounded by the fleet and by
 * {@link KEPT_DRAINS_MAX}.
 */
import type {
  DrainedBy,
  DrainOptions,
  DrainOutcome,
  DrainRecord,
  DrainView,
} from "./drain.ts";
import type { Fleet } from "./fleet.ts";
import type { OnFleetEvent } from "./fleet_event.ts";
import type { LeaseBook } from "./lease_book.ts";
import type { Slot } from "./slot.ts";
import type { Sticky } from "./sticky.ts";

/**
 * Drains of backends that are gone, at most; the one that began first gives way. As many as a fleet has backends unless
 * its file says otherwise, so that all of it may be off at a time.
 */
export const KEPT_DRAINS_MAX = 10_000;

/** What became of an ask to end a drain. */
export type UndrainOutcome =
  | "undrained"
  | "still_draining"
  | "not_draining"
  | "unknown_backend";

/** Told of a lease that ends before its time, because the deadline of its backend's drain has passed. */
export type OnLeaseEnded = (leaseId: number) => void;

/** What draining is done with. */
export interface DrainingParts {
  /** The backends. */
  readonly fleet: Fleet;
  /** Their leases. */
  readonly book: LeaseBook;
  /** Their sessions. */
  readonly sticky: Sticky;
  /** Told what happens. */
  readonly onEvent: OnFleetEvent;
  /** Told of leases that are ended at a deadline. */
  readonly onLeaseEnded: OnLeaseEnded;
}

/** One drain. */
interface Drain {
  /** Undefined when its backend is gone; it is over then, and an operator's. */
  slot: Slot | undefined;
  by: readonly DrainedBy[];
  readonly since: number;
  deadlineAt: number | undefined;
  isOver: boolean;
}

/** Who is being drained. */
export class Draining {
  readonly #parts: DrainingParts;
  /** By backend id, in the order in which they began. */
  readonly #drains = new Map<string, Drain>();
  /** Drains that are not over: only these are looked at. */
  #pending = 0;

  /** Nobody is. */
  constructor(parts: DrainingParts) {
    this.#parts = parts;
  }

  /** Begins, or notes who asks as well. The deadline that was given last counts. */
  begin(
    backendId: string,
    by: DrainedBy,
    now: number,
    { deadlineMs, unavailableMax = Infinity }: DrainOptions,
  ): DrainOutcome {
    const slot = this.#parts.fleet.get(backendId);
    const drain = this.#drains.get(backendId);
    const deadlineAt = deadlineMs === undefined ? undefined : now + deadlineMs;
    if (drain !== undefined) {
      const isGone = slot === undefined && !drain.by.includes(by);
      if (isGone) return { kind: "unknown_backend" };
      this.#join(drain, by, deadlineAt);
    } else if (slot === undefined) return { kind: "unknown_backend" };
    else {
      const unavailable = this.#unavailableBeside(slot);
      if (unavailable.length >= unavailableMax) {
        return { kind: "too_many_unavailable", unavailable };
      }
      this.#add(slot, { by: [by], since: now, deadlineAt });
      this.#parts.onEvent({ kind: "draining", backendId, by });
    }
    this.advance(now);
    return { kind: "draining", view: this.view(backendId)! };
  }

  /** An operator's word ends every drain, an agent's only its own. */
  end(backendId: string, by: DrainedBy): UndrainOutcome {
    const drain = this.#drains.get(backendId);
    if (drain === undefined) {
      const isThere = this.#parts.fleet.get(backendId) !== undefined;
      return isThere ? "not_draining" : "unknown_backend";
    }
    drain.by = by === "operator" ? [] : drain.by.filter((one) => one !== by);
    if (drain.by.length > 0) return "still_draining";
    this.#drop(backendId, drain);
    if (drain.slot !== undefined) {
      drain.slot.isDraining = false;
      this.#parts.fleet.turned(drain.slot);
    }
    this.#parts.onEvent({ kind: "undrained", backendId });
    return "undrained";
  }

  /**
   * Goes on with a drain of an earlier run, whose beginning was told; false when it is known, or when its backend is gone
   * and no operator asked for it.
   */
  restore({ backendId, by, since, deadlineAt }: DrainRecord): boolean {
    if (this.#drains.has(backendId)) return false;
    const slot = this.#parts.fleet.get(backendId);
    if (slot !== undefined && by.length > 0) {
      this.#add(slot, { by, since, deadlineAt });
      return true;
    }
    if (!by.includes("operator")) return false;
    this.#drains.set(backendId, {
      slot: undefined,
      by: OPERATOR,
      since,
      deadlineAt,
      isOver: true,
    });
    this.#boundKept();
    return true;
  }

  /** A backend is new; one that left while an operator drained it is drained still, which was told. */
  resume(backendId: string): void {
    const slot = this.#parts.fleet.get(backendId);
    const drain = this.#drains.get(backendId);
    if (slot === undefined || drain === undefined) return;
    drain.slot = slot;
    slot.isDraining = true;
    this.#parts.fleet.turned(slot);
  }

  /** How far a backend is, which may be gone; undefined when it is not being drained. */
  view(backendId: string): DrainView | undefined {
    const drain = this.#drains.get(backendId);
    if (drain === undefined) return undefined;
    const { slot, by, since, deadlineAt, isOver } = drain;
    const state = isOver ? "drained" : "draining";
    const left = slot === undefined ? NOTHING_LEFT : leftOn(slot);
    return { state, by, since, deadlineAt, ...left };
  }

  /** Every drain, also those that are over or whose backend is gone, in the order in which they began. */
  all(): DrainRecord[] {
    return [...this.#drains].map(([backendId, { by, since, deadlineAt }]) => ({
      backendId,
      by,
      since,
      deadlineAt,
    }));
  }

  /** These backends have left the fleet, with their leases: an operator's drain is over then, and is kept. */
  forget(gone: ReadonlySet<Slot>): void {
    for (const slot of gone) {
      const { id } = slot.registration;
      const drain = this.#drains.get(id);
      if (drain === undefined) continue;
      if (!drain.by.includes("operator")) {
        this.#drop(id, drain);
        continue;
      }
      if (!drain.isOver) this.#end(slot, drain);
      drain.slot = undefined;
      drain.by = OPERATOR;
    }
    this.#boundKept();
  }

  /** Looks who is drained by now. */
  advance(now: number): void {
    if (this.#pending === 0) return;
    for (const drain of this.#drains.values()) {
      const { slot, isOver } = drain;
      if (!isOver && slot !== undefined) this.#look(slot, drain, now);
    }
  }

  #join(drain: Drain, by: DrainedBy, deadlineAt: number | undefined): void {
    drain.deadlineAt = deadlineAt ?? drain.deadlineAt;
    if (drain.by.includes(by)) return;
    drain.by = [...drain.by, by];
    if (drain.isOver) this.#freeSessions(drain);
  }

  #look(slot: Slot, drain: Drain, now: number): void {
    const isEmpty = slot.held.leases === 0 && slot.inFlight === 0;
    if (!isEmpty && now < (drain.deadlineAt ?? Infinity)) return;
    this.#end(slot, drain);
  }

  #end(slot: Slot, drain: Drain): void {
    const { book, onEvent, onLeaseEnded } = this.#parts;
    drain.isOver = true;
    this.#pending--;
    const left = leftOn(slot);
    for (const lease of left.sessions > 0 ? book.all() : []) {
      if (lease.slot !== slot) continue;
      book.close(lease);
      onLeaseEnded(lease.id);
    }
    this.#freeSessions(drain);
    onEvent({ kind: "drained", backendId: slot.registration.id, ...left });
  }

  /** An agent alone drains its machine to be restarted: of the idle sessions only those that ask meanwhile are moved. */
  #freeSessions({ slot, by }: Drain): void {
    if (slot === undefined || !by.includes("operator")) return;
    this.#parts.sticky.forgetBackends(new Set([slot]));
  }

  #add(slot: Slot, drain: Omit<Drain, "slot" | "isOver">): void {
    const { id } = slot.registration;
    this.#drains.set(id, { ...drain, slot, isOver: false });
    this.#pending++;
    slot.isDraining = true;
    this.#parts.fleet.turned(slot);
  }

  #drop(backendId: string, drain: Drain): void {
    this.#drains.delete(backendId);
    if (!drain.isOver) this.#pending--;
  }

  #boundKept(): void {
    if (this.#drains.size <= KEPT_DRAINS_MAX) return;
    const kept = [...this.#drains]
      .filter(([, { slot }]) => slot === undefined);
    for (const [backendId] of kept.slice(0, -KEPT_DRAINS_MAX)) {
      this.#drains.delete(backendId);
      this.#parts.onEvent({ kind: "undrained", backendId });
    }
  }

  #unavailableBeside(slot: Slot): string[] {
    return this.#parts.fleet.slots
      .filter((other) => other !== slot && isUnavailable(other))
      .map((other) => other.registration.id);
  }
}

/** Whether an operator can't count on it, whatever panic makes of it. */
function isUnavailable(
  { fresh, health, isEjected, isDraining }: Slot,
): boolean {
  return !fresh || health.kind === "unhealthy" || isEjected || isDraining;
}

const OPERATOR: readonly DrainedBy[] = ["operator"];
const NOTHING_LEFT = { sessions: 0, inFlight: 0 };

function leftOn({ held, requests, inFlight }: Slot) {
  return { sessions: held.leases - requests.leases, inFlight };
}

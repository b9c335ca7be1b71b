/**
 * Takes backends out of service: from the first ask on they get nothing new, and when nothing is left on them, or their
 * deadline has passed, they are drained. Owner of who is being drained, bounded by the fleet.
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
  by: readonly DrainedBy[];
  readonly since: number;
  deadlineAt: number | undefined;
  isOver: boolean;
}

/** Who is being drained. */
export class Draining {
  readonly #parts: DrainingParts;
  readonly #drains = new Map<Slot, Drain>();
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
    if (slot === undefined) return { kind: "unknown_backend" };
    const deadlineAt = deadlineMs === undefined ? undefined : now + deadlineMs;
    const drain = this.#drains.get(slot);
    if (drain === undefined) {
      const unavailable = this.#unavailableBeside(slot);
      if (unavailable.length >= unavailableMax) {
        return { kind: "too_many_unavailable", unavailable };
      }
      this.#add(slot, { by: [by], since: now, deadlineAt, isOver: false });
      this.#parts.onEvent({ kind: "draining", backendId, by });
    } else {
      if (!drain.by.includes(by)) drain.by = [...drain.by, by];
      drain.deadlineAt = deadlineAt ?? drain.deadlineAt;
    }
    this.advance(now);
    return { kind: "draining", view: this.view(slot)! };
  }

  /** An operator's word ends every drain, an agent's only its own. */
  end(backendId: string, by: DrainedBy): UndrainOutcome {
    const slot = this.#parts.fleet.get(backendId);
    if (slot === undefined) return "unknown_backend";
    const drain = this.#drains.get(slot);
    if (drain === undefined) return "not_draining";
    drain.by = by === "operator" ? [] : drain.by.filter((one) => one !== by);
    if (drain.by.length > 0) return "still_draining";
    this.#drop(slot, drain);
    slot.isDraining = false;
    this.#parts.fleet.turned(slot);
    this.#parts.onEvent({ kind: "undrained", backendId });
    return "undrained";
  }

  /** Goes on with a drain of an earlier run, whose beginning was told; false when its backend is gone or drains already. */
  restore({ backendId, by, since, deadlineAt }: DrainRecord): boolean {
    const slot = this.#parts.fleet.get(backendId);
    if (slot === undefined || slot.isDraining || by.length === 0) return false;
    this.#add(slot, { by, since, deadlineAt, isOver: false });
    return true;
  }

  /** How far the backend is; undefined when it is not being drained. */
  view(slot: Slot): DrainView | undefined {
    const drain = this.#drains.get(slot);
    if (drain === undefined) return undefined;
    const { by, since, deadlineAt, isOver } = drain;
    const state = isOver ? "drained" : "draining";
    return { state, by, since, deadlineAt, ...leftOn(slot) };
  }

  /** Every drain, also those that are over, in the order in which they began. */
  all(): DrainRecord[] {
    return [...this.#drains].map(([slot, { by, since, deadlineAt }]) => ({
      backendId: slot.registration.id,
      by,
      since,
      deadlineAt,
    }));
  }

  /** These backends have left the fleet. */
  forget(gone: ReadonlySet<Slot>): void {
    for (const slot of gone) {
      const drain = this.#drains.get(slot);
      if (drain !== undefined) this.#drop(slot, drain);
    }
  }

  /** Looks who is drained by now. */
  advance(now: number): void {
    if (this.#pending === 0) return;
    for (const [slot, drain] of this.#drains) {
      if (!drain.isOver) this.#look(slot, drain, now);
    }
  }

  #look(slot: Slot, drain: Drain, now: number): void {
    const isEmpty = slot.held.leases === 0 && slot.inFlight === 0;
    if (!isEmpty && now < (drain.deadlineAt ?? Infinity)) return;
    const { book, sticky, onEvent, onLeaseEnded } = this.#parts;
    drain.isOver = true;
    this.#pending--;
    const left = leftOn(slot);
    for (const lease of left.sessions > 0 ? book.all() : []) {
      if (lease.slot !== slot) continue;
      book.close(lease);
      onLeaseEnded(lease.id);
    }
    sticky.forgetBackends(new Set([slot]));
    onEvent({ kind: "drained", backendId: slot.registration.id, ...left });
  }

  #add(slot: Slot, drain: Drain): void {
    this.#drains.set(slot, drain);
    this.#pending++;
    slot.isDraining = true;
    this.#parts.fleet.turned(slot);
  }

  #drop(slot: Slot, drain: Drain): void {
    this.#drains.delete(slot);
    if (!drain.isOver) this.#pending--;
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

function leftOn({ held, requests, inFlight }: Slot) {
  return { sessions: held.leases - requests.leases, inFlight };
}

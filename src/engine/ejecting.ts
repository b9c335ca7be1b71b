/**
 * Leaves out backends that fail requests, never more of the fleet than its share, never the last one; lets them back on
 * trial. Whoever fails its probes stays out: a dead backend costs no request to find that it is dead still. And until
 * the first answer no more than one request is risked at a time.
 */
import type { Outcome } from "./ejection.ts";
import type { Fleet } from "./fleet.ts";
import type { OnFleetEvent } from "./fleet_event.ts";
import type { EjectionOptions } from "./routing_options.ts";
import type { Slot } from "./slot.ts";

/**
 * How often those that are left out are looked after, milliseconds: the others may have gone meanwhile. Also how long a
 * request of a trial keeps others away: a stream that lasts for hours must not.
 */
const LOOK_MS = 500;

/** Who is left out. */
export class Ejecting {
  readonly #fleet: Fleet;
  readonly #onEvent: OnFleetEvent;
  readonly #out = new Set<Slot>();
  readonly #onTrial = new Set<Slot>();
  #limits: EjectionOptions | undefined;
  #nextLook = Infinity;

  /** Nobody is left out. */
  constructor(
    fleet: Fleet,
    limits: EjectionOptions | undefined,
    onEvent: OnFleetEvent,
  ) {
    this.#fleet = fleet;
    this.#limits = limits;
    this.#onEvent = onEvent;
  }

  /**
   * Takes other limits; those that are out beyond their share come back, for the others it stays as it was said. Without
   * limits all come back, and none on trial: nothing would ever end it.
   */
  reconfigure(limits: EjectionOptions | undefined): void {
    this.#limits = limits;
    if (limits !== undefined) return this.trim();
    for (const slot of this.#out) this.#letBack(slot);
    for (const slot of this.#onTrial) this.#endTrial(slot);
  }

  /** Takes how a request ended; true when the backend is left out from now on. */
  take(slot: Slot, outcome: Outcome, now: number): boolean {
    const limits = this.#limits;
    if (limits === undefined) return false;
    // What was in flight goes on to count: answers show that a backend was slow and not broken.
    const isFailing = slot.failures.take(outcome, limits, now);
    if (slot.isEjected) return false;
    if (!isFailing && !this.#failsTrial(slot, outcome)) return false;
    if (this.#fleet.get(slot.registration.id) !== slot) return false;
    if (!slot.isDraining && this.#beyondShare() >= 0) return false;
    if (!this.#fleet.slots.some((other) => other !== slot && works(other))) {
      return false;
    }
    const until = slot.failures.eject(limits, now);
    slot.isEjected = true;
    slot.response.forget();
    this.#endTrial(slot);
    this.#out.add(slot);
    this.#lookAt(Math.min(until, now + LOOK_MS));
    this.#fleet.turned(slot);
    this.#onEvent({ kind: "ejected", backendId: slot.registration.id, until });
    return true;
  }

  /** A good answer has begun, however long it will last; true when that ends a trial. */
  answered(slot: Slot): boolean {
    return this.#endTrial(slot);
  }

  /** It could not be probed and now can: what made requests fail is over, and a trial finds out before its time is. */
  recovered(slot: Slot): void {
    if (slot.isEjected) this.#letBack(slot);
  }

  /** These backends have left the fleet; of the others no more than the share of what is left stay out. */
  forget(gone: ReadonlySet<Slot>): void {
    for (const slot of gone) {
      this.#out.delete(slot);
      this.#endTrial(slot);
    }
    this.trim();
  }

  /** Lets those back whose time is over and whose probes succeed, and all of them when nobody else is left to work. */
  advance(now: number): void {
    if (now < this.#nextLook) return;
    const isAnyoneThere = this.#fleet.slots.some(works);
    const isAnyoneSure = this.#fleet.slots.some((slot) =>
      works(slot) && !slot.isOnTrial
    );
    for (const slot of this.#onTrial) {
      if (isAnyoneSure) this.#mayTryAgain(slot);
      else this.#endTrial(slot);
    }
    for (const slot of this.#out) {
      const staysOut = now < slot.failures.until || slot.isProbeFailing;
      if (!staysOut || !isAnyoneThere) this.#letBack(slot);
    }
    this.#nextLook = this.#onTrial.size > 0 ? now + LOOK_MS : Infinity;
    for (const { failures: { until } } of this.#out) {
      this.#lookAt(
        now < until ? Math.min(until, now + LOOK_MS) : now + LOOK_MS,
      );
    }
  }

  /** Lets back whoever is out beyond the share of the fleet as it is now. */
  trim(): void {
    for (const slot of this.#out) {
      if (!slot.isDraining && this.#beyondShare() > 0) this.#letBack(slot);
    }
  }

  #letBack(slot: Slot): void {
    this.#out.delete(slot);
    slot.isEjected = false;
    slot.failures.begin();
    slot.isOnTrial = true;
    this.#onTrial.add(slot);
    this.#nextLook = -Infinity;
    this.#fleet.turned(slot);
    this.#onEvent({ kind: "returned", backendId: slot.registration.id });
  }

  /** An answer ends the trial well; a failure ends it there and then. */
  #failsTrial(slot: Slot, { kind }: Outcome): boolean {
    if (!slot.isOnTrial) return false;
    switch (kind) {
      case "answered":
        this.#endTrial(slot);
        return false;
      case "abandoned":
        this.#mayTryAgain(slot);
        return false;
      case "failed":
      case "timed_out":
        return true;
    }
  }

  #endTrial(slot: Slot): boolean {
    if (!this.#onTrial.delete(slot)) return false;
    slot.isOnTrial = false;
    this.#mayTryAgain(slot);
    return true;
  }

  #mayTryAgain(slot: Slot): void {
    if (!slot.isTried) return;
    slot.isTried = false;
    this.#fleet.refresh(slot);
  }

  #lookAt(instant: number): void {
    this.#nextLook = Math.min(this.#nextLook, instant);
  }

  /**
   * How many too many are out: one at least may be unless none may be, and one must stay. Those that are being drained
   * count neither way, as they get nothing new, and neither do those that probes have found unhealthy meanwhile.
   */
  #beyondShare(): number {
    const out =
      [...this.#out].filter((slot) => !slot.isDraining && !slot.isDown)
        .length;
    const size = this.#fleet.slots.filter((slot) => !slot.isDraining).length;
    const maxSharePct = this.#limits?.maxSharePct ?? 0;
    const share = Math.max(1, Math.floor(size * maxSharePct / 100));
    return out - (maxSharePct === 0 ? 0 : Math.min(share, size - 1));
  }
}

/** Whether the backend takes new work, room aside. */
function works({ fresh, isDown, isEjected, isDraining }: Slot): boolean {
  return fresh && !isDown && !isEjected && !isDraining;
}

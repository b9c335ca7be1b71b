/** Leaves out backends that fail requests, never more of the fleet than its share, never the last one; lets them back. */
import type { OnEjection } from "./balancer_options.ts";
import type { Outcome } from "./ejection.ts";
import type { Fleet } from "./fleet.ts";
import type { EjectionOptions } from "./routing_options.ts";
import type { Slot } from "./slot.ts";

/** How often those that are left out are looked after, milliseconds: the others may have gone meanwhile. */
const LOOK_MS = 500;

/** Who is left out. */
export class Ejecting {
  readonly #fleet: Fleet;
  readonly #limits: EjectionOptions | undefined;
  readonly #tell: OnEjection;
  readonly #out = new Set<Slot>();
  #nextReturn = Infinity;

  /** Nobody is left out. */
  constructor(
    fleet: Fleet,
    limits: EjectionOptions | undefined,
    tell: OnEjection,
  ) {
    this.#fleet = fleet;
    this.#limits = limits;
    this.#tell = tell;
  }

  /** Takes how a request ended; true when the backend is left out from now on. */
  take(slot: Slot, outcome: Outcome, now: number): boolean {
    const limits = this.#limits;
    if (limits === undefined) return false;
    // What was in flight goes on to count: answers show that a backend was slow and not broken.
    if (!slot.failures.take(outcome, limits, now)) return false;
    if (slot.isEjected) return false;
    if (this.#fleet.get(slot.registration.id) !== slot) return false;
    if (this.#out.size >= this.#shareOf(limits)) return false;
    if (!this.#fleet.slots.some((other) => other !== slot && works(other))) {
      return false;
    }
    const until = slot.failures.eject(limits, now);
    slot.isEjected = true;
    slot.response.forget();
    this.#out.add(slot);
    this.#nextReturn = Math.min(this.#nextReturn, until, now + LOOK_MS);
    this.#tell(slot.registration.id, until);
    return true;
  }

  /** These backends have left the fleet; of the others no more than the share of what is left stay out. */
  forget(gone: ReadonlySet<Slot>): void {
    for (const slot of gone) this.#out.delete(slot);
    if (this.#limits === undefined) return;
    for (const slot of this.#out) {
      if (this.#out.size <= this.#shareOf(this.#limits)) return;
      this.#letBack(slot);
    }
  }

  /** Lets those back whose time is over, and all of them when nobody else is left to work. */
  advance(now: number): void {
    if (now < this.#nextReturn) return;
    this.#nextReturn = Infinity;
    const isAnyoneThere = this.#fleet.slots.some(works);
    for (const slot of this.#out) {
      const { until } = slot.failures;
      if (now < until && isAnyoneThere) {
        this.#nextReturn = Math.min(this.#nextReturn, until, now + LOOK_MS);
        continue;
      }
      this.#letBack(slot);
    }
  }

  #letBack(slot: Slot): void {
    this.#out.delete(slot);
    slot.isEjected = false;
    slot.failures.begin();
    this.#fleet.refresh(slot);
    this.#tell(slot.registration.id, undefined);
  }

  /** One at least may be out unless none may be, and one must stay. */
  #shareOf({ maxSharePct }: EjectionOptions): number {
    const { size } = this.#fleet;
    if (maxSharePct === 0) return 0;
    const share = Math.max(1, Math.floor(size * maxSharePct / 100));
    return Math.min(share, size - 1);
  }
}

/** Whether the backend takes work, room aside. */
function works({ fresh, health, isEjected }: Slot): boolean {
  return fresh && !isEjected && health.kind !== "unhealthy";
}

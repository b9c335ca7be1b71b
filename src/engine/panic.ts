/**
 * What probes say is believed as long as it is believable. When more than half of the backends that report are out, the
 * probes are as likely to be wrong as the backends: that is panic, which is told, and in which probes may be ignored.
 */
import type { Fleet } from "./fleet.ts";
import type { OnFleetEvent } from "./fleet_event.ts";
import type { Slot } from "./slot.ts";
import type { Sticky } from "./sticky.ts";

/** In panic backends that probes call unhealthy get work as if they were not, or none. */
export type PanicMode = "fail_open" | "fail_closed";

/** How bad it is. */
export interface PanicView {
  /** Backends that report and are unhealthy or ejected. */
  readonly out: number;
  /** Backends that report; those being drained count neither way. */
  readonly of: number;
  /** Whether those that probes call unhealthy get work. */
  readonly isOpen: boolean;
}

/** Above this share of those that report it is panic. */
const OUT_SHARE_MAX = 0.5;

/** Decides whether probes are believed. */
export class Panic {
  readonly #fleet: Fleet;
  readonly #sticky: Sticky;
  readonly #onEvent: OnFleetEvent;
  #mode: PanicMode;
  #state: PanicView | undefined;
  #seenTurns = -1;

  /** Calm. */
  constructor(
    fleet: Fleet,
    sticky: Sticky,
    mode: PanicMode,
    onEvent: OnFleetEvent,
  ) {
    this.#fleet = fleet;
    this.#sticky = sticky;
    this.#mode = mode;
    this.#onEvent = onEvent;
  }

  /** How bad it is; undefined when there is no panic. */
  get state(): PanicView | undefined {
    return this.#state;
  }

  /** Takes another mode, which counts at once. */
  reconfigure(mode: PanicMode): void {
    this.#mode = mode;
    this.#seenTurns = -1;
    this.look();
  }

  /** Probes have turned a backend; its sessions are free to go elsewhere if that is believed. */
  turned(slot: Slot, kind: "unhealthy" | "healthy"): void {
    this.#onEvent({ kind, backendId: slot.registration.id });
    this.#fleet.turned(slot);
    this.look();
    this.#judge([slot]);
  }

  /** Counts again when a backend has come, gone or turned since the last look; true when who counts as down may differ. */
  look(): boolean {
    if (this.#seenTurns === this.#fleet.turns) return false;
    this.#seenTurns = this.#fleet.turns;
    let out = 0;
    let of = 0;
    for (const { fresh, health, isEjected, isDraining } of this.#fleet.slots) {
      if (!fresh || isDraining) continue;
      of++;
      if (isEjected || health.kind === "unhealthy") out++;
    }
    const before = this.#state;
    const isOpen = this.#mode === "fail_open";
    this.#state = out > OUT_SHARE_MAX * of ? { out, of, isOpen } : undefined;
    if (this.#state?.isOpen === before?.isOpen) return false;
    this.#onEvent(
      this.#state === undefined
        ? { kind: "calm", out, of }
        : { kind: "panic", ...this.#state },
    );
    const mayDiffer = before?.isOpen === true || this.#state?.isOpen === true;
    if (mayDiffer) this.#judge(this.#fleet.slots);
    return mayDiffer;
  }

  #judge(slots: readonly Slot[]): void {
    const down = new Set<Slot>();
    for (const slot of slots) {
      const isDown = slot.health.kind === "unhealthy" &&
        this.#state?.isOpen !== true;
      if (slot.isDown === isDown) continue;
      slot.isDown = isDown;
      this.#fleet.refresh(slot);
      if (isDown) down.add(slot);
    }
    if (down.size > 0) this.#sticky.forgetBackends(down);
  }
}

/** The world's own books of what was promised and who was heard of, kept without the engine's code. */
import type { Registration, Report } from "../../src/engine/backend.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import type { HealthThresholds } from "../../src/engine/health.ts";
import type { Tier } from "../../src/engine/tier.ts";

/** A promise of room. Instants are milliseconds since the world began. */
export interface Promised {
  readonly id: number;
  readonly backendId: string;
  readonly tier: Tier;
  readonly stickyId: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Whether it is a single request's, which no session owns. */
  readonly isSingle: boolean;
  readonly gpus: readonly number[];
  readonly placedAt: number;
  startedAt: number | undefined;
  expiresAt: number;
  /** Requests of its session that are on their way. */
  inFlight: number;
  /** Whether a report may have shown its cards in use. */
  isShown: boolean;
}

/** Every live promise, and the numbers of those that were. */
export class Books {
  readonly live = new Map<number, Promised>();
  readonly #ended = new Set<number>();

  /** Whether the number was ever given. */
  wasGiven(id: number): boolean {
    return this.live.has(id) || this.#ended.has(id);
  }

  /** Takes a promise down, one of an earlier server's too. */
  open(promised: Promised): void {
    this.#ended.delete(promised.id);
    this.live.set(promised.id, promised);
  }

  /** Ends a promise; false when it has ended. */
  end(id: number): boolean {
    if (!this.live.delete(id)) return false;
    this.#ended.add(id);
    return true;
  }

  /** Ends those that are meant; returns them. */
  endAll(isMeant: (promised: Promised) => boolean): Promised[] {
    const meant = [...this.live.values()].filter(isMeant);
    for (const { id } of meant) this.end(id);
    return meant;
  }

  /** Ends what has expired; what a request on its way keeps alive lives so much longer. */
  expire(at: number, holdMs: number): void {
    for (const promised of this.live.values()) {
      if (promised.expiresAt > at) continue;
      if (promised.inFlight === 0) this.end(promised.id);
      else promised.expiresAt = at + holdMs;
    }
  }

  /** The promises on one backend. */
  on(backendId: string): Promised[] {
    return [...this.live.values()].filter((one) => one.backendId === backendId);
  }

  /** The live promise to a session for a tier. */
  ofSession(stickyId: string, tier: string): Promised | undefined {
    for (const one of this.live.values()) {
      if (one.stickyId === stickyId && one.tier.name === tier) return one;
    }
    return undefined;
  }

  /** The live promise asked for under a key. */
  ofKey(key: string): Promised | undefined {
    for (const one of this.live.values()) {
      if (one.idempotencyKey === key) return one;
    }
    return undefined;
  }
}

/** Sums of what promises take. */
export function sumOf(promises: readonly Promised[]) {
  const sum = { leases: 0, vcpu: 0, memoryGb: 0, storageGb: 0 };
  for (const { tier } of promises) {
    sum.leases++;
    sum.vcpu += tier.vcpu;
    sum.memoryGb += tier.memoryGb;
    sum.storageGb += tier.storageGb;
  }
  return sum;
}

/** One registered backend as the world knows it. */
export class Backend {
  readonly machine: number;
  registration: Registration;
  lastSeenAt: number;
  report: Report | undefined = undefined;
  reportedAt = -Infinity;
  isUnhealthy = false;
  isEjected = false;
  isDraining = false;
  /** Whether it was said to be drained. */
  isDrained = false;
  /** When sessions that are left must go, milliseconds since the world began. */
  deadlineAt = Infinity;
  /** Requests of ours that it works on. */
  inFlight = 0;
  /** What single requests held when it last reported. */
  shown: { readonly vcpu: number; readonly memoryGb: number } = {
    vcpu: 0,
    memoryGb: 0,
  };
  #passes = 0;
  #fails = 0;

  /** Just registered. */
  constructor(machine: number, registration: Registration, at: number) {
    this.machine = machine;
    this.registration = registration;
    this.lastSeenAt = at;
  }

  /** Takes what the balancer tells of it. */
  heard({ kind }: FleetEvent): void {
    switch (kind) {
      case "ejected":
      case "returned":
        this.isEjected = kind === "ejected";
        return;
      case "draining":
        this.isDraining = true;
        return;
      case "undrained":
        this.isDraining = this.isDrained = false;
        this.deadlineAt = Infinity;
        return;
      case "drained":
        this.isDrained = true;
        this.deadlineAt = Infinity;
    }
  }

  /** Takes the outcome of a probe. */
  probed(ok: boolean, { unhealthyAfter, healthyAfter }: HealthThresholds) {
    this.#passes = ok ? this.#passes + 1 : 0;
    this.#fails = ok ? 0 : this.#fails + 1;
    if (this.#fails >= unhealthyAfter) this.isUnhealthy = true;
    if (this.#passes >= healthyAfter) this.isUnhealthy = false;
  }
}

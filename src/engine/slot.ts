/**
 * One backend's place in the fleet: what it said, what its last report means in room, and what live holds take of it.
 * The work of a report (sorting cores, summing) is done here once, when the report arrives.
 */
import type { Registration, Report } from "./backend.ts";
import { Cards } from "./cards.ts";
import {
  afterProbe,
  type Health,
  type HealthThresholds,
  type ProbeOutcome,
  smoothedLatencyMs,
  UNPROBED,
} from "./health.ts";
import type { Tier } from "./tier.ts";

/** A core counts as free below this mean use, percent. */
export const BUSY_CORE_PCT = 80;

/** One backend, mutable, owned by the fleet. */
export class Slot {
  /** What the backend said of itself. */
  registration: Registration;
  /** Position in the fleet, by age. */
  index: number;
  /** Its last report. */
  report: Report | undefined = undefined;
  /** When the last report arrived; -Infinity before the first. Monotonic milliseconds. */
  reportedAt: number = -Infinity;
  /** Last registration or report. */
  lastSeenAt: number;
  /** Whether the last report is recent enough to stand on. */
  fresh = false;
  /** What probes found out. */
  health: Health = UNPROBED;
  /** Smoothed latency of successful probes, if there was one. */
  latencyMs: number | undefined = undefined;
  /** When it was last probed, monotonic milliseconds. */
  lastProbeAt: number | undefined = undefined;

  /** Cores below {@link BUSY_CORE_PCT}. */
  freeCores = 0;
  /** Sums of the k least loaded cores' use, k = 0…cores. */
  coreUseSums: Float64Array = new Float64Array(1);
  /** Memory left for new sessions, holds aside. */
  memoryAvailableGb = 0;
  /** Share of memory in use. */
  memoryUsedPct = 0;
  /** Storage left for new sessions, holds aside. */
  diskAvailableGb = 0;
  /** Its GPUs. */
  readonly cards: Cards = new Cards();

  /** Number of live holds here. */
  heldLeases = 0;
  /** Cores they take. */
  heldVcpu = 0;
  /** Memory they take. */
  heldMemoryGb = 0;
  /** Storage they take. */
  heldStorageGb = 0;

  /** Number of single requests among the holds. */
  requests = 0;
  /** Cores that those take. */
  requestVcpu = 0;
  /** Memory that they take. */
  requestMemoryGb = 0;
  /** Storage that they take. */
  requestStorageGb = 0;

  /** Whether the decision that is being made must not choose it. */
  isExcluded = false;

  /** A backend that has registered and not reported yet. */
  constructor(registration: Registration, index: number, now: number) {
    this.registration = registration;
    this.index = index;
    this.lastSeenAt = now;
  }

  /** Whether it may take work at all, room aside. */
  get routable(): boolean {
    return this.fresh && this.health.kind !== "unhealthy" && !this.isExcluded;
  }

  /** Takes a report. */
  update(report: Report, now: number): void {
    this.report = report;
    this.reportedAt = now;
    this.lastSeenAt = Math.max(this.lastSeenAt, now);
    this.#updateCores(report.coreUsagePct);
    this.memoryAvailableGb = report.memory.availableGb;
    this.memoryUsedPct = report.memory.totalGb > 0
      ? report.memory.usedGb / report.memory.totalGb * 100
      : 100;
    this.diskAvailableGb = report.disk.availableGb;
    this.cards.update(report.gpus);
  }

  /** Takes the tier's room and returns the booked device ids; the caller has checked that the cards fit. */
  hold(tier: Tier, isRequest: boolean): readonly number[] {
    this.#count(tier, isRequest, 1);
    return tier.gpus === 0 ? NO_CARDS : this.cards.book(tier);
  }

  /** Gives the tier's room back. */
  release(tier: Tier, gpus: readonly number[], isRequest: boolean): void {
    this.#count(tier, isRequest, -1);
    if (gpus.length > 0) this.cards.release(gpus, tier);
  }

  /** Takes the outcome of a probe; true when it turns the backend unhealthy. */
  probed(
    outcome: ProbeOutcome,
    limits: HealthThresholds,
    now: number,
  ): boolean {
    const health = afterProbe(this.health, outcome.ok, limits, now);
    const turned = health.kind === "unhealthy" &&
      this.health.kind !== "unhealthy";
    this.health = health;
    this.lastProbeAt = now;
    if (outcome.ok) {
      this.latencyMs = smoothedLatencyMs(this.latencyMs, outcome.latencyMs);
    }
    return turned;
  }

  #count(tier: Tier, isRequest: boolean, sign: 1 | -1): void {
    const { vcpu, memoryGb, storageGb } = tier;
    this.heldLeases += sign;
    this.heldVcpu += sign * vcpu;
    this.heldMemoryGb += sign * memoryGb;
    this.heldStorageGb += sign * storageGb;
    if (!isRequest) return;
    this.requests += sign;
    this.requestVcpu += sign * vcpu;
    this.requestMemoryGb += sign * memoryGb;
    this.requestStorageGb += sign * storageGb;
  }

  #updateCores(usagePct: readonly number[]): void {
    const sorted = Float64Array.from(usagePct).sort();
    if (this.coreUseSums.length !== sorted.length + 1) {
      this.coreUseSums = new Float64Array(sorted.length + 1);
    }
    let sum = 0;
    let free = 0;
    for (let k = 0; k < sorted.length; k++) {
      const use = sorted[k] ?? 0;
      if (use < BUSY_CORE_PCT) free++;
      sum += use;
      this.coreUseSums[k + 1] = sum;
    }
    this.freeCores = free;
  }
}

const NO_CARDS: readonly number[] = [];

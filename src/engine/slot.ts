/**
 * One backend's place in the fleet: what it said, what its last report means in room, what live leases take of it, and
 * what requests to it have taught. The work of a report (sorting cores, summing) is done here once, when it arrives.
 */
import type { Registration, Report } from "./backend.ts";
import { type CardRules, Cards } from "./cards.ts";
import type { RefusalReason } from "./decision.ts";
import { Failures } from "./ejection.ts";
import {
  afterProbe,
  type Health,
  type HealthThresholds,
  type ProbeOutcome,
  smoothedLatencyMs,
  UNPROBED,
} from "./health.ts";
import { Held } from "./held.ts";
import type { Lease } from "./lease.ts";
import { Ledger } from "./ledger.ts";
import { countryOf } from "./place_rule.ts";
import { ResponseTime } from "./response_time.ts";
import type { Tier } from "./tier.ts";
import { Usage } from "./usage.ts";

/** A core counts as free below this mean use, percent. */
export const BUSY_CORE_PCT = 80;

/**
 * What becomes of a request that a backend has: it is all there, the answer begins and is a good one or a fault of the
 * backend's, or nobody waits for it any more.
 */
export type Awaiting = "begun" | AwaitingEnd;

/** How the wait for an answer ends. */
export type AwaitingEnd = "answered" | "failed_answer" | "given_up";

/** One backend, mutable, owned by the fleet. */
export class Slot {
  /** What the backend said of itself; changed by {@link Slot.describe} alone. */
  registration: Registration;
  /** Code of the country it stands in; undefined when that is not known. */
  country: string | undefined;
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

  /** Cores of the last report. */
  cores = 0;
  /** Cores below {@link BUSY_CORE_PCT} by the averages. */
  freeCores = 0;
  /** Sums of the k least loaded cores' average use, k = 0…cores. */
  coreUseSums: Float64Array = new Float64Array(1);
  /** Memory left by the averages, leases aside. */
  memoryAvailableGb = 0;
  /** Share of memory in use by the averages. */
  memoryUsedPct = 0;
  /** Storage left by the averages, leases aside. */
  diskAvailableGb = 0;
  /** Its GPUs. */
  readonly cards: Cards;
  /** What it really uses. */
  readonly usage: Usage = new Usage();

  /** What all live leases take. */
  readonly held: Held = new Held();
  /** What those of single requests take of it. */
  readonly requests: Held = new Held();
  /** Load that the reports don't show yet. */
  readonly ledger: Ledger = new Ledger();
  /** Cores of the requests that were in flight at the last report, which shows their use. */
  requestVcpuShown = 0;
  /** Their memory, GB. */
  requestMemoryShownGb = 0;
  /** Requests of ours that it works on, with and without a session. */
  inFlight = 0;

  /** Requests that it has and has not begun to answer. */
  unanswered = 0;
  /** Its last answer while it had such, or the first of them, monotonic milliseconds. */
  aliveAt = 0;

  /** How fast it answers. */
  readonly response: ResponseTime = new ResponseTime();
  /** How it fails. */
  readonly failures: Failures = new Failures();
  /** Whether it is left out for a while because requests to it failed. */
  isEjected = false;
  /** Whether it came back from that and has answered nothing since. */
  isOnTrial = false;
  /** Whether its trial has a request to answer, so that no other is risked for the moment. */
  isTried = false;
  /** Whether its last probe failed. */
  isProbeFailing = false;
  /** Whether probes say that it is unhealthy, and are believed. */
  isDown = false;
  /** Whether it takes nothing new because it is being drained. */
  isDraining = false;
  /** Whether the decision that is being made must not choose it. */
  isExcluded = false;
  /** Whether its room is kept for one waiting ask that is too big for what is free now. */
  isEarmarked = false;

  /** A backend that has registered and not reported yet. */
  constructor(
    registration: Registration,
    index: number,
    now: number,
    cardRules: CardRules,
  ) {
    this.registration = registration;
    this.country = countryOf(registration.place);
    this.index = index;
    this.lastSeenAt = now;
    this.cards = new Cards(cardRules);
  }

  /** Takes what the backend says of itself now. */
  describe(registration: Registration): void {
    this.registration = registration;
    this.country = countryOf(registration.place);
  }

  /** Why it may take no work at all, room aside. */
  get obstacle(): RefusalReason | undefined {
    if (!this.fresh) return "stale";
    if (this.isDown || this.isExcluded) return "unhealthy";
    if (this.isEjected || this.isTried) return "ejected";
    if (this.isDraining) return "draining";
    return this.isEarmarked ? "cores" : undefined;
  }

  /** Whether it may take work at all, room aside. */
  get routable(): boolean {
    return this.fresh && !this.isDown && !this.isExcluded &&
      !this.isEjected && !this.isTried && !this.isDraining &&
      !this.isEarmarked;
  }

  /**
   * Whether its sessions may stay. While a trial has its request they move, as they do from a backend that is left out:
   * to move costs what the session has in memory there, to stay may cost the request.
   */
  get keepsSessions(): boolean {
    return this.fresh && !this.isDown && !this.isExcluded && !this.isEjected &&
      !this.isTried;
  }

  /** How long it has had requests without answering any, milliseconds; 0 when it owes no answer. */
  silenceMs(now: number): number {
    return this.unanswered === 0 ? 0 : Math.max(0, now - this.aliveAt);
  }

  /** A request waits for its answer, has it, or waits no more. */
  awaiting(change: Awaiting, now: number): void {
    if (change === "begun") {
      if (this.unanswered === 0) this.aliveAt = now;
      this.unanswered++;
      return;
    }
    this.unanswered--;
    if (change !== "given_up") this.aliveAt = now;
  }

  /** Takes a report. */
  update(report: Report, now: number): void {
    this.report = report;
    this.reportedAt = now;
    this.lastSeenAt = Math.max(this.lastSeenAt, now);
    this.usage.take(report, now);
    this.cards.update(report.gpus, this.usage.gpus);
    this.#updateCores(report.coreUsagePct);
    const { memory, disk } = report;
    this.memoryAvailableGb = memory.availableGb;
    this.memoryUsedPct = memory.totalGb > 0
      ? memory.usedGb / memory.totalGb * 100
      : 100;
    this.diskAvailableGb = disk.availableGb;
    this.requestVcpuShown = this.requests.vcpu;
    this.requestMemoryShownGb = this.requests.memoryGb;
  }

  /** Takes the lease's room; the caller has booked its cards. */
  open(lease: Lease): void {
    this.held.count(lease.tier, 1);
    if (lease.isRequest) this.requests.count(lease.tier, 1);
    else this.ledger.open(lease);
  }

  /** Gives the lease's room back. */
  close(lease: Lease): void {
    this.held.count(lease.tier, -1);
    if (lease.isRequest) this.requests.count(lease.tier, -1);
    else this.ledger.close(lease);
    if (lease.gpus.length === 0) return;
    this.seeCards(lease);
    this.cards.release(lease.gpus, lease.tier);
  }

  /** No report is taken to show what the lease does to its cards. */
  hideCards(lease: Lease): void {
    if (lease.hidesCards || lease.gpus.length === 0) return;
    lease.hidesCards = true;
    this.cards.see(lease.gpus, -1);
  }

  /** The reports show what the lease does to its cards. */
  seeCards(lease: Lease): void {
    if (!lease.hidesCards) return;
    lease.hidesCards = false;
    this.cards.see(lease.gpus);
  }

  /** Takes the outcome of a probe; what that turns the backend, if it does. */
  probed(
    outcome: ProbeOutcome,
    limits: HealthThresholds,
    now: number,
  ): "unhealthy" | "healthy" | undefined {
    const before = this.health.kind;
    this.health = afterProbe(this.health, outcome.ok, limits, now);
    this.lastProbeAt = now;
    this.isProbeFailing = !outcome.ok;
    if (outcome.ok) {
      this.latencyMs = smoothedLatencyMs(this.latencyMs, outcome.latencyMs);
    }
    const isUnhealthy = this.health.kind === "unhealthy";
    if (isUnhealthy === (before === "unhealthy")) return undefined;
    if (!isUnhealthy) this.response.forget();
    return isUnhealthy ? "unhealthy" : "healthy";
  }

  /** There are no probes any more: what they found out counts no longer. */
  forgetProbes(): void {
    this.health = UNPROBED;
    this.latencyMs = undefined;
    this.lastProbeAt = undefined;
    this.isProbeFailing = false;
  }

  #updateCores(usagePct: readonly number[]): void {
    const sorted = Float64Array.from(usagePct).sort();
    this.cores = sorted.length;
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

/** Books the tier's cards here: their device ids. The caller has checked that enough of them fit. */
export function bookCards(slot: Slot, tier: Tier): readonly number[] {
  return tier.gpus === 0 ? NO_CARDS : slot.cards.book(tier);
}

const NO_CARDS: readonly number[] = [];

/**
 * The adaptive rule: what the machines really use, plus what was placed and does not show yet. Sessions keep away from
 * machines that come close to full; single requests go where the answer will come soonest.
 */
import { cardLacks } from "./classic.ts";
import { Outlook } from "./outlook.ts";
import type { AdaptiveOptions, Weights } from "./routing_options.ts";
import type { Lack, Rule, Terms } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";
import type { UsualTimes } from "./usual_times.ts";

/** Points that put a machine behind all those that stay below the targets, under the guard `prefer`. */
const LAST_CHOICE_POINTS = 1e6;

/** Points within which sessions are near equals at most: a machine past a target has a thousand more than others. */
const SESSION_BAND_MAX = 20;

/** An error counts as so many usual answers, at least. */
const ERROR_MEDIANS = 5;

/** The adaptive rule. */
export class AdaptiveRule implements Rule {
  /** Its name in the configuration. */
  readonly name = "adaptive";
  /** Requests are scored by the response time to expect. */
  readonly splitsRequests = true;
  /** Points for the distance of a session. */
  readonly pointsOfKm: (km: number) => number;
  /** Points per kilometre for single requests. */
  readonly requestKmWeight: number;
  readonly #options: AdaptiveOptions;
  readonly #outlook: Outlook;
  readonly #usual: UsualTimes;

  /** The rule under these settings, for a fleet whose usual response times are kept there. */
  constructor(options: AdaptiveOptions, usual: UsualTimes) {
    this.#options = options;
    this.#usual = usual;
    this.#outlook = new Outlook(options);
    this.pointsOfKm = curveOf(options.weights);
    this.requestKmWeight = options.weights.requestDistance;
  }

  /** The score without the distance. */
  score(slot: Slot, tier: Tier, isRequest: boolean): number {
    if (!slot.routable) return Infinity;
    const outlook = this.#outlook;
    outlook.take(slot, tier, isRequest);
    // How busy its cores are keeps no request away: that is how requests make them.
    const cores = isRequest ? outlook.coresUnpromised : outlook.coresFree;
    const fits = cores >= tier.vcpu && outlook.memoryFreeGb >= tier.memoryGb &&
      outlook.storageFreeGb >= tier.storageGb &&
      (tier.gpus === 0 || slot.cards.fitting(tier) >= tier.gpus);
    if (!fits) return Infinity;
    const { cpu, memory } = this.#options.weights;
    const load = cpu * outlook.cpuPct + memory * outlook.memoryPct +
      (tier.gpus > 0 ? this.#gpuPoints(slot, tier) : 0);
    return isRequest
      ? load + this.#answerPoints(slot)
      : load + this.#latencyPoints(slot) + this.#kneePoints() +
        this.#guardPoints();
  }

  /** The parts of the score. */
  terms(slot: Slot, tier: Tier, isRequest: boolean): Terms {
    const outlook = this.#outlook;
    outlook.take(slot, tier, isRequest);
    const { cpu, memory } = this.#options.weights;
    return {
      cpu: cpu * outlook.cpuPct,
      memory: memory * outlook.memoryPct,
      gpu: tier.gpus > 0 ? this.#gpuPoints(slot, tier) : 0,
      latency: isRequest ? this.#answerPoints(slot) : this.#latencyPoints(slot),
      knee: isRequest ? 0 : this.#kneePoints(),
      guard: isRequest ? 0 : this.#guardPoints(),
    };
  }

  /** What is missing beside the real use and the load that does not show yet. */
  lacks(slot: Slot, tier: Tier, isRequest: boolean): readonly Lack[] {
    const outlook = this.#outlook;
    outlook.take(slot, tier, isRequest);
    const lacks: Lack[] = [];
    const check = (reason: Lack["reason"], have: number, need: number) => {
      if (!(have >= need)) lacks.push({ reason, have, need });
    };
    const { coresFree, coresUnpromised, memoryFreeGb } = outlook;
    check("cores", isRequest ? coresUnpromised : coresFree, tier.vcpu);
    check("memory", memoryFreeGb, tier.memoryGb);
    check("storage", outlook.storageFreeGb, tier.storageGb);
    if (tier.gpus > 0) lacks.push(...cardLacks(slot.cards, tier));
    const isStrict = this.#options.headroom.guard === "strict" && !isRequest;
    if (isStrict && lacks.length === 0) {
      const { targetCpu, targetMemory } = this.#options.headroom;
      const cores = (targetCpu - outlook.cpuShare) * slot.cores;
      const gb = (targetMemory - outlook.memoryShare) *
        slot.usage.memoryTotalGb;
      // The difference decides, as it does in the score: a need may swallow a small one.
      const pass = (reason: Lack["reason"], need: number, left: number) => {
        if (left < 0) lacks.push({ reason, have: need + left, need });
      };
      pass("cores", tier.vcpu, cores);
      pass("memory", tier.memoryGb, gb);
    }
    return lacks;
  }

  /** Whether the real use alone leaves room. */
  fitsByUse({ usage, cores, cards }: Slot, tier: Tier): boolean {
    const wanted = this.#options.headroom.fitCpuShare * tier.vcpu;
    return cores - usage.cores >= wanted &&
      usage.memoryFreeGb >= tier.memoryGb &&
      usage.diskFreeGb >= tier.storageGb &&
      (tier.gpus === 0 || cards.fittingByUse(tier) >= tier.gpus);
  }

  /** For a request, those in flight per core; for a session, how far the machine would be filled, 1 at a target. */
  filled(slot: Slot, tier: Tier, isRequest: boolean): number {
    if (isRequest) return (slot.inFlight + 1) / slot.cores;
    this.#outlook.take(slot, tier, isRequest);
    return this.#outlook.filled;
  }

  /** Requests are spread over near equals, and so are sessions when other servers place too. */
  band(best: number, isRequest: boolean): number {
    const { nearTie, peers } = this.#options;
    if (!isRequest && peers === 1) return 0;
    const share = Math.abs(best) * nearTie.bandPct / 100;
    const widest = isRequest ? share : Math.min(share, SESSION_BAND_MAX);
    return Math.max(nearTie.bandPoints, widest);
  }

  /** Sums what the last report of the backend can't show. */
  settle(slot: Slot): void {
    const { settleMs } = this.#options.ledger;
    const { absorbMs } = slot.usage;
    slot.ledger.sum(
      slot.reportedAt,
      absorbMs,
      settleMs,
      (lease) => slot.seeCards(lease),
    );
  }

  /** Brings the usual response times up to date now and then. */
  advance(slots: readonly Slot[], now: number): boolean {
    return this.#usual.advance(slots, this.#options.response.tauMs, now);
  }

  /** Learns from an answer or an error that took so long. */
  learn(slot: Slot, answerMs: number, isError: boolean, now: number): void {
    const { alpha, tauMs, errorPenaltyMs } = this.#options.response;
    const countedMs = isError
      ? Math.max(answerMs, errorPenaltyMs, ERROR_MEDIANS * this.#usual.medianMs)
      : answerMs;
    slot.response.take(countedMs, alpha, tauMs, now);
    this.#usual.note();
  }

  #gpuPoints({ cards }: Slot, tier: Tier): number {
    const usePct = cards.meanUsePct(tier) + cards.meanUnseenPct(tier);
    return this.#options.weights.gpu * usePct;
  }

  #latencyPoints(slot: Slot): number {
    return this.#options.weights.latency * (slot.latencyMs ?? 0);
  }

  #answerPoints(slot: Slot): number {
    const { weights, response: { kappa, tauMs }, peers } = this.#options;
    // To be tried, a backend that nobody knows must look like a good one: half of the fleet may be slow.
    const { goodMs, at } = this.#usual;
    // Who has been silent for longer than it usually takes may be frozen: it won't answer the next one sooner.
    const ownMs = Math.max(
      slot.response.expectedMs(goodMs, tauMs, at),
      slot.silenceMs(at),
    );
    const queue = (peers * slot.inFlight + 1) / slot.cores;
    const answerMs = ownMs * (1 + kappa * queue * queue);
    return weights.latency * ((slot.latencyMs ?? 0) + answerMs);
  }

  #kneePoints(): number {
    const { knee, kneeWeight } = this.#options.headroom;
    const { filled } = this.#outlook;
    if (filled <= knee) return 0;
    const beyond = (filled - knee) / (1 - knee);
    return kneeWeight * beyond * beyond;
  }

  #guardPoints(): number {
    if (this.#outlook.isBelowTargets) return 0;
    const { guard, guardWeight } = this.#options.headroom;
    switch (guard) {
      case "penalty":
        return guardWeight;
      case "prefer":
        return LAST_CHOICE_POINTS;
      case "strict":
        return Infinity;
      case "off":
        return 0;
    }
  }
}

/**
 * Points by distance: nearly straight where machines are near, and bounded, so that machines that are full are left for
 * others on the same continent. They never stop growing: of those far away the nearest still comes first.
 */
function curveOf({ distance, distanceMax }: Weights): (km: number) => number {
  if (distanceMax === 0) return (km) => distance * km;
  return (km) => {
    const straight = distance * km;
    return distanceMax * straight / (straight + distanceMax);
  };
}

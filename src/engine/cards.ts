/**
 * The GPUs of one backend as single cards. A session needs its VRAM on each card it gets, so room is never summed over
 * cards; holds are booked on named cards and survive reports that come and go.
 */
import { matchesGlob } from "../policy/glob.ts";
import type { GpuReading } from "./backend.ts";
import type { Tier } from "./tier.ts";

/** What live leases take of one card. */
interface CardHold {
  /** Leases that have it. */
  leases: number;
  /** Those whose load no report shows yet. */
  unseen: number;
  /** Those of tiers that name no VRAM: they take the card whole. */
  whole: number;
  /** VRAM of the others, GB. */
  vramGb: number;
}

/** So close to its own limit a card counts as hot, degrees Celsius: a new session adds about as much. */
export const NEAR_LIMIT_C = 5;

/** One reported card. */
interface Card {
  readonly deviceId: number;
  readonly name: string;
  readonly vendor: string;
  readonly totalGb: number;
  readonly freeGb: number;
  readonly usePct: number;
  /** Whether it lets nobody compute, which is a setting and no matter of time. */
  readonly isClosed: boolean;
  /** Whether it lets one process compute, however much VRAM that leaves. */
  readonly isForOne: boolean;
  /** Whether its state alone keeps others away: its use, its heat, or that nobody may compute on it. */
  readonly isBusy: boolean;
  readonly hold: CardHold;
}

/** How cards are shared. */
export interface CardRules {
  /** A card used as much or more is not free, percent; Infinity when use plays no part. */
  readonly busyPct: number;
  /**
   * Whether a booked card is nobody else's until reports show the load; afterwards its real use and what is booked of it
   * count, whichever is more. Otherwise what is booked counts beside the reported averages.
   */
  readonly areExclusive: boolean;
  /** A card hotter than this is not free, degrees Celsius; 0 goes by each card's own limit. */
  readonly maxTemperatureC: number;
}

/**
 * The cards of one backend; at most as many as its report names, plus held ones that it stopped naming. Whatever the
 * reports say, the VRAM that live leases have of a card never sums to more than the card has.
 */
export class Cards {
  #cards: readonly Card[] = [];
  readonly #holds = new Map<number, CardHold>();
  #rules: CardRules;
  #meanUsePct = 0;
  #unseen = 0;

  /** No cards yet. */
  constructor(rules: CardRules) {
    this.#rules = rules;
  }

  /** Goes on under other rules; `averages` and `fresh` are those of the last report. */
  reconfigure(
    rules: CardRules,
    averages: readonly GpuReading[],
    fresh: readonly GpuReading[],
  ): void {
    this.#rules = rules;
    this.update(averages, fresh);
  }

  /** Mean use of the cards that the tier may have, percent; 0 without such. */
  meanUsePct(tier: Tier): number {
    return isAnyMatch(tier)
      ? this.#meanUsePct
      : meanOf(this.#cards, tier, ({ usePct }) => usePct);
  }

  /** How much each lease whose load no report shows yet adds to that, if it uses its cards in full. */
  meanUnseenPct(tier: Tier): number {
    return isAnyMatch(tier)
      ? 100 * this.#unseen / Math.max(1, this.#cards.length)
      : meanOf(this.#cards, tier, ({ hold }) => 100 * hold.unseen);
  }

  /** Takes the cards of a new report, as averaged and as fresh as can be; holds stay with their device ids. */
  update(averages: readonly GpuReading[], fresh: readonly GpuReading[]): void {
    const { areExclusive } = this.#rules;
    const readings = areExclusive ? fresh : averages;
    const newest = new Map(fresh.map((reading) => [reading.deviceId, reading]));
    let use = 0;
    for (const reading of readings) use += reading.utilizationPct;
    this.#meanUsePct = readings.length === 0 ? 0 : use / readings.length;
    for (const [deviceId, hold] of this.#holds) {
      if (hold.leases === 0) this.#holds.delete(deviceId);
    }
    // How hot it is, and who may compute, is a matter of now, also where use is an average.
    this.#cards = readings.map((reading) =>
      this.#cardOf(reading, newest.get(reading.deviceId) ?? reading)
    );
  }

  /** How many cards are of the model and the vendor that the tier asks for. */
  matching(tier: Tier): number {
    let matching = 0;
    for (const card of this.#cards) if (isMatch(card, tier)) matching++;
    return matching;
  }

  /** How many cards could take one GPU of this tier if they were empty. */
  large(tier: Tier): number {
    let large = 0;
    for (const card of this.#cards) {
      const isLarge = card.totalGb >= tier.gpuMemoryGb && !card.isClosed;
      if (isLarge && isMatch(card, tier)) large++;
    }
    return large;
  }

  /** How many cards could take one GPU of this tier if leases, and what they asked for, were gone. */
  fittingByUse(tier: Tier): number {
    let fitting = 0;
    for (const card of this.#cards) {
      const { isBusy, totalGb, freeGb, hold: { whole, vramGb } } = card;
      const emptiedGb = whole > 0
        ? totalGb
        : Math.min(totalGb, freeGb + vramGb);
      const isFree = !isBusy && emptiedGb >= tier.gpuMemoryGb;
      if (isFree && isMatch(card, tier)) fitting++;
    }
    return fitting;
  }

  /** How many cards could take one GPU of this tier now. */
  fitting(tier: Tier): number {
    let fitting = 0;
    for (const card of this.#cards) if (this.#fits(card, tier)) fitting++;
    return fitting;
  }

  /**
   * Books the tier's cards and returns their device ids: those with the least room that is enough, so that large free
   * cards stay whole. The caller has checked that enough cards fit.
   */
  book(tier: Tier): readonly number[] {
    const chosen = this.#cards.filter((card) => this.#fits(card, tier))
      .sort((a, b) =>
        this.#roomGb(a) - this.#roomGb(b) || a.deviceId - b.deviceId
      )
      .slice(0, tier.gpus);
    const deviceIds = chosen.map((card) => card.deviceId);
    this.retake(deviceIds, tier);
    return deviceIds;
  }

  /** Gives cards back that are seen. */
  release(deviceIds: readonly number[], tier: Tier): void {
    for (const deviceId of deviceIds) {
      const hold = this.#hold(deviceId);
      take(hold, tier, -1);
      const gone = hold.leases === 0 &&
        !this.#cards.some((card) => card.deviceId === deviceId);
      if (gone) this.#holds.delete(deviceId);
    }
  }

  /** Books named cards, those of a lease of an earlier run. */
  retake(deviceIds: readonly number[], tier: Tier): void {
    for (const deviceId of deviceIds) take(this.#hold(deviceId), tier, 1);
    this.see(deviceIds, -1);
  }

  /** Reports show from now on what a lease does to its cards, or (-1) are taken not to. */
  see(deviceIds: readonly number[], sign: 1 | -1 = 1): void {
    for (const deviceId of deviceIds) this.#hold(deviceId).unseen -= sign;
    this.#unseen -= sign * deviceIds.length;
  }

  /** Free VRAM of the last card that the tier would get, GB, taken and busy ones as 0: what its need is compared with. */
  freeGb(tier: Tier): number {
    const free = this.#cards.filter((card) => isMatch(card, tier))
      .map((card) => this.#isTaken(card) ? 0 : Math.max(0, this.#roomGb(card)));
    return free.sort((a, b) => b - a)[tier.gpus - 1] ?? 0;
  }

  #cardOf(reading: GpuReading, newest: GpuReading): Card {
    const { memoryTotalGb, memoryUsedGb } = reading;
    const isClosed = newest.computeMode === "prohibited";
    return {
      deviceId: reading.deviceId,
      name: reading.name,
      vendor: reading.vendor ?? "",
      totalGb: memoryTotalGb,
      freeGb: Math.max(0, memoryTotalGb - memoryUsedGb),
      usePct: reading.utilizationPct,
      isClosed,
      isForOne: newest.computeMode?.startsWith("exclusive") === true,
      isBusy: isClosed || this.#isBusy(reading, newest),
      hold: this.#hold(reading.deviceId),
    };
  }

  #isBusy(reading: GpuReading, newest: GpuReading): boolean {
    const { busyPct, maxTemperatureC } = this.#rules;
    return reading.utilizationPct >= busyPct ||
      newest.isThrottled === true ||
      isHot(newest, maxTemperatureC);
  }

  /** Whether nobody else can have any of it. */
  #isTaken({ isBusy, isForOne, hold }: Card): boolean {
    return isBusy || hold.whole > 0 || (isForOne && hold.leases > 0) ||
      (this.#rules.areExclusive && hold.unseen > 0);
  }

  #fits(card: Card, tier: Tier): boolean {
    if (this.#isTaken(card) || !isMatch(card, tier)) return false;
    return tier.gpuMemoryGb === 0
      ? card.hold.leases === 0
      : this.#roomGb(card) >= tier.gpuMemoryGb;
  }

  /** What is left of it for one more. */
  #roomGb({ totalGb, freeGb, hold }: Card): number {
    return this.#rules.areExclusive
      ? Math.min(freeGb, totalGb - hold.vramGb)
      : freeGb - hold.vramGb;
  }

  #hold(deviceId: number): CardHold {
    let hold = this.#holds.get(deviceId);
    if (hold === undefined) {
      hold = { leases: 0, unseen: 0, whole: 0, vramGb: 0 };
      this.#holds.set(deviceId, hold);
    }
    return hold;
  }
}

/** The mean over the cards that the tier may have; 0 without such. */
function meanOf(
  cards: readonly Card[],
  tier: Tier,
  valueOf: (card: Card) => number,
): number {
  let sum = 0;
  let count = 0;
  for (const card of cards) {
    if (!isMatch(card, tier)) continue;
    sum += valueOf(card);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

function isAnyMatch({ gpuModel, gpuVendor }: Tier): boolean {
  return gpuModel === "" && gpuVendor === "";
}

/** Whether it is of the model and the vendor that the tier asks for; by default any is. */
function isMatch(
  { name, vendor }: Card,
  { gpuModel, gpuVendor }: Tier,
): boolean {
  return (gpuVendor === "" || vendor === gpuVendor) &&
    (gpuModel === "" || matchesGlob(name, gpuModel));
}

/** A card that does not tell its limit is hot only by a limit of ours. */
function isHot(
  { temperatureC, temperatureLimitC }: GpuReading,
  maxTemperatureC: number,
): boolean {
  if (maxTemperatureC > 0) return temperatureC > maxTemperatureC;
  return temperatureLimitC !== undefined && temperatureLimitC > 0 &&
    temperatureC >= temperatureLimitC - NEAR_LIMIT_C;
}

function take(hold: CardHold, { gpuMemoryGb }: Tier, sign: 1 | -1): void {
  hold.leases += sign;
  if (gpuMemoryGb === 0) hold.whole += sign;
  else hold.vramGb += sign * gpuMemoryGb;
}

/**
 * The GPUs of one backend as single cards. A session needs its VRAM on each card it gets, so room is never summed over
 * cards; holds are booked on named cards and survive reports that come and go.
 */
import type { GpuReading } from "./backend.ts";
import type { Tier } from "./tier.ts";

/** What live holds take of one card. */
interface CardHold {
  /** Leases that took it. */
  leases: number;
  /** Those of tiers that name no VRAM: they take the card whole. */
  whole: number;
  /** VRAM of the others, GB. */
  vramGb: number;
}

/** One reported card. */
interface Card {
  readonly deviceId: number;
  readonly totalGb: number;
  readonly freeGb: number;
  /** Whether its use alone keeps others away. */
  readonly isBusy: boolean;
  readonly hold: CardHold;
}

/** How cards are shared. */
export interface CardRules {
  /** A card used as much or more is not free, percent; Infinity when use plays no part. */
  readonly busyPct: number;
  /**
   * Whether a booked card is nobody else's until reports show the load, and is judged by its real use afterwards.
   * Otherwise only the VRAM of a lease is taken, for as long as the lease lives, and averages count as reported.
   */
  readonly areExclusive: boolean;
}

/** The cards of one backend; at most as many as its report names, plus held ones that it stopped naming. */
export class Cards {
  #cards: readonly Card[] = [];
  readonly #holds = new Map<number, CardHold>();
  #rules: CardRules;
  #meanUsePct = 0;
  #booked = 0;

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

  /** Number of cards in the last report. */
  get count(): number {
    return this.#cards.length;
  }

  /** Mean use of all cards, percent. */
  get meanUsePct(): number {
    return this.#meanUsePct;
  }

  /** Number of cards that leases take. */
  get booked(): number {
    return this.#booked;
  }

  /** Takes the cards of a new report, as averaged and as fresh as can be; holds stay with their device ids. */
  update(averages: readonly GpuReading[], fresh: readonly GpuReading[]): void {
    const { areExclusive, busyPct } = this.#rules;
    const readings = areExclusive ? fresh : averages;
    let use = 0;
    for (const reading of readings) use += reading.utilizationPct;
    this.#meanUsePct = readings.length === 0 ? 0 : use / readings.length;
    for (const [deviceId, hold] of this.#holds) {
      if (hold.leases === 0) this.#holds.delete(deviceId);
    }
    this.#cards = readings.map((reading) => ({
      deviceId: reading.deviceId,
      totalGb: reading.memoryTotalGb,
      freeGb: Math.max(0, reading.memoryTotalGb - reading.memoryUsedGb),
      isBusy: reading.utilizationPct >= busyPct,
      hold: this.#hold(reading.deviceId),
    }));
  }

  /** How many cards could take one GPU of this tier if they were empty. */
  large({ gpuMemoryGb }: Tier): number {
    let large = 0;
    for (const { totalGb } of this.#cards) if (totalGb >= gpuMemoryGb) large++;
    return large;
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
      .sort((a, b) => roomGb(a) - roomGb(b) || a.deviceId - b.deviceId)
      .slice(0, tier.gpus);
    for (const card of chosen) this.#take(card.hold, tier, 1);
    return chosen.map((card) => card.deviceId);
  }

  /** Gives booked cards back. */
  release(deviceIds: readonly number[], tier: Tier): void {
    for (const deviceId of deviceIds) {
      const hold = this.#hold(deviceId);
      this.#take(hold, tier, -1);
      const gone = hold.leases === 0 &&
        !this.#cards.some((card) => card.deviceId === deviceId);
      if (gone) this.#holds.delete(deviceId);
    }
  }

  /** Books named cards again, those of a lease of an earlier run. */
  retake(deviceIds: readonly number[], tier: Tier): void {
    for (const deviceId of deviceIds) this.#take(this.#hold(deviceId), tier, 1);
  }

  /** Free VRAM of the card with the n-th most of it, GB, taken and busy cards as 0: what a need is compared with. */
  nthFreeGb(n: number): number {
    const free = this.#cards.map((card) =>
      this.#isTaken(card) ? 0 : Math.max(0, roomGb(card))
    );
    return free.sort((a, b) => b - a)[n - 1] ?? 0;
  }

  #take(hold: CardHold, tier: Tier, sign: 1 | -1): void {
    this.#booked += sign;
    hold.leases += sign;
    if (tier.gpuMemoryGb === 0) hold.whole += sign;
    else hold.vramGb += sign * tier.gpuMemoryGb;
  }

  /** Whether nobody else can have any of it. */
  #isTaken({ isBusy, hold }: Card): boolean {
    return isBusy || hold.whole > 0 ||
      (this.#rules.areExclusive && hold.leases > 0);
  }

  #fits(card: Card, tier: Tier): boolean {
    if (this.#isTaken(card)) return false;
    return tier.gpuMemoryGb === 0
      ? card.hold.leases === 0
      : roomGb(card) >= tier.gpuMemoryGb;
  }

  #hold(deviceId: number): CardHold {
    let hold = this.#holds.get(deviceId);
    if (hold === undefined) {
      hold = { leases: 0, whole: 0, vramGb: 0 };
      this.#holds.set(deviceId, hold);
    }
    return hold;
  }
}

function roomGb(card: Card): number {
  return card.freeGb - card.hold.vramGb;
}

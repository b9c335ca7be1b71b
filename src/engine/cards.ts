/**
 * The GPUs of one backend as single cards. A session needs its VRAM on each card it gets, so room is never summed over
 * cards; holds are booked on named cards and survive reports that come and go.
 */
import type { GpuReading } from "./backend.ts";
import type { Tier } from "./tier.ts";

/** What live holds take of one card. */
interface CardHold {
  vramGb: number;
  /** Holds of tiers that name no VRAM: they take the card whole. */
  whole: number;
}

/** One reported card. */
interface Card {
  readonly deviceId: number;
  readonly freeGb: number;
  readonly hold: CardHold;
}

/** The cards of one backend; at most as many as its report names, plus held ones that it stopped naming. */
export class Cards {
  #cards: readonly Card[] = [];
  readonly #holds = new Map<number, CardHold>();
  #meanUsePct = 0;

  /** Number of cards in the last report. */
  get count(): number {
    return this.#cards.length;
  }

  /** Mean use of all cards, percent. */
  get meanUsePct(): number {
    return this.#meanUsePct;
  }

  /** Takes the cards of a new report; holds stay with their device ids. */
  update(readings: readonly GpuReading[]): void {
    let use = 0;
    for (const reading of readings) use += reading.utilizationPct;
    this.#meanUsePct = readings.length === 0 ? 0 : use / readings.length;
    this.#cards = readings.map((reading) => ({
      deviceId: reading.deviceId,
      freeGb: Math.max(0, reading.memoryTotalGb - reading.memoryUsedGb),
      hold: this.#hold(reading.deviceId),
    }));
  }

  /** How many cards could take one GPU of this tier now. */
  fitting(tier: Tier): number {
    let fitting = 0;
    for (const card of this.#cards) if (fits(card, tier)) fitting++;
    return fitting;
  }

  /**
   * Books the tier's cards and returns their device ids: those with the least room that is enough, so that large free
   * cards stay whole. The caller has checked that enough cards fit.
   */
  book(tier: Tier): readonly number[] {
    const chosen = this.#cards.filter((card) => fits(card, tier))
      .sort((a, b) => roomGb(a) - roomGb(b) || a.deviceId - b.deviceId)
      .slice(0, tier.gpus);
    for (const card of chosen) take(card.hold, tier, 1);
    return chosen.map((card) => card.deviceId);
  }

  /** Gives booked cards back. */
  release(deviceIds: readonly number[], tier: Tier): void {
    for (const deviceId of deviceIds) {
      const hold = this.#hold(deviceId);
      take(hold, tier, -1);
      const gone = hold.vramGb === 0 && hold.whole === 0 &&
        !this.#cards.some((card) => card.deviceId === deviceId);
      if (gone) this.#holds.delete(deviceId);
    }
  }

  #hold(deviceId: number): CardHold {
    let hold = this.#holds.get(deviceId);
    if (hold === undefined) {
      hold = { vramGb: 0, whole: 0 };
      this.#holds.set(deviceId, hold);
    }
    return hold;
  }
}

function fits(card: Card, tier: Tier): boolean {
  if (card.hold.whole > 0) return false;
  return tier.gpuMemoryGb === 0
    ? card.hold.vramGb === 0
    : roomGb(card) >= tier.gpuMemoryGb;
}

function roomGb(card: Card): number {
  return card.freeGb - card.hold.vramGb;
}

function take(hold: CardHold, tier: Tier, sign: 1 | -1): void {
  if (tier.gpuMemoryGb === 0) hold.whole += sign;
  else hold.vramGb += sign * tier.gpuMemoryGb;
}

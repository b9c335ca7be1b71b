/** One machine as it truly is: what it has, what others and our sessions use of it, and what its client makes of that. */
import type {
  GpuReading,
  Report,
  ShortWindow,
} from "../../src/engine/backend.ts";
import type { Tier } from "../../src/engine/tier.ts";
import type { MachineKind } from "./settings.ts";
import type { Work } from "./steps.ts";

const WINDOW_SECONDS = 900;
const SHORT_SECONDS = 10;
/** Share of the disk that others use. */
const DISK_USED_SHARE = 0.2;
/** Use of a card that a session has, percent. */
const CARD_USE_PCT = 80;

/** Use over a stretch of time: cores, memory, disk, then use and VRAM of each card. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly use: readonly number[];
}

interface Running {
  readonly tier: Tier;
  readonly work: Work;
  readonly cards: readonly number[];
}

/** The machine. */
export class Machine {
  readonly kind: MachineKind;
  #cardsGb: readonly number[];
  #otherShare = 0.1;
  #since = 0;
  #settledAt = 0;
  readonly #running = new Map<number, Running>();
  readonly #stretches: Stretch[] = [];

  /** Nearly idle. */
  constructor(kind: MachineKind) {
    this.kind = kind;
    this.#cardsGb = kind.cardsGb;
  }

  /** Number of its cards. */
  get cardCount(): number {
    return this.#cardsGb.length;
  }

  /** Other cards are in it; its client has begun anew. */
  changeCards(cardsGb: readonly number[], at: number): void {
    this.#cardsGb = cardsGb;
    this.#since = this.#settledAt = at;
    this.#stretches.length = 0;
  }

  /** Work of ours begins. */
  begin(
    caller: number,
    tier: Tier,
    work: Work,
    cards: readonly number[],
    at: number,
  ): void {
    this.#settle(at);
    this.#running.set(caller, { tier, work, cards });
  }

  /** Work of ours ends. */
  end(caller: number, at: number): void {
    if (!this.#running.has(caller)) return;
    this.#settle(at);
    this.#running.delete(caller);
  }

  /** What its client reports now, after others' use has changed by `drift`. */
  report(at: number, drift: number): Report {
    this.#settle(at);
    this.#otherShare = Math.min(0.9, Math.max(0, this.#otherShare + drift));
    const { style } = this.kind;
    const averages = this.#mean(at, WINDOW_SECONDS);
    const report = {
      coreUsagePct: this.#spread(averages[0] ?? 0),
      memory: roomOf(this.kind.memoryGb, averages[1] ?? 0),
      disk: roomOf(this.kind.diskGb, averages[2] ?? 0),
      gpus: this.#readings(averages),
    };
    if (style === "plain") return report;
    const windowSeconds = WINDOW_SECONDS;
    if (style === "old") return { ...report, windowSeconds };
    const lived = Math.max(1, (at - this.#since) / 1000);
    return {
      ...report,
      windowSeconds,
      windowFilledSeconds: Math.min(WINDOW_SECONDS, lived),
      shortWindow: this.#short(at),
    };
  }

  #short(at: number): ShortWindow {
    const use = this.#mean(at, SHORT_SECONDS);
    return {
      seconds: SHORT_SECONDS,
      coreUsagePct: this.#spread(use[0] ?? 0),
      memoryUsedGb: use[1] ?? 0,
      diskUsedGb: use[2] ?? 0,
      gpus: this.#readings(use),
    };
  }

  #settle(at: number): void {
    if (at <= this.#settledAt) return;
    this.#stretches.push({ from: this.#settledAt, to: at, use: this.#use() });
    this.#settledAt = at;
    const first = at - WINDOW_SECONDS * 1000;
    while ((this.#stretches[0]?.to ?? Infinity) < first) {
      this.#stretches.shift();
    }
  }

  #use(): number[] {
    const { cores, memoryGb, diskGb } = this.kind;
    const use = [
      cores * this.#otherShare,
      memoryGb * this.#otherShare,
      diskGb * DISK_USED_SHARE,
    ];
    for (let i = 0; i < 2 * this.#cardsGb.length; i++) use.push(0);
    for (const { tier, work, cards } of this.#running.values()) {
      use[0]! += tier.vcpu * work.cpuShare;
      use[1]! += tier.memoryGb * work.memoryShare;
      use[2]! += tier.storageGb * work.memoryShare;
      for (const card of cards) {
        const totalGb = this.#cardsGb[card];
        if (totalGb === undefined) continue;
        use[3 + 2 * card]! += CARD_USE_PCT * work.cpuShare;
        use[4 + 2 * card]! += tier.gpuMemoryGb === 0
          ? totalGb / 2
          : tier.gpuMemoryGb * work.memoryShare;
      }
    }
    const most = [cores, memoryGb, diskGb];
    for (const gb of this.#cardsGb) most.push(100, gb);
    return use.map((one, i) => Math.min(one, most[i] ?? one));
  }

  #mean(at: number, seconds: number): number[] {
    const from = at - seconds * 1000;
    const sums = new Array<number>(3 + 2 * this.#cardsGb.length).fill(0);
    let lengthMs = 0;
    for (let i = this.#stretches.length - 1; i >= 0; i--) {
      const stretch = this.#stretches[i]!;
      const ms = stretch.to - Math.max(stretch.from, from);
      if (ms <= 0) break;
      lengthMs += ms;
      for (let k = 0; k < sums.length; k++) sums[k]! += ms * stretch.use[k]!;
    }
    return lengthMs === 0 ? this.#use() : sums.map((sum) => sum / lengthMs);
  }

  /** So many cores in use, the first ones more than the last ones. */
  #spread(coresUsed: number): number[] {
    const { cores } = this.kind;
    const even = coresUsed / cores;
    return Array.from({ length: cores }, (_, i) => {
      const full = Math.min(1, Math.max(0, coresUsed - i));
      return 100 * (even + full) / 2;
    });
  }

  #readings(use: readonly number[]): GpuReading[] {
    return this.#cardsGb.map((memoryTotalGb, deviceId) => ({
      deviceId,
      name: "Card",
      utilizationPct: use[3 + 2 * deviceId] ?? 0,
      memoryUsedGb: use[4 + 2 * deviceId] ?? 0,
      memoryTotalGb,
      temperatureC: 40,
      powerDrawW: 100,
    }));
  }
}

function roomOf(totalGb: number, usedGb: number): Report["memory"] {
  return { totalGb, usedGb, availableGb: totalGb - usedGb };
}

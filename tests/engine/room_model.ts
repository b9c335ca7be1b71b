/**
 * The room of one machine counted plainly, from the instants and figures of its reports and from what was placed on it.
 * No engine code: the property test holds the engine against this.
 */
import type { Tier } from "../../src/engine/tier.ts";

/** What a promise is taken to use, and what sums may miss. */
export interface Shares {
  /** Share of its cores that a session is expected to use. */
  readonly cpu: number;
  /** Share of its memory. */
  readonly memory: number;
  /** How long a session takes to fill its memory, milliseconds. */
  readonly settleMs: number;
  /** Share of the new session's own cores that must be free by the reports. */
  readonly fitCpu: number;
  /** A card used as much or more takes nobody, percent. */
  readonly gpuBusyPct: number;
}

/** A card as last reported. */
export interface ModelCard {
  readonly deviceId: number;
  readonly usePct: number;
  readonly totalGb: number;
  readonly freeGb: number;
}

/** What the last report says. */
export interface ModelReport {
  readonly at: number;
  /** Sessions that began so long before it are in it, milliseconds. */
  readonly absorbMs: number;
  readonly coresUsed: number;
  readonly memoryFreeGb: number;
  readonly diskFreeGb: number;
  readonly cards: readonly ModelCard[];
}

/** A live lease. */
export interface ModelLease {
  readonly id: number;
  readonly tier: Tier;
  readonly gpus: readonly number[];
  /** A single request's. */
  readonly isRequest: boolean;
  readonly stickyId: string | undefined;
  startedAt: number | undefined;
  expiresAt: number;
  /** Whether no report shows yet what it does to its cards. */
  hidesCards: boolean;
}

const RAMP_MS = 60_000;
const CARD_SHARE = 0.9;
/** What sums of fractions may be off by. */
const GRAIN = 1e-6;

/** One machine. */
export class RoomModel {
  readonly cores: number;
  readonly live: Map<number, ModelLease> = new Map();
  report: ModelReport | undefined = undefined;
  #shares: Shares;
  #requestsShown = { vcpu: 0, memoryGb: 0 };

  constructor(cores: number, shares: Shares) {
    this.cores = cores;
    this.#shares = shares;
  }

  /** Takes a report and sees which sessions' cards it shows. */
  take(report: ModelReport): void {
    this.report = report;
    this.#requestsShown = this.#requests();
    for (const lease of this.live.values()) {
      const ageMs = report.at - (lease.startedAt ?? Infinity);
      if (ageMs >= CARD_SHARE * Math.max(report.absorbMs, RAMP_MS)) {
        lease.hidesCards = lease.isRequest && lease.hidesCards;
      }
    }
  }

  /** What is wrong with placing that lease here now; undefined when there is room for it. */
  objection(lease: ModelLease): string | undefined {
    const { report } = this;
    if (report === undefined) return "there is no report";
    const { vcpu, memoryGb, storageGb } = lease.tier;
    const shares = this.#shares;
    const [holds, fading] = [this.#holds(), this.#fading(report)];
    const begun = lease.isRequest ? NONE : this.#begun();
    const over = (what: string, room: number, need: number) =>
      need > room + GRAIN ? `${what}: ${need} of ${room}` : undefined;
    const promised = holds.vcpu + shares.cpu * (fading.vcpu + begun.vcpu);
    return over(
      "cores promised",
      this.cores - holds.vcpu - fading.vcpu,
      vcpu,
    ) ??
      (lease.isRequest ? undefined : over(
        "cores",
        this.cores - report.coresUsed - promised,
        shares.fitCpu * vcpu,
      )) ??
      over(
        "memory",
        report.memoryFreeGb - holds.memoryGb -
          shares.memory * (fading.memoryGb + begun.memoryGb),
        memoryGb,
      ) ??
      over(
        "storage",
        Math.max(0, report.diskFreeGb - holds.storageGb - fading.storageGb),
        storageGb,
      ) ??
      this.#cardObjection(lease, report);
  }

  /** What all live leases take, as operators see it. */
  held() {
    const all = [...this.live.values()];
    const sum = (size: (tier: Tier) => number) =>
      all.reduce((total, { tier }) => total + size(tier), 0);
    return {
      leases: all.length,
      vcpu: sum((tier) => tier.vcpu),
      memoryGb: sum((tier) => tier.memoryGb),
      storageGb: sum((tier) => tier.storageGb),
    };
  }

  #cardObjection(
    { gpus, tier }: ModelLease,
    report: ModelReport,
  ): string | undefined {
    if (new Set(gpus).size !== tier.gpus) return `cards ${gpus}`;
    const taken = new Set(
      [...this.live.values()].filter((lease) => lease.hidesCards)
        .flatMap((lease) => lease.gpus),
    );
    for (const deviceId of gpus) {
      const card = report.cards.find((one) => one.deviceId === deviceId);
      if (card === undefined) return `card ${deviceId} is not there`;
      if (taken.has(deviceId)) return `card ${deviceId} is taken`;
      if (card.usePct >= this.#shares.gpuBusyPct) {
        return `card ${deviceId} is used ${card.usePct} %`;
      }
      if (card.freeGb < tier.gpuMemoryGb) {
        return `card ${deviceId} has ${card.freeGb} GB free`;
      }
      const booked = this.#bookedGb(card);
      if (booked + (tier.gpuMemoryGb || card.totalGb) > card.totalGb) {
        return `card ${deviceId} has ${booked} of ${card.totalGb} GB booked`;
      }
    }
    return undefined;
  }

  /** VRAM that live leases have of a card; a tier that names none has all of it. */
  #bookedGb({ deviceId, totalGb }: ModelCard): number {
    let sum = 0;
    for (const { gpus, tier } of this.live.values()) {
      if (gpus.includes(deviceId)) sum += tier.gpuMemoryGb || totalGb;
    }
    return sum;
  }

  #sessions(): ModelLease[] {
    return [...this.live.values()].filter((lease) => !lease.isRequest);
  }

  #holds(): Needs {
    return total(
      this.#sessions().filter((lease) => lease.startedAt === undefined)
        .map(({ tier }) => tier),
    );
  }

  #fading({ at, absorbMs }: ModelReport): Needs {
    return total(
      this.#sessions().flatMap(({ tier, startedAt }) => {
        if (startedAt === undefined) return [];
        const ageMs = Math.max(0, at - startedAt);
        const unseen = (fadeMs: number) => Math.max(0, 1 - ageMs / fadeMs);
        const full = unseen(Math.max(absorbMs, this.#shares.settleMs));
        return [{
          vcpu: tier.vcpu * unseen(Math.max(absorbMs, RAMP_MS)),
          memoryGb: tier.memoryGb * full,
          storageGb: tier.storageGb * full,
        }];
      }),
    );
  }

  /** Single requests in flight, beyond as many as the last report shows. */
  #begun(): Omit<Needs, "storageGb"> {
    const [now, shown] = [this.#requests(), this.#requestsShown];
    return {
      vcpu: Math.max(0, now.vcpu - shown.vcpu),
      memoryGb: Math.max(0, now.memoryGb - shown.memoryGb),
    };
  }

  #requests(): Needs {
    return total(
      [...this.live.values()].filter((lease) => lease.isRequest)
        .map(({ tier }) => tier),
    );
  }
}

interface Needs {
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly storageGb: number;
}

const NONE: Needs = { vcpu: 0, memoryGb: 0, storageGb: 0 };

function total(needs: readonly Needs[]): Needs {
  return needs.reduce((sum, one) => ({
    vcpu: sum.vcpu + one.vcpu,
    memoryGb: sum.memoryGb + one.memoryGb,
    storageGb: sum.storageGb + one.storageGb,
  }), NONE);
}

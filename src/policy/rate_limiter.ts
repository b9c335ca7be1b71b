/**
 * Who may send another request: token buckets for each address, for each key, and for each address and tier. Owner: the
 * server, which has one for all its entrances; bounded by its tables and {@link KEYS_MAX}.
 */
import type { Principal } from "./principal.ts";
import { type AddressKey, type HashSeed, RateTable } from "./rate_table.ts";

/** Addresses of one tier that are told apart: 1 MiB for each tier that has a limit. */
const TIER_ENTRIES_MAX = 2 ** 16;
/** Keys whose use is counted; only keys with a limit of their own are, and the one first used gives way. */
const KEYS_MAX = 16_384;
/** What a key, or an address for a tier, may send at once, as a part of what it may send in a minute. */
const BURST_SHARE = 0.25;
/** Rounding must not refuse who comes at the very instant it was told. */
const ROUNDING = 1e-6;
const MINUTE_MS = 60_000;

/** What the limiter goes by. */
export interface RateSettings {
  /** Requests per minute and address; 0 for no limit. */
  readonly perMinute: number;
  /** Requests that an address may send at once, from 1. */
  readonly burst: number;
  /** Requests per minute and address for each tier that has a limit. */
  readonly tiers: ReadonlyMap<string, number>;
}

/** Why a request was refused, as the `RateLimit` fields say it (draft-ietf-httpapi-ratelimit-headers-06). */
export interface RateRefusal {
  /** What may be sent at once. */
  readonly limit: number;
  /** How much of that is left: less than one request. */
  readonly remaining: 0;
  /** Until all of it may be sent again, whole seconds. */
  readonly resetSeconds: number;
  /** Until one request may be sent, whole seconds from 1. */
  readonly retrySeconds: number;
}

/** Counts requests; each `take` counts one, unless it refuses it. */
export class RateLimiter {
  readonly #seed: HashSeed;
  readonly #addresses: Bucketed;
  readonly #tiers = new Map<string, Bucketed>();
  readonly #keys = new Map<string, Bucket>();

  /** Nobody has sent anything. */
  constructor(settings: RateSettings, seed: HashSeed, now: number) {
    this.#seed = seed;
    this.#addresses = new Bucketed(
      new RateTable(seed),
      settings.perMinute,
      settings.burst,
      now,
    );
    this.#configureTiers(settings.tiers, now);
  }

  /** Goes by these settings from now on; what was sent stays sent. */
  configure({ perMinute, burst, tiers }: RateSettings, now: number): void {
    this.#addresses.configure(perMinute, burst, now);
    this.#configureTiers(tiers, now);
  }

  /** Whether addresses have a limit, so that {@link RateLimiter.takeAddress} need not be asked otherwise. */
  get limitsAddresses(): boolean {
    return this.#addresses.isOn;
  }

  /** A request from an address: undefined when it may go on. */
  takeAddress(address: AddressKey, now: number): RateRefusal | undefined {
    return this.#addresses.take(address, now);
  }

  /** A request with a key: undefined when it may go on. */
  takeKey(principal: Principal, now: number): RateRefusal | undefined {
    const { name, ratePerMinute } = principal;
    if (ratePerMinute === 0) return undefined;
    let bucket = this.#keys.get(name);
    if (bucket === undefined) {
      if (this.#keys.size >= KEYS_MAX) {
        for (const first of this.#keys.keys()) {
          this.#keys.delete(first);
          break;
        }
      }
      this.#keys.set(name, bucket = new Bucket());
    }
    return bucket.take(ratePerMinute, now);
  }

  /** Whether a tier has a limit, so that {@link RateLimiter.takeTier} need not be asked otherwise. */
  limitsTier(tier: string): boolean {
    return this.#tiers.has(tier);
  }

  /** A request from an address for a tier: undefined when it may go on. */
  takeTier(
    tier: string,
    address: AddressKey,
    now: number,
  ): RateRefusal | undefined {
    return this.#tiers.get(tier)?.take(address, now);
  }

  #configureTiers(tiers: ReadonlyMap<string, number>, now: number): void {
    for (const tier of this.#tiers.keys()) {
      if ((tiers.get(tier) ?? 0) === 0) this.#tiers.delete(tier);
    }
    for (const [tier, perMinute] of tiers) {
      if (perMinute === 0) continue;
      const burst = burstOf(perMinute);
      const known = this.#tiers.get(tier);
      if (known !== undefined) known.configure(perMinute, burst, now);
      else {
        const table = new RateTable(this.#seed, TIER_ENTRIES_MAX);
        this.#tiers.set(tier, new Bucketed(table, perMinute, burst, now));
      }
    }
  }
}

/** One rate, and what everybody owes under it. */
class Bucketed {
  readonly #table: RateTable;
  #perMinute: number;
  #burst: number;
  /** What the meter showed when the rate was last changed; above 0, because the table wants that. */
  #reading = 1;
  #readAt: number;

  constructor(
    table: RateTable,
    perMinute: number,
    burst: number,
    now: number,
  ) {
    this.#table = table;
    this.#perMinute = perMinute;
    this.#burst = burst;
    this.#readAt = now;
  }

  get isOn(): boolean {
    return this.#perMinute > 0;
  }

  configure(perMinute: number, burst: number, now: number): void {
    this.#reading = this.#read(now);
    this.#readAt = Math.max(this.#readAt, now);
    this.#perMinute = perMinute;
    this.#burst = burst;
  }

  take(address: AddressKey, now: number): RateRefusal | undefined {
    const perMinute = this.#perMinute;
    if (perMinute === 0) return undefined;
    const burst = this.#burst;
    const owed = this.#table.charge(
      address,
      this.#read(now),
      burst + ROUNDING,
    );
    return owed <= burst + ROUNDING
      ? undefined
      : refusalOf(owed - 1, burst, perMinute);
  }

  #read(now: number): number {
    const ms = Math.max(0, now - this.#readAt);
    return this.#reading + ms * this.#perMinute / MINUTE_MS;
  }
}

/** What one key owes. */
class Bucket {
  #owed = 0;
  #at = -Infinity;

  take(perMinute: number, now: number): RateRefusal | undefined {
    const burst = burstOf(perMinute);
    const paid = Math.max(0, now - this.#at) * perMinute / MINUTE_MS;
    this.#owed = Math.max(0, this.#owed - paid);
    this.#at = now;
    if (this.#owed + 1 > burst + ROUNDING) {
      return refusalOf(this.#owed, burst, perMinute);
    }
    this.#owed++;
    return undefined;
  }
}

function burstOf(perMinute: number): number {
  return Math.max(1, Math.floor(perMinute * BURST_SHARE));
}

function refusalOf(
  owed: number,
  burst: number,
  perMinute: number,
): RateRefusal {
  const seconds = (requests: number) =>
    Math.max(1, Math.ceil(requests * 60 / perMinute - ROUNDING));
  return {
    limit: burst,
    remaining: 0,
    resetSeconds: seconds(owed),
    retrySeconds: seconds(owed + 1 - burst),
  };
}

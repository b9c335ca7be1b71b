/** The rate limits of one server: what the front door and the API count with. Owner of the limiter; bounded by it. */
import type { CallerRates } from "../api/api_deps.ts";
import { addressKeyOf } from "../config/address_key.ts";
import { AddressRanges } from "../config/address_ranges.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import type { Principal } from "../policy/principal.ts";
import {
  RateLimiter,
  type RateRefusal,
  type RateSettings,
} from "../policy/rate_limiter.ts";
import type { HashSeed } from "../policy/rate_table.ts";

/** The limits, and who has none. */
export class Rates implements CallerRates {
  readonly limiter: RateLimiter;
  #exempt: AddressRanges;

  /** Nobody has sent anything. */
  constructor(config: ServerConfig, now: number) {
    this.limiter = new RateLimiter(rateSettings(config), secretSeed(), now);
    this.#exempt = new AddressRanges(config.rateLimitExempt);
  }

  /** Goes by these settings from now on; what was sent stays sent. */
  configure(config: ServerConfig, now: number): void {
    this.#exempt = new AddressRanges(config.rateLimitExempt);
    this.limiter.configure(rateSettings(config), now);
  }

  takeKey(principal: Principal, now: number): RateRefusal | undefined {
    return this.limiter.takeKey(principal, now);
  }

  takeTier(
    tier: string,
    callerIp: string,
    now: number,
  ): RateRefusal | undefined {
    if (!this.limiter.limitsTier(tier)) return undefined;
    if (this.#exempt.includes(callerIp)) return undefined;
    return this.limiter.takeTier(tier, addressKeyOf(callerIp), now);
  }
}

function rateSettings(config: ServerConfig): RateSettings {
  return {
    perMinute: config.rateLimitPerMinute,
    burst: config.rateLimitBurst,
    tiers: new Map(
      config.tiers.map(({ name, rateLimitPerMinute }) => [
        name,
        rateLimitPerMinute,
      ]),
    ),
  };
}

/** What callers see of the program's other chance tells nothing of it. */
function secretSeed(): HashSeed {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return { high, low };
}

/**
 * Says that callers are turned away before anything else looks at them, and which key of the configuration does it.
 * Bounded by one line a minute and code, however many callers there are.
 */
import { Seldom } from "../policy/seldom.ts";
import type { Clock, Logger } from "../ports.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";

/** Refusals that an operator should hear of, and where to look. */
const TOLD: Readonly<Partial<Record<RefusalCode, string>>> = {
  cross_site: "cors_allowed_origins",
  address_not_allowed: "whitelisted_ips, blocked_ips",
  rate_limited: "rate_limit_per_minute, rate_limit_burst, rate_limit_exempt",
  too_many_requests_in_progress: "max_requests_per_ip",
  // That all places are taken is said where it is seen.
  too_many_connections: "max_connections_per_ip",
  missing_key: "proxy_require_key",
  wrong_key: "proxy_require_key",
  key_expired: "proxy_require_key",
  key_revoked: "proxy_require_key",
  missing_scope: "proxy_require_key",
  missing_token: "jwt",
  invalid_token: "jwt",
};

/** Tells the first refusal at once, and later ones by their number. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #seldom = new Seldom<RefusalCode>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Takes a refusal of a caller; most are only counted. A connection that was turned away was no request. */
  take(
    code: RefusalCode,
    ip: string,
    extras: RefusalExtras = {},
    requestId?: string,
  ): void {
    const { setting = TOLD[code], detail } = extras;
    if (setting === undefined) return;
    const moreBefore = this.#seldom.take(code, this.#clock.monotonicMs());
    if (moreBefore === undefined) return;
    this.#logger.warn("Caller refused", {
      ...(requestId !== undefined && { requestId }),
      code,
      ip,
      setting,
      ...(detail !== undefined && { detail }),
      ...(moreBefore > 0 && { moreBefore }),
    });
  }
}

/**
 * Says that callers are turned away, so that a wrong key in a fleet shows in the server's log. Bounded by one line a
 * minute and code, however many callers there are.
 */
import { Seldom } from "../policy/seldom.ts";
import type { Clock, Logger } from "../ports.ts";
import type { ProblemCode } from "./problems.ts";

/** Refusals that an operator should hear of. */
const TOLD: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "missing_key",
  "wrong_key",
  "missing_scope",
  "key_expired",
  "key_revoked",
  "address_not_allowed",
  "endpoint_not_allowed",
  "rate_limited",
  "wrong_enrol_token",
  "enrol_token_expired",
  "enrol_token_used_up",
  "enrol_token_revoked",
  "backend_revoked",
  "already_enrolled",
  "credential_in_use",
  "id_in_use",
]);

/** Tells the first refusal at once, and later ones by their number. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #seldom = new Seldom<ProblemCode>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Takes a refusal of a caller; most are only counted. */
  take(
    code: ProblemCode,
    detail: string,
    ip: string,
    requestId: string,
  ): void {
    if (!TOLD.has(code)) return;
    const moreBefore = this.#seldom.take(code, this.#clock.monotonicMs());
    if (moreBefore === undefined) return;
    const since = moreBefore === 0 ? {} : { moreBefore };
    this.#logger.warn("Caller refused", {
      requestId,
      code,
      detail,
      ip,
      ...since,
    });
  }
}

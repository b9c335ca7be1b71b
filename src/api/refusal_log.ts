/**
 * Says that callers are turned away, so that a wrong key in a fleet shows in the server's log. Owns one count a code;
 * bounded by one line a minute and code, however many callers there are.
 */
import type { Clock, Logger } from "../ports.ts";
import type { ProblemCode } from "./problems.ts";

/** Time between two lines about the same code, milliseconds. */
const QUIET_MS = 60_000;

/** Refusals that an operator should hear of. */
const TOLD: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "missing_key",
  "wrong_key",
  "missing_scope",
  "key_expired",
  "key_revoked",
  "address_not_allowed",
  "endpoint_not_allowed",
]);

/** Tells the first refusal at once, and later ones by their number. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #told = new Map<ProblemCode, { at: number; untold: number }>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Takes a refusal of a caller; most are only counted. */
  take(code: ProblemCode, detail: string, ip: string): void {
    if (!TOLD.has(code)) return;
    const now = this.#clock.monotonicMs();
    const last = this.#told.get(code);
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.untold++;
      return;
    }
    const since = last === undefined ? {} : { moreBefore: last.untold };
    this.#told.set(code, { at: now, untold: 0 });
    this.#logger.warn("Caller refused", { code, detail, ip, ...since });
  }
}

/**
 * Writes calls that change something into the audit trail, those that were refused too. Owns the count of the refusals
 * of this minute; bounded by {@link STRANGERS_PER_MINUTE} and {@link KNOWN_PER_MINUTE}, so that whoever knocks without
 * end neither fills the database nor pushes others out of it. What is left out stands in the log, as a number.
 */
import type { Principal } from "../policy/principal.ts";
import { isPlain } from "../wire/fields.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { type Call, callerIp, type Outcome } from "./endpoint.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";

/** Refusals a minute of callers without a known key: enough to see that somebody tries. */
const STRANGERS_PER_MINUTE = 10;
/** Refusals a minute of those who show a known key: a script that goes on and on is one line too. */
const KNOWN_PER_MINUTE = 60;

const MINUTE_MS = 60_000;

/** Who acts where no key exists, or none is known. */
export const ANYONE = "anyone";

/** Targets come from outside, so a bounded part of one is kept. */
const TARGET_CHARS_MAX = 128;

/** A call that is over. */
export interface AuditedCall {
  /** What it does. */
  readonly action: string;
  /** The pattern of its path. */
  readonly path: string;
  readonly call: Call;
  readonly principal: Principal | undefined;
  readonly outcome: Outcome;
}

/** Keeps the audit trail of the API. */
export class AuditTrail {
  readonly #deps: Pick<ApiDeps, "store" | "clock" | "logger">;
  readonly #strangers = new Allowance(STRANGERS_PER_MINUTE);
  readonly #known = new Allowance(KNOWN_PER_MINUTE);

  constructor(deps: Pick<ApiDeps, "store" | "clock" | "logger">) {
    this.#deps = deps;
  }

  /** Settles when the line would survive a kill -9, or can't. */
  async record(audited: AuditedCall): Promise<void> {
    const { action, path, call, principal, outcome } = audited;
    const { store, clock, logger } = this.#deps;
    const actor = outcome.audited?.actor ?? principal?.name ?? ANYONE;
    const isRefusal = outcome.kind === "problem";
    if (isRefusal && !this.#mayRecord(principal !== undefined)) return;
    const write = store.saveAudit({
      atMs: clock.wallMs(),
      actor,
      action,
      target: legible(outcome.audited?.target ?? parameterOf(path, call)),
      from: callerIp(call.connection),
      requestId: call.requestId,
      result: isRefusal ? outcome.code : "ok",
    });
    await acknowledgement(write, logger);
  }

  #mayRecord(isKnown: boolean): boolean {
    const { clock, logger } = this.#deps;
    const allowance = isKnown ? this.#known : this.#strangers;
    const { isLeft, missed } = allowance.take(clock.monotonicMs());
    if (missed > 0) {
      logger.warn("Refused calls left out of the audit trail", { missed });
    }
    return isLeft;
  }
}

/** The parameter of a path; a path has at most one. */
function parameterOf(pattern: string, { request }: Call): string {
  const parameters = parametersOf(pattern, pathOf(request.url)) ?? {};
  return Object.values(parameters)[0] ?? "";
}

/** Whoever reads the trail in a terminal must not have it steered by those who are written down there. */
function legible(target: string): string {
  const kept = target.slice(0, TARGET_CHARS_MAX);
  return isPlain(kept)
    ? kept
    : encodeURIComponent(kept.toWellFormed()).slice(0, TARGET_CHARS_MAX);
}

/** So many a minute. */
class Allowance {
  readonly #perMinute: number;
  #since = -Infinity;
  #taken = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Whether one is left, and how many were missed in the minute before, which is said once. */
  take(now: number): { readonly isLeft: boolean; readonly missed: number } {
    let missed = 0;
    if (now - this.#since >= MINUTE_MS) {
      missed = Math.max(0, this.#taken - this.#perMinute);
      this.#since = now;
      this.#taken = 0;
    }
    this.#taken++;
    return { isLeft: this.#taken <= this.#perMinute, missed };
  }
}

/**
 * What this client and its server have between them: registered, then a report at every interval. Owns the
 * registration that the server accepted; bounded by one exchange at a time.
 *
 * There is one time line: when a report is due, a registration that is missing, old or outdated goes first.
 */
import type { Registration } from "../engine/backend.ts";
import { backoffMs } from "../policy/backoff.ts";
import type { Clock, Logger, Random } from "../ports.ts";
import { registerMessage } from "../wire/register_message.ts";
import { statsMessage } from "../wire/stats_message.ts";
import type { ReportOutcome } from "./report.ts";
import { BACKOFF, type ServerLink } from "./server_link.ts";
import type { Sleep } from "./sleep.ts";

/** When to look again for a report that can't be made yet, milliseconds: at the start sooner than samples come. */
const LOOK_AGAIN_MS = { filling: 250, absent: 1000 } as const;
/** Part of the report interval by which it varies, so that a fleet started together does not report together. */
const JITTER = 0.1;

/** What a session is made of. */
export interface SessionOptions {
  readonly link: ServerLink;
  /** Finds out what to register. */
  readonly describe: (signal: AbortSignal) => Promise<Registration>;
  /** Whether the machine is no longer what was registered. */
  readonly isOutdated: (registered: Registration) => boolean;
  readonly report: () => ReportOutcome;
  readonly reportIntervalMs: number;
  readonly reregisterMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

type Standing =
  | { readonly kind: "unregistered" }
  | {
    readonly kind: "registered";
    readonly registration: Registration;
    readonly since: number;
    /** Earliest instant for registering again, after an attempt that was refused. */
    readonly notBefore: number;
  };

/** Registers and reports. */
export class Session {
  readonly #options: SessionOptions;
  #standing: Standing = { kind: "unregistered" };
  /** Times in a row that the server did not know what it had just registered. */
  #timesUnknown = 0;
  #isAbsent = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Goes on until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, sleep } = this.#options;
    let due = clock.monotonicMs();
    while (!signal.aborted) {
      const waitMs = due - clock.monotonicMs();
      if (waitMs > 0) await sleep(waitMs, signal);
      else due = await this.#step(signal);
    }
  }

  /** Sends one report now, out of turn, when the server would take it. */
  async flush(signal: AbortSignal): Promise<void> {
    const { link, clock, logger } = this.#options;
    if (this.#standing.kind === "unregistered") return;
    if (link.isOpen(clock.monotonicMs())) return;
    const outcome = this.#options.report();
    if (outcome.kind !== "ready") return;
    const { registration } = this.#standing;
    const delivery = await link.deliver({
      path: "/stats",
      body: statsMessage(registration, outcome.report, clock.wallMs()),
      purpose: "send the last report",
      unknown: "news",
    }, signal);
    if (delivery === "ended") {
      logger.warn("The server did not take the last report in time");
    }
  }

  /** Does what is due and says when the next thing is. */
  async #step(signal: AbortSignal): Promise<number> {
    const standing = this.#standing;
    if (standing.kind === "unregistered" || this.#mustRegisterAgain(standing)) {
      return await this.#register(signal);
    }
    return await this.#report(standing.registration, signal);
  }

  #mustRegisterAgain(
    standing: Extract<Standing, { readonly kind: "registered" }>,
  ): boolean {
    const { clock, reregisterMs, isOutdated } = this.#options;
    const now = clock.monotonicMs();
    return now >= standing.notBefore &&
      (now - standing.since >= reregisterMs ||
        isOutdated(standing.registration));
  }

  async #register(signal: AbortSignal): Promise<number> {
    const { link, clock, logger, describe } = this.#options;
    const registration = await describe(signal);
    const delivery = await link.deliver({
      path: "/register",
      body: registerMessage(registration),
      purpose: "register",
      unknown: "failure",
    }, signal);
    const now = clock.monotonicMs();
    if (delivery !== "accepted") {
      this.#postponeRegistering(now);
      return link.retryAt;
    }
    if (this.#standing.kind === "unregistered") {
      logger.info(`Registered as "${registration.id}"`);
    }
    this.#standing = {
      kind: "registered",
      registration,
      since: now,
      notBefore: now,
    };
    return now;
  }

  /** A server that knows this machine goes on hearing of it while it won't take a new registration. */
  #postponeRegistering(now: number): void {
    if (this.#standing.kind === "unregistered") return;
    const notBefore = now + this.#options.reportIntervalMs;
    this.#standing = { ...this.#standing, notBefore };
  }

  async #report(
    registration: Registration,
    signal: AbortSignal,
  ): Promise<number> {
    const { link, clock, reportIntervalMs, random, logger } = this.#options;
    const outcome = this.#options.report();
    this.#sayAbsence(outcome);
    if (outcome.kind !== "ready") {
      return clock.monotonicMs() + LOOK_AGAIN_MS[outcome.kind];
    }
    const delivery = await link.deliver({
      path: "/stats",
      body: statsMessage(registration, outcome.report, clock.wallMs()),
      purpose: "report",
      // Unknown again right after registering: to hurry would be to go round in circles.
      unknown: this.#timesUnknown > 0 ? "failure" : "news",
    }, signal);
    const now = clock.monotonicMs();
    switch (delivery) {
      case "accepted":
        this.#timesUnknown = 0;
        return now +
          reportIntervalMs * (1 + JITTER * (2 * random.next() - 1));
      case "unknown_client":
        this.#standing = { kind: "unregistered" };
        logger.info("The server does not know this client");
        return Math.max(link.retryAt, now + this.#waitWhenUnknownMs());
      case "failed":
      case "ended":
        return Math.max(now, link.retryAt);
    }
  }

  /** Once is news; again and again is two servers under one name, and every registration there succeeds. */
  #waitWhenUnknownMs(): number {
    const times = this.#timesUnknown++;
    const { random } = this.#options;
    return times === 0 ? 0 : backoffMs(times, BACKOFF, random.next());
  }

  #sayAbsence(outcome: ReportOutcome): void {
    const isAbsent = outcome.kind === "absent";
    if (isAbsent === this.#isAbsent) return;
    this.#isAbsent = isAbsent;
    const { logger } = this.#options;
    if (outcome.kind === "absent") {
      logger.warn(`No report is sent: ${outcome.reason}`);
    } else logger.info("Reports are sent again");
  }
}

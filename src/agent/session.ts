/**
 * What this client and its server have between them: registered, then a report at every interval. Owns the
 * registration that the server accepted; bounded by one exchange at a time.
 *
 * There is one time line: when a report is due, a registration that is missing, old or outdated goes first. What must
 * not wait for its turn, such as that the machine drains, moves the next message forward.
 */
import type { Registration, Report } from "../engine/backend.ts";
import { backoffMs, type BackoffPolicy } from "../policy/backoff.ts";
import type { Logger, Random } from "../ports.ts";
import { Messenger, type MessengerOptions } from "./messenger.ts";
import type { ReportOutcome } from "./report.ts";
import type { Sleep } from "./sleep.ts";

/** When to look again for a report that can't be made yet, milliseconds: at the start sooner than samples come. */
const LOOK_AGAIN_MS = { filling: 250, absent: 1000 } as const;
/** Part of the report interval by which it varies, so that a fleet started together does not report together. */
const JITTER = 0.1;
/** Waits while a server forgets what it was just told, for as long as it does. */
const FORGETFUL: BackoffPolicy = { firstMs: 1000, capMs: 30_000 };
/** Most time between two reports while somebody waits for the machine to be drained, milliseconds. */
const DRAIN_REPORT_MS = 2000;

/** What a session is made of. */
export interface SessionOptions extends MessengerOptions {
  /** Finds out what to register. */
  readonly describe: (signal: AbortSignal) => Promise<Registration>;
  /** Whether the machine is no longer what was registered. */
  readonly isOutdated: (registered: Registration) => boolean;
  readonly report: () => ReportOutcome;
  readonly reportIntervalMs: number;
  readonly reregisterMs: number;
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
  readonly #messenger: Messenger;
  #standing: Standing = { kind: "unregistered" };
  /** Times in a row that the server did not know what it had just registered. */
  #timesUnknown = 0;
  #isAbsent = false;
  /** Ends the wait for what is due next. */
  #alarm = new AbortController();
  #isWaitingForEnd = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#messenger = new Messenger(options);
  }

  /** Goes on until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, sleep, link } = this.#options;
    let due = clock.monotonicMs();
    let waiting = AbortSignal.any([signal, this.#alarm.signal]);
    while (!signal.aborted) {
      const waitMs = due - clock.monotonicMs();
      if (waitMs <= 0) {
        due = await this.#step(signal);
        continue;
      }
      await sleep(waitMs, waiting);
      if (!waiting.aborted) continue;
      this.#alarm = new AbortController();
      waiting = AbortSignal.any([signal, this.#alarm.signal]);
      due = Math.max(clock.monotonicMs(), link.retryAt);
    }
  }

  /** Sends the next message now, or as soon as the server may be tried again. */
  hurry(): void {
    this.#alarm.abort();
  }

  /** From now on reports often: somebody waits for what the server says. */
  awaitEnd(): void {
    this.#isWaitingForEnd = true;
    this.hurry();
  }

  /** Sends one last message now, out of turn, when there is one and the server would take it. */
  async flush(signal: AbortSignal): Promise<void> {
    const { link, clock, logger } = this.#options;
    const standing = this.#standing;
    if (standing.kind === "unregistered") return;
    if (link.isOpen(clock.monotonicMs())) return;
    const { registration } = standing;
    const outcome = this.#options.report();
    if (outcome.kind !== "ready" && !this.#messenger.hasNews) return;
    const delivery = outcome.kind === "ready"
      ? await this.#messenger.report(registration, outcome.report, {
        purpose: "send the last report",
        unknown: "news",
      }, signal)
      : await this.#messenger.register(registration, signal);
    if (delivery.kind === "ended") {
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
    const delivery = await this.#messenger.register(registration, signal);
    const now = clock.monotonicMs();
    if (delivery.kind !== "accepted") {
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
    const { clock } = this.#options;
    const outcome = this.#options.report();
    this.#sayAbsence(outcome);
    if (outcome.kind === "ready") {
      return await this.#deliver(registration, outcome.report, signal);
    }
    // A registration needs no samples, says it as well, and is answered as well.
    if (this.#isWaitingForEnd) {
      const due = await this.#register(signal);
      return Math.max(due, clock.monotonicMs() + this.#intervalMs());
    }
    if (this.#messenger.hasNews) return await this.#register(signal);
    return clock.monotonicMs() + LOOK_AGAIN_MS[outcome.kind];
  }

  async #deliver(
    registration: Registration,
    report: Report,
    signal: AbortSignal,
  ): Promise<number> {
    const { link, clock, logger } = this.#options;
    const delivery = await this.#messenger.report(registration, report, {
      purpose: "report",
      // Unknown again right after registering: to hurry would be to go round in circles.
      unknown: this.#timesUnknown > 0 ? "failure" : "news",
    }, signal);
    const now = clock.monotonicMs();
    switch (delivery.kind) {
      case "accepted":
        this.#timesUnknown = 0;
        return now + this.#intervalMs();
      case "unknown_client":
        this.#standing = { kind: "unregistered" };
        logger.info("The server does not know this client");
        return Math.max(link.retryAt, now + this.#waitWhenUnknownMs());
      case "failed":
      case "ended":
        return Math.max(now, link.retryAt);
    }
  }

  #intervalMs(): number {
    const { reportIntervalMs, random } = this.#options;
    const meanMs = this.#isWaitingForEnd
      ? Math.min(reportIntervalMs, DRAIN_REPORT_MS)
      : reportIntervalMs;
    return meanMs * (1 + JITTER * (2 * random.next() - 1));
  }

  /** Once is news; again and again is two servers under one name, and every registration there succeeds. */
  #waitWhenUnknownMs(): number {
    const times = this.#timesUnknown++;
    const { random } = this.#options;
    return times === 0 ? 0 : backoffMs(times, FORGETFUL, random.next());
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

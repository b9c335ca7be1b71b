/**
 * Tells of what came of looking at the configuration: the log, the events, the counter, the history. Owns the counter and
 * what was said last, so that a fault that is met with every look is told once.
 */
import type { Notice } from "../config/notice.ts";
import type { WaitingKey } from "../config/live_changes.ts";
import type { EventSink, Logger } from "../ports.ts";
import type { ReloadCause, ReloadOutcome } from "../wire/reload_outcome.ts";
import type { VersionFolder } from "./version_folder.ts";

/** Digits of a hash that tell two configurations apart. */
const HASH_DIGITS_SHOWN = 12;
/** Problem lines and keys that an event holds: enough to act on. */
const EVENT_LINES_MAX = 20;

/** Causes that come again by themselves. */
const RECURRING: readonly ReloadCause[] = ["watch", "url"];

/** Where it tells. */
export interface ReportParts {
  readonly events: EventSink;
  readonly logger: Logger;
  readonly versions: VersionFolder;
  /** Told what came of a look that somebody or something new led to; absent where nobody keeps a trail. */
  readonly onOutcome?: (outcome: ReloadOutcome) => void;
}

/** What is to be said of a configuration that came into force. */
export interface AppliedDetails {
  readonly waiting: readonly WaitingKey[];
  readonly notices: readonly Notice[];
}

/** Tells, once. */
export class ReloadReport {
  readonly #parts: ReportParts;
  #refusedCount = 0;
  #fault:
    | { readonly key: string; readonly problems: readonly string[] }
    | undefined;
  #lastNotes: readonly string[] = [];
  #hasDiskFailed = false;

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  /** Configurations that were refused. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** What is wrong with the configuration that was looked at last, a line each; none when it is in force. */
  get pending(): readonly string[] {
    return this.#fault?.problems ?? [];
  }

  /** Logs the notes that were not there the last time. */
  tell(notes: readonly string[]): void {
    const { logger } = this.#parts;
    for (const note of notes) {
      if (!this.#lastNotes.includes(note)) logger.warn(note);
    }
    this.#lastNotes = notes;
  }

  /** There is nothing new: a fault that comes after this is a new one. */
  unchanged(outcome: ReloadOutcome): void {
    this.#fault = undefined;
    if (RECURRING.includes(outcome.cause)) return;
    const { cause, version } = outcome;
    this.#parts.onOutcome?.(outcome);
    this.#parts.logger.info("Configuration unchanged", { cause, version });
  }

  /** A new version is in force. */
  async applied(
    outcome: ReloadOutcome,
    { waiting, notices }: AppliedDetails,
  ): Promise<void> {
    const { logger, events } = this.#parts;
    const { version, hash, cause, changed, needsRestart, rolledBackTo } =
      outcome;
    this.#fault = undefined;
    logger.info("Configuration applied", {
      version,
      cause,
      changed,
      ...(rolledBackTo !== undefined && { rolledBackTo }),
    });
    for (const { path, kept, configured } of waiting) {
      logger.warn(
        `${path} can't change while the server runs: it stays ${kept}, and ${configured} holds after a restart`,
      );
    }
    for (const { level, message } of notices) logger[level](message);
    events.emit({
      type: "config.applied",
      data: {
        version,
        hash: hash.slice(0, HASH_DIGITS_SHOWN),
        cause,
        changed: changed.slice(0, EVENT_LINES_MAX),
        needs_restart: needsRestart.slice(0, EVENT_LINES_MAX),
        ...(rolledBackTo !== undefined && { rolled_back_to: rolledBackTo }),
      },
    });
    await this.note(outcome);
  }

  /** The old version stays. */
  async refused(outcome: ReloadOutcome): Promise<void> {
    if (this.#isKnown(outcome)) return;
    const { logger, events } = this.#parts;
    const { version, cause, problems } = outcome;
    this.#refusedCount++;
    logger.error(
      `Configuration refused, version ${version} stays in force: ${
        problems.join("; ")
      }`,
      { cause },
    );
    events.emit({
      type: "config.refused",
      data: { version, cause, problems: problems.slice(0, EVENT_LINES_MAX) },
    });
    await this.note(outcome);
  }

  /** Something failed that nobody expected. */
  async failed(outcome: ReloadOutcome, error: unknown): Promise<void> {
    if (this.#isKnown(outcome)) return;
    const { cause, version } = outcome;
    this.#parts.logger.error(
      `Cannot apply the configuration, version ${version} stays in force`,
      { cause, error },
    );
    await this.note(outcome);
  }

  /** Adds to the history. */
  async note(outcome: ReloadOutcome): Promise<void> {
    this.#parts.onOutcome?.(outcome);
    await this.stored(this.#parts.versions.note(outcome));
  }

  /** Waits for a write; a disk that fails stops nothing, and is told of once. */
  async stored(written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch (error) {
      if (this.#hasDiskFailed) return;
      this.#hasDiskFailed = true;
      this.#parts.logger.warn(
        "Cannot keep the configuration's versions on disk: a restart forgets the newest ones",
        { error },
      );
    }
  }

  /** Whether a look that comes again by itself met the same fault as the one before. Who asks is always answered. */
  #isKnown({ cause, hash, problems }: ReloadOutcome): boolean {
    const key = [hash, ...problems].join("\n");
    const isKnown = key === this.#fault?.key && RECURRING.includes(cause);
    this.#fault = { key, problems };
    return isKnown;
  }
}

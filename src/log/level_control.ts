/**
 * The level of a program's log, which an operator may change for a while. Owner of the one timer that ends it. A
 * configuration that changes `log_level` meanwhile does not end it early: its level is the one that comes back.
 */
import type { Clock } from "../ports.ts";
import type { LogLevelControl } from "../traffic_ports.ts";
import type { ProgramLogger } from "./create_logger.ts";
import { LOG_LEVELS, type LogLevel } from "./log_level.ts";

/** What the level is of. */
export interface LevelControlParts {
  readonly logger: Pick<ProgramLogger, "setLevel" | "info">;
  readonly clock: Clock;
}

/** Sets the level of one log. */
export class LevelControl implements LogLevelControl, Disposable {
  readonly #parts: LevelControlParts;
  #configured: LogLevel;
  #inForce: LogLevel;
  #temporary:
    | { readonly level: LogLevel; readonly untilMs: number }
    | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The log has that level already. */
  constructor(configured: LogLevel, parts: LevelControlParts) {
    this.#configured = configured;
    this.#inForce = configured;
    this.#parts = parts;
  }

  current(): ReturnType<LogLevelControl["current"]> {
    return this.#temporary ?? { level: this.#configured, untilMs: undefined };
  }

  /** Throws a TypeError for what is no level. */
  set(level: string, forMs: number): void {
    const known = LOG_LEVELS.find((name) => name === level);
    if (known === undefined) {
      throw new TypeError(`Expected a log level, found "${level}"`);
    }
    const { clock } = this.#parts;
    this.#temporary = { level: known, untilMs: clock.wallMs() + forMs };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.reset(), forMs);
    this.#use(known);
  }

  reset(): void {
    clearTimeout(this.#timer);
    if (this.#temporary === undefined) return;
    this.#temporary = undefined;
    this.#use(this.#configured);
  }

  /** The configuration in force has that level. */
  configure(level: LogLevel): void {
    if (level === this.#configured) return;
    this.#configured = level;
    if (this.#temporary === undefined) this.#use(level);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  /** Said while the more talkative of both levels is in force, so that a gap in the log explains itself. */
  #use(level: LogLevel): void {
    const { logger } = this.#parts;
    const isQuieter = LOG_LEVELS.indexOf(level) >
      LOG_LEVELS.indexOf(this.#inForce);
    this.#inForce = level;
    if (!isQuieter) logger.setLevel(level);
    const until = this.#temporary?.untilMs;
    logger.info("Log level changed", {
      level,
      until: until === undefined ? undefined : new Date(until),
    });
    if (isQuieter) logger.setLevel(level);
  }
}

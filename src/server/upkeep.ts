/**
 * What a server does by itself now and then: lets time pass for asks that wait, forgets silent backends, deletes what is
 * old. Owner of the timers.
 */
import type { ServerConfig } from "../config/server_keys.ts";
import { staleAfterMs } from "./decider.ts";
import type { Balancer } from "../engine/balancer.ts";
import { every } from "../lifecycle.ts";
import type { Clock, Logger, Store } from "../ports.ts";

/** How often asks that wait and backends that are drained are looked at, milliseconds. */
const TICK_MS = 100;
/** A timer that is so late has waited for a process that stood still. */
const STANDSTILL_MS = 10_000;
/** A backend that was silent for this many stale limits is forgotten, as the Go server does. */
const FORGET_AFTER_STALE_LIMITS = 3;
const MS_PER_DAY = 86_400_000;

/** What is kept up. */
export interface UpkeepParts {
  readonly balancer: Balancer;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs until it is disposed of. */
export class Upkeep implements Disposable {
  readonly #parts: UpkeepParts;
  readonly #tick: Disposable;
  /** Since when backends could be heard. */
  #listeningSince: number;
  #config: ServerConfig;
  #cleaning: Disposable;

  /** Begins. */
  constructor(config: ServerConfig, parts: UpkeepParts) {
    const { balancer, clock, logger } = parts;
    this.#parts = parts;
    this.#config = config;
    this.#listeningSince = clock.monotonicMs();
    this.#tick = every(
      TICK_MS,
      logger,
      (lateMs) => {
        this.#noteStandstill(lateMs);
        balancer.sweep(clock.monotonicMs());
      },
    );
    this.#cleaning = this.#clean();
  }

  /** Goes on under these settings. */
  configure(config: ServerConfig): void {
    this.#config = config;
    this.#cleaning[Symbol.dispose]();
    this.#cleaning = this.#clean();
  }

  /** Nothing is forgotten any more: a server that stops is not told that its backends live. */
  rest(): void {
    this.#cleaning[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]();
    this.#cleaning[Symbol.dispose]();
  }

  #clean(): Disposable {
    const { cleanupIntervalSeconds } = this.#config;
    return every(
      cleanupIntervalSeconds * 1000,
      this.#parts.logger,
      (lateMs) => {
        this.#noteStandstill(lateMs);
        this.#cleanUp();
      },
    );
  }

  #noteStandstill(lateMs: number): void {
    if (lateMs < STANDSTILL_MS) return;
    this.#listeningSince = this.#parts.clock.monotonicMs();
  }

  #cleanUp(): void {
    const { balancer, store, clock, logger } = this.#parts;
    const { statsRetentionDays, decisionLog, auditRetentionDays } =
      this.#config;
    const now = clock.monotonicMs();
    const silentForMs = FORGET_AFTER_STALE_LIMITS * staleAfterMs(this.#config);
    // Nobody is called silent for a time in which nobody listened: after a long outage all would lose their sessions.
    const forgotten = now - this.#listeningSince > silentForMs
      ? balancer.removeSilent(silentForMs, now)
      : [];
    if (forgotten.length > 0) {
      logger.info("Forgot silent backends", {
        backends: forgotten,
        silentForMs,
      });
      void store.removeBackends(forgotten);
    }
    const wallMs = clock.wallMs();
    if (statsRetentionDays > 0) {
      store.pruneReports(wallMs - statsRetentionDays * MS_PER_DAY);
    }
    store.pruneDecisions(wallMs - decisionLog.retentionDays * MS_PER_DAY);
    store.pruneAudit(wallMs - auditRetentionDays * MS_PER_DAY);
  }
}

/**
 * When what is queued is written: acknowledged writes share one commit at the end of the turn of the event loop in which
 * they came, the others wait a little for company. While the database takes no writes they are answered "memory" at once,
 * and everything stays queued until an attempt succeeds. Owner of the timer and of the state of an outage: the store.
 */
import type {
  Clock,
  Durability,
  Logger,
  StoreCounts,
  StoreStatus,
} from "../ports.ts";
import type { Failure } from "./failure.ts";
import { LOCK_RETRY_MS, LockPatience } from "./lock_patience.ts";
import { Outage } from "./outage.ts";
import type { Settle } from "./pending_map.ts";
import type { PendingWrites } from "./pending_writes.ts";
import { TurnTimer } from "./turn_timer.ts";
import type { Writer } from "./writer.ts";

/** How long a write that nobody waits for may wait for others to share its commit, milliseconds. */
export const WRITE_BEHIND_MS = 250;

/** How long closing waits for a lock, milliseconds: nothing is decided any more, and what waits would be lost. */
export const CLOSE_LOCK_WAIT_MS = 1000;

/** What {@link StoreTurns} are made of. */
export interface StoreTurnsParts {
  /** Where the database is, for messages. */
  readonly path: string;
  readonly pending: PendingWrites;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onOutage: (status: StoreStatus) => void;
}

/** The turns of one store. */
export class StoreTurns {
  readonly #logger: Logger;
  readonly #pending: PendingWrites;
  readonly #writer: Writer;
  readonly #outage: Outage;
  readonly #timer: TurnTimer;
  readonly #patience = new LockPatience();
  #flushing: (() => void)[] = [];
  #failures = 0;
  #closed: Promise<void> | undefined;

  /** Nothing is due yet. */
  constructor(parts: StoreTurnsParts) {
    const { path, clock, logger, onOutage } = parts;
    this.#logger = logger;
    this.#pending = parts.pending;
    this.#writer = parts.writer;
    this.#outage = new Outage(path, clock, logger, onOutage);
    this.#timer = new TurnTimer(clock, () => this.#turn());
  }

  /** Whether the database takes no writes now. */
  get isOutage(): boolean {
    return this.#outage.isOn;
  }

  /** Whether writes arrive. */
  status(): StoreStatus {
    return this.#outage.status();
  }

  /** How the database keeps up. */
  counts(): StoreCounts {
    return { waiting: this.#pending.size, failures: this.#failures };
  }

  /** Queues something; settles when it is stored, or says that only memory has it. */
  acknowledge(
    queue: (waiting: readonly Settle[]) => void,
  ): Promise<Durability> {
    if (this.#closed !== undefined) return Promise.resolve("memory");
    if (this.#outage.isOn) {
      queue([]);
      return Promise.resolve("memory");
    }
    return new Promise((settle) => {
      queue([settle]);
      this.#writeSoon();
    });
  }

  /** Queues something that nobody waits for. */
  writeBehind(queue: () => void): void {
    if (this.#closed !== undefined) return;
    queue();
    // During an outage the next attempt is due already.
    if (!this.#outage.isOn) this.#timer.after(WRITE_BEHIND_MS);
  }

  /** An attempt failed: the next one is due later. */
  fail(failure: Failure): void {
    this.#failures++;
    this.#pending.settleFromMemory();
    this.#timer.after(this.#outage.fail(failure));
    this.#settleFlushes();
  }

  /** Settles when everything queued is written or has failed. */
  flush(): Promise<void> {
    return this.#closed ?? this.#writeAll();
  }

  /** Writes what is queued and closes the database; nothing is taken any more. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#writer.deletions.giveUpOld();
    this.#writer.waitForLocks(CLOSE_LOCK_WAIT_MS);
    await this.#writeAll();
    this.#timer.cancel();
    if (this.#pending.size > 0) {
      this.#logger.error("The database did not take what waited for it", {
        rowsLost: this.#pending.size,
      });
    }
    this.#writer.waitForLocks(0);
    this.#writer.close();
  }

  #writeAll(): Promise<void> {
    if (this.#writer.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushing.push(resolve);
      this.#writeSoon();
    });
  }

  /** While another process writes, the next try is due already; sooner ones would use up the tries. */
  #writeSoon(): void {
    if (!this.#patience.isWaiting) this.#timer.atEndOfTurn();
  }

  #turn(): void {
    const failure = this.#writer.turn();
    if (failure !== undefined) {
      // Who closes has waited for the lock already.
      const mayWait = !this.#outage.isOn && this.#closed === undefined;
      if (mayWait && this.#patience.outlasts(failure)) {
        return this.#timer.after(LOCK_RETRY_MS);
      }
      return this.fail(failure);
    }
    this.#patience.reset();
    if (this.#pending.size === 0) this.#outage.end();
    if (this.#writer.isIdle) return this.#settleFlushes();
    this.#timer.after(0);
  }

  #settleFlushes(): void {
    for (const resolve of this.#flushing.splice(0)) resolve();
  }
}

/**
 * The store over SQLite, in the main isolate: calls queue writes, and turns between other work commit them. It owns the
 * timing and the state of an outage; the writer owns the rest.
 *
 * Acknowledged writes share one commit at the end of the turn of the event loop in which they came. While the database
 * takes no writes they are answered "memory" at once, and everything stays queued until an attempt succeeds.
 */
import type { Registration, Report } from "../engine/backend.ts";
import type {
  Clock,
  Durability,
  Logger,
  Snapshot,
  Store,
  StoredDecision,
  StoredDrain,
  StoredLease,
  StoredSticky,
  StoreStatus,
} from "../ports.ts";
import type { Database } from "./database.ts";
import { type Failure, failureOf, unusable } from "./failure.ts";
import { foreignLook } from "./foreign_look.ts";
import { LOCK_RETRY_MS, LockPatience } from "./lock_patience.ts";
import { Outage } from "./outage.ts";
import type { Settle } from "./pending_map.ts";
import { PendingWrites } from "./pending_writes.ts";
import { EMPTY_SNAPSHOT } from "./snapshot.ts";
import { instantText, secondsText } from "./timestamps.ts";
import { TurnTimer } from "./turn_timer.ts";
import { Writer } from "./writer.ts";

/** How long a write that nobody waits for may wait for others to share its commit, milliseconds. */
export const WRITE_BEHIND_MS = 250;

/** How long opening waits for another process that holds the file, milliseconds: nothing is decided yet. */
export const OPEN_LOCK_WAIT_MS = 2000;

/** How long closing waits for a lock, milliseconds: nothing is decided any more, and what waits would be lost. */
export const CLOSE_LOCK_WAIT_MS = 1000;

/** What a {@link SqliteStore} is made of. */
export interface SqliteStoreOptions {
  /** Where the database is, for messages. */
  readonly path: string;
  /** Opens it and waits that long for a lock, milliseconds. Throws when it can't be used. */
  readonly open: (lockWaitMs: number) => Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backendsMax: number;
  readonly stickyMax: number;
  readonly onLateSnapshot: (snapshot: Snapshot) => void;
  readonly whatIsKnown: () => Snapshot;
  readonly onOutage: (status: StoreStatus) => void;
  /** Without it nobody looks. */
  readonly onForeignWrites: ((snapshot: Snapshot) => void) | undefined;
}

/** Store over SQLite. */
export class SqliteStore implements Store {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending: PendingWrites;
  readonly #writer: Writer;
  readonly #outage: Outage;
  readonly #timer: TurnTimer;
  readonly #patience = new LockPatience();
  readonly #foreignLook: Disposable | undefined;
  #flushing: (() => void)[] = [];
  #closed: Promise<void> | undefined;

  /**
   * Opens the database. A lock, a full disk or a failing one begin an outage instead: a server that does not start
   * decides nothing, and its clients register again. Throws when only a person can help.
   */
  constructor(options: SqliteStoreOptions) {
    const { path, clock, backendsMax, stickyMax } = options;
    this.#path = path;
    this.#clock = clock;
    this.#logger = options.logger;
    this.#pending = new PendingWrites({ backendsMax, stickyMax });
    this.#writer = new Writer({ ...options, pending: this.#pending });
    this.#outage = new Outage(path, clock, options.logger, options.onOutage);
    this.#timer = new TurnTimer(clock, () => this.#turn());
    try {
      this.#writer.open(OPEN_LOCK_WAIT_MS);
    } catch (error) {
      this.#failAtStart(error);
    }
    const { onForeignWrites: tell, logger } = options;
    if (tell !== undefined) {
      const look = () =>
        this.#outage.isOn ? undefined : this.#writer.foreignWrites();
      this.#foreignLook = foreignLook({ look, tell, logger });
    }
  }

  load(): Snapshot {
    try {
      const snapshot = this.#writer.load();
      // Rows of leases that have to be put right.
      if (!this.#writer.isIdle) this.#writeBehind(() => {});
      return snapshot;
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.isPassing) throw unusable("read", this.#path, error);
      this.#fail(failure);
      return EMPTY_SNAPSHOT;
    }
  }

  saveRegistration(
    registration: Registration,
    atMs: number,
  ): Promise<Durability> {
    return this.#acknowledge((waiting) =>
      this.#pending.saveRegistration(registration, atMs, waiting)
    );
  }

  saveReport(backendId: string, report: Report, atMs: number): void {
    this.#writeBehind(() =>
      this.#pending.saveReport({ backendId, report, atMs })
    );
  }

  saveSticky(assignment: StoredSticky): Promise<Durability> {
    return this.#acknowledge((waiting) =>
      this.#pending.saveSticky(assignment, waiting)
    );
  }

  removeSticky(stickyId: string, tier: string): void {
    this.#writeBehind(() => this.#pending.removeSticky({ stickyId, tier }));
  }

  saveLease(lease: StoredLease): Promise<Durability> {
    return this.#acknowledge((waiting) =>
      this.#pending.saveLease(lease, this.#clock.wallMs(), waiting)
    );
  }

  removeLease(id: number): Promise<Durability> {
    return this.#acknowledge((waiting) =>
      this.#pending.removeLease(id, waiting)
    );
  }

  saveDrain(drain: StoredDrain): Promise<Durability> {
    return this.#acknowledge((waiting) =>
      this.#pending.saveDrain(drain, waiting)
    );
  }

  removeDrain(backendId: string): Promise<Durability> {
    return this.#acknowledge((waiting) =>
      this.#pending.removeDrain(backendId, waiting)
    );
  }

  saveDecision(decision: StoredDecision): void {
    this.#writeBehind(() => this.#pending.saveDecision(decision));
  }

  findDecision(requestId: string): StoredDecision | undefined {
    if (this.#outage.isOn) return undefined;
    return this.#writer.findDecision(requestId);
  }

  pruneDecisions(olderThanMs: number): void {
    this.#writeBehind(() =>
      this.#writer.deletions.pruneDecisions(instantText(olderThanMs))
    );
  }

  removeBackends(ids: readonly string[]): Promise<Durability> {
    const gone = new Set(ids);
    if (gone.size === 0) return Promise.resolve("durable");
    return this.#acknowledge((waiting) =>
      this.#pending.removeBackends(gone, waiting)
    );
  }

  pruneReports(olderThanMs: number): void {
    this.#writeBehind(() => {
      const { deletions } = this.#writer;
      deletions.pruneReports(secondsText(olderThanMs));
      // A server that became quiet writes no leases any more that would make the ended ones go.
      deletions.pruneLeases(this.#clock.wallMs());
    });
  }

  status(): StoreStatus {
    return this.#outage.status();
  }

  flush(): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    return this.#writeAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#foreignLook?.[Symbol.dispose]();
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

  #acknowledge(
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

  /** While another process writes, the next try is due already; sooner ones would use up the tries. */
  #writeSoon(): void {
    if (!this.#patience.isWaiting) this.#timer.atEndOfTurn();
  }

  #writeBehind(queue: () => void): void {
    if (this.#closed !== undefined) return;
    queue();
    // During an outage the next attempt is due already.
    if (!this.#outage.isOn) this.#timer.after(WRITE_BEHIND_MS);
  }

  #turn(): void {
    const failure = this.#writer.turn();
    if (failure !== undefined) {
      // Who closes has waited for the lock already.
      const mayWait = !this.#outage.isOn && this.#closed === undefined;
      if (mayWait && this.#patience.outlasts(failure)) {
        return this.#timer.after(LOCK_RETRY_MS);
      }
      return this.#fail(failure);
    }
    this.#patience.reset();
    if (this.#pending.size === 0) this.#outage.end();
    if (this.#writer.isIdle) return this.#settleFlushes();
    this.#timer.after(0);
  }

  #fail(failure: Failure): void {
    this.#pending.settleFromMemory();
    this.#timer.after(this.#outage.fail(failure));
    this.#settleFlushes();
  }

  #failAtStart(error: unknown): void {
    const failure = failureOf(error);
    if (failure.isPassing) return this.#fail(failure);
    throw unusable("open", this.#path, error);
  }

  #settleFlushes(): void {
    for (const resolve of this.#flushing.splice(0)) resolve();
  }
}

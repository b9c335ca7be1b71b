/**
 * The synchronous middle of the store: the connection, the writes on their way, and the deletions behind them. It owns
 * the connection and opens a new one when the old can't be trusted. It knows no timers: each turn writes one bounded
 * batch, and its caller says when.
 */
import type { Clock, Logger, Snapshot, StoredDecision } from "../ports.ts";
import { writeBatch } from "./batch.ts";
import { decisionOf } from "./decision_row.ts";
import type { Database } from "./database.ts";
import { Deletions } from "./deletions.ts";
import {
  type Failure,
  failureOf,
  FileGoneError,
  messageOf,
} from "./failure.ts";
import { correctLeases, saveLost, withoutChanged } from "./lost_file.ts";
import type { PendingWrites } from "./pending_writes.ts";
import {
  EMPTY_SNAPSHOT,
  readSnapshot,
  type SnapshotReading,
} from "./snapshot.ts";

/** How often a write looks whether the file is still there; a look costs some 10 µs. */
export const FILE_CHECK_MS = 1000;

/** What a {@link Writer} is made of. */
export interface WriterOptions {
  /** Opens the database and waits that long for a lock, milliseconds. Throws when it can't be used. */
  readonly open: (lockWaitMs: number) => Database;
  /** What to write. */
  readonly pending: PendingWrites;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most sticky assignments that are read back. */
  readonly stickyMax: number;
  /** Told what the database holds when {@link Writer.load} could not read it and a later turn can. */
  readonly onLateSnapshot: (snapshot: Snapshot) => void;
  /** Asked for everything that should be stored when a new file had to be begun. */
  readonly whatIsKnown: () => Snapshot;
}

/** Writes in turns. */
export class Writer {
  readonly #options: WriterOptions;
  #database: Database | undefined;
  #deletions = new Deletions();
  #isSnapshotOwed = false;
  #fileCheckedMs: number;

  /** Opens nothing yet. */
  constructor(options: WriterOptions) {
    this.#options = options;
    this.#fileCheckedMs = options.clock.monotonicMs();
  }

  /** Rows to delete between writes. */
  get deletions(): Deletions {
    return this.#deletions;
  }

  /** Whether neither a write nor a deletion is left. */
  get isIdle(): boolean {
    return this.#options.pending.size === 0 && this.#deletions.isDone;
  }

  /** Opens the database and waits that long for a lock. Throws when it can't be used. */
  open(lockWaitMs: number): void {
    this.#database = this.#options.open(lockWaitMs);
  }

  /** Reads everything back. When the database is not open, nothing, and the snapshot is owed. */
  load(): Snapshot {
    this.#isSnapshotOwed = true;
    if (this.#database === undefined) return EMPTY_SNAPSHOT;
    const { snapshot, leases } = this.#read(this.#database);
    this.#isSnapshotOwed = false;
    correctLeases(this.#options.pending, leases, this.#options.clock.wallMs());
    return snapshot;
  }

  /** The newest decision about a request, on its way or stored. Undefined also when the database can't be read now. */
  findDecision(requestId: string): StoredDecision | undefined {
    const pending = this.#options.pending.findDecision(requestId);
    if (pending !== undefined || this.#database === undefined) return pending;
    try {
      const row = this.#database.statements.findDecision.get(requestId);
      return row === undefined ? undefined : decisionOf(requestId, row);
    } catch (error) {
      this.#options.logger.debug("Cannot look for a decision", {
        cause: messageOf(error),
      });
      return undefined;
    }
  }

  /** Writes one batch and deletes one. Returns why that failed, if it did; everything is still on its way then. */
  turn(): Failure | undefined {
    try {
      const database = this.#database ??= this.#openAgain();
      this.#checkFile(database);
      this.#payOwedSnapshot(database);
      const { pending } = this.#options;
      const leasesBefore = pending.leases.size;
      const { refused } = writeBatch(database, pending, this.#deletions);
      this.#tellLosses(refused);
      this.#deletions.followLeases(
        leasesBefore - pending.leases.size,
        this.#options.clock.wallMs(),
      );
      this.#deletions.step(database);
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.needsReopening) this.close();
      return failure;
    }
  }

  /** From now on a turn waits that long for a lock of another process. */
  waitForLocks(ms: number): void {
    this.#database?.waitForLocks(ms);
  }

  /** Closes the connection; the next turn would open another. */
  close(): void {
    try {
      this.#database?.close();
    } catch (error) {
      this.#options.logger.warn("Cannot close the database", {
        cause: messageOf(error),
      });
    }
    this.#database = undefined;
  }

  /** What replaced a damaged file and was removed in turn leaves an empty database, and its owner still knows everything. */
  #openAgain(): Database {
    const { open, pending, whatIsKnown, clock } = this.#options;
    const database = open(0);
    const isEmpty = database.connection
      .prepare("SELECT 1 FROM clients LIMIT 1").get() === undefined;
    if (isEmpty && !this.#isSnapshotOwed) {
      saveLost(pending, whatIsKnown(), clock.wallMs());
    }
    return database;
  }

  /**
   * SQLite goes on writing into a file whose name was taken away, and all of it would be lost with the process. A
   * removed file is written anew from what the connection still reads; one that was put in its place is used as it is.
   */
  #checkFile(database: Database): void {
    const { clock, pending } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#fileCheckedMs < FILE_CHECK_MS) return;
    this.#fileCheckedMs = nowMs;
    const whereabouts = database.whereabouts();
    if (whereabouts === "in place") return;
    if (whereabouts === "missing") {
      saveLost(pending, this.#read(database).snapshot, clock.wallMs());
    }
    // Its row ids mean nothing in another file.
    this.#deletions = new Deletions();
    throw new FileGoneError(`The database file is ${whereabouts}`);
  }

  #payOwedSnapshot(database: Database): void {
    if (!this.#isSnapshotOwed) return;
    const { pending, clock, logger, onLateSnapshot } = this.#options;
    const { snapshot, leases } = this.#read(database);
    const unchanged = withoutChanged(pending, snapshot);
    this.#isSnapshotOwed = false;
    correctLeases(pending, leases, clock.wallMs());
    try {
      onLateSnapshot(unchanged);
    } catch (error) {
      logger.error("Cannot take back what the database held", {
        cause: messageOf(error),
      });
    }
  }

  #read(database: Database): SnapshotReading {
    const { clock, logger, stickyMax } = this.#options;
    const reading = readSnapshot(
      database.connection,
      clock.wallMs(),
      stickyMax,
    );
    if (reading.unreadable > 0) {
      logger.warn("Rows of the database can't be understood and are left out", {
        rows: reading.unreadable,
      });
    }
    return reading;
  }

  #tellLosses(refused: readonly string[]): void {
    const { logger, pending } = this.#options;
    if (refused.length > 0) {
      logger.error("The database refuses rows, which only memory has", {
        rows: refused.length,
        first: refused[0],
      });
    }
    if (pending.size > 0) return;
    const given = Object.entries(pending.takeDropped())
      .filter(([, count]) => count > 0);
    if (given.length > 0) {
      logger.warn(
        "Too many writes waited, the oldest gave way",
        Object.fromEntries(given),
      );
    }
  }
}

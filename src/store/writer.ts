/**
 * The synchronous middle of the store: the connection, the writes on their way, and the deletions behind them. It owns
 * the connection and opens a new one when the old can't be trusted. It knows no timers: each turn writes one bounded
 * batch, and its caller says when.
 */
import type { Clock, Logger, Snapshot } from "../ports.ts";
import type { StoredTrust } from "../trust_ports.ts";
import { writeBatch } from "./batch.ts";
import type { Database } from "./database.ts";
import { DatabaseFile } from "./database_file.ts";
import { Deletions } from "./deletions.ts";
import {
  type Failure,
  failureOf,
  FileGoneError,
  messageOf,
} from "./failure.ts";
import { Lookups } from "./lookups.ts";
import { tellLosses } from "./losses.ts";
import { saveLost, withoutChanged } from "./lost_file.ts";
import type { PendingWrites } from "./pending_writes.ts";
import { Readings } from "./readings.ts";
import { EMPTY_SNAPSHOT } from "./snapshot.ts";
import { keepAudit, takeOver, takeOverAudit } from "./take_over.ts";
import { TrustMemory } from "./trust_memory.ts";

/** How often a write looks whether the file is still there; a look costs some 10 µs. */
export const FILE_CHECK_MS = 1000;

/** What a {@link Writer} is made of. */
export interface WriterOptions {
  /** Where the database is. */
  readonly path: string;
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
  /** Answers who asks for one thing. */
  readonly lookups: Lookups;
  /** Keys and tokens. */
  readonly trust: TrustMemory;
  readonly #options: WriterOptions;
  readonly #file: DatabaseFile;
  readonly #readings: Readings;
  #database: Database | undefined;
  #deletions = new Deletions();
  #isSnapshotOwed = false;
  /** What a damaged database still held, until somebody takes it. */
  #salvaged: Snapshot | undefined;
  /** What a read said of damage, which the next turn does something about. */
  #damage: Failure | undefined;
  /** Whether somebody put another file in the place of ours, so that our log says nothing of it. */
  #isReplaced = false;
  #fileCheckedMs: number;

  /** Opens nothing yet. */
  constructor(options: WriterOptions) {
    this.#options = options;
    this.#file = new DatabaseFile(options);
    this.#readings = new Readings(options);
    this.#fileCheckedMs = options.clock.monotonicMs();
    this.lookups = new Lookups({
      ...options,
      database: () => this.#database,
      onDamage: (failure) => this.#damage = failure,
    });
    this.trust = new TrustMemory(
      options.pending.trust,
      (rows) => this.#readings.warnOfUnreadable(rows),
    );
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
    this.#opened(lockWaitMs);
  }

  #opened(lockWaitMs: number): Database {
    const database = this.#file.open(lockWaitMs);
    this.#database = database;
    this.#salvage(database);
    return database;
  }

  /** Reads everything back. When the database is not open, nothing, and the snapshot is owed. */
  load(): Snapshot {
    this.#isSnapshotOwed = true;
    if (this.#database === undefined) return EMPTY_SNAPSHOT;
    const snapshot = this.#readOrSalvage(
      this.#database,
      (database) => this.#takeSalvaged() ?? this.#readings.all(database),
    );
    this.#isSnapshotOwed = false;
    return snapshot;
  }

  /** Reads all keys and tokens back. When the database is not open, nothing, and they are owed. */
  loadTrust(): StoredTrust {
    if (this.#database === undefined) return this.trust.owe();
    return this.#readOrSalvage(
      this.#database,
      (database) => this.trust.load(database),
    );
  }

  /** What another process has written since the last call; undefined when nothing is known of any. */
  foreignWrites(): Snapshot | undefined {
    if (this.#isSnapshotOwed) return undefined;
    return this.lookups.ask(
      "what another process wrote",
      (database) => this.#readings.foreign(database),
    );
  }

  /** All keys and tokens, when another process changed them or they are owed; undefined otherwise. */
  foreignTrust(): StoredTrust | undefined {
    return this.lookups.ask(
      "the keys of another process",
      (database) => this.trust.look(database),
    );
  }

  /** Writes one batch and deletes one. Returns why that failed, if it did; everything is still on its way then. */
  turn(): Failure | undefined {
    const failure = this.#damage ?? this.#attempt();
    this.#damage = undefined;
    if (failure?.isDamage !== true || !this.#giveUp(failure)) return failure;
    return this.#attempt();
  }

  #attempt(): Failure | undefined {
    try {
      const database = this.#database ??= this.#openAgain();
      this.#checkFile(database);
      this.#payOwedSnapshot(database);
      const { pending } = this.#options;
      const leasesBefore = pending.leases.size;
      const { refused } = writeBatch(database, pending, this.#deletions);
      tellLosses(refused, pending, this.#options.logger);
      this.#deletions.followLeases(
        leasesBefore - pending.leases.size,
        this.#options.clock.wallMs(),
      );
      this.#deletions.step(database);
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      // A damaged one is needed a moment longer.
      if (failure.needsReopening && !failure.isDamage) this.close();
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
    const { pending, whatIsKnown, clock } = this.#options;
    const database = this.#file.open(0, this.#isReplaced);
    this.#isReplaced = false;
    if (this.#isSnapshotOwed) this.#salvage(database);
    else {
      const damaged = this.#file.takeSetAside();
      if (damaged !== undefined) takeOverAudit(damaged, pending);
    }
    this.trust.keepIn(database);
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
    this.#isReplaced = whereabouts === "replaced";
    if (whereabouts === "missing") {
      saveLost(pending, this.#readings.last(database), clock.wallMs());
      keepAudit(database.connection, pending);
    }
    // Its row ids mean nothing in another file.
    this.#deletions = new Deletions();
    throw new FileGoneError(`The database file is ${whereabouts}`);
  }

  #payOwedSnapshot(database: Database): void {
    if (!this.#isSnapshotOwed) return;
    const { pending, logger, onLateSnapshot } = this.#options;
    const unchanged = this.#takeSalvaged() ??
      withoutChanged(pending, this.#readings.all(database));
    this.#isSnapshotOwed = false;
    try {
      onLateSnapshot(unchanged);
    } catch (error) {
      logger.error("Cannot take back what the database held", {
        cause: messageOf(error),
      });
    }
  }

  /** Reads, also when only now it shows that the file is damaged. */
  #readOrSalvage<Result>(
    database: Database,
    read: (database: Database) => Result,
  ): Result {
    try {
      return read(database);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.isDamage || !this.#giveUp(failure)) throw error;
      return read(this.#opened(0));
    }
  }

  /** A connection said that its file is damaged. Returns whether the file is out of the way. */
  #giveUp(failure: Failure): boolean {
    const database = this.#database;
    const isAside = database !== undefined &&
      this.#file.giveUp(database, failure.cause);
    if (!isAside) this.close();
    this.#database = undefined;
    // Row ids of one file mean nothing in another.
    if (isAside) this.#deletions = new Deletions();
    return isAside;
  }

  /** What was set aside may still hold something. When the fresh file can't take it now, a later turn writes it. */
  #salvage(database: Database): void {
    const damaged = this.#file.takeSetAside();
    if (damaged === undefined) return;
    this.#salvaged = takeOver(damaged, database, {
      ...this.#options,
      deletions: this.#deletions,
      trust: this.trust,
    });
  }

  #takeSalvaged(): Snapshot | undefined {
    const salvaged = this.#salvaged;
    this.#salvaged = undefined;
    return salvaged;
  }
}

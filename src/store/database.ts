/**
 * One open connection to the database file. Its owner is the writer, which closes it and opens another when this one
 * can't be trusted any more.
 *
 * Bounds: {@link CACHE_KIB} of pages in memory; the write-ahead log is folded in every {@link CHECKPOINT_PAGES} pages
 * and cut to {@link JOURNAL_BYTES_MAX}.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { failureOf } from "./failure.ts";
import { migrate, SCHEMA_VERSION } from "./migrations.ts";
import { prepareStatements, type Statements } from "./statements.ts";

/** Pages that SQLite may keep: enough for the indexes of 100,000 sticky assignments to be hot. */
const CACHE_KIB = 8192;

/**
 * Pages of 4 KiB between two checkpoints. SQLite's 1,000 make a turn of 10 to 20 ms every now and then, 250 one of
 * about 5 ms, for a tenth of the throughput.
 */
const CHECKPOINT_PAGES = 250;

/** The log grows while another process reads for long; afterwards it shrinks to this. */
const JOURNAL_BYTES_MAX = 64 << 20;

/** An open database, migrated and ready to write. */
export class Database {
  /** For reads that are not prepared. */
  readonly connection: DatabaseSync;
  /** What can be written. */
  readonly statements: Statements;
  readonly #path: string;
  readonly #identity: string | undefined;
  readonly #dataVersion: StatementSync;

  /**
   * Opens the file, makes it when it is missing, and waits that long for a lock; later statements never wait.
   * Throws what SQLite throws, and when the schema is newer than this program.
   */
  constructor(path: string, lockWaitMs: number) {
    this.#path = path;
    makePrivate(path);
    this.connection = new DatabaseSync(path, {
      // The Go server never enforced them, so its files hold rows that break them.
      enableForeignKeyConstraints: false,
      timeout: lockWaitMs,
    });
    try {
      this.#configure();
      migrate(this.connection);
      this.statements = prepareStatements(this.connection);
      this.#dataVersion = this.connection.prepare("PRAGMA data_version");
      this.#removeOrphans();
      this.waitForLocks(0);
      this.#proveWritable();
    } catch (error) {
      this.connection.close();
      throw error;
    }
    this.#identity = identityOf(path);
  }

  /** What is at the path now. A database without a file or without inodes counts as in place. */
  whereabouts(): "in place" | "missing" | "replaced" {
    if (this.#identity === undefined) return "in place";
    const found = identityOf(this.#path);
    if (found === undefined) return "missing";
    return found === this.#identity ? "in place" : "replaced";
  }

  /** A number that is another one when another connection has written since, and the same after our own writes. */
  dataVersion(): number {
    return Number(this.#dataVersion.get()?.data_version);
  }

  /** How long statements wait for a lock of another process; the event loop waits with them. */
  waitForLocks(ms: number): void {
    this.connection.prepare(`PRAGMA busy_timeout = ${ms}`).get();
  }

  /** Runs the work in one transaction that asks for the write lock first. */
  transaction<Result>(work: () => Result): Result {
    this.statements.begin.run();
    try {
      const result = work();
      this.statements.commit.run();
      return result;
    } catch (error) {
      // SQLite ends a transaction by itself on a full disk and on I/O errors.
      if (this.connection.isTransaction) this.statements.rollback.run();
      throw error;
    }
  }

  /** Runs reads that must agree with one another, whatever other processes write meanwhile. */
  view<Result>(work: () => Result): Result {
    this.connection.prepare("BEGIN").run();
    try {
      return work();
    } finally {
      if (this.connection.isTransaction) this.statements.rollback.run();
    }
  }

  /** Folds the write-ahead log into the file, as far as other processes let it, and closes. */
  close(): void {
    try {
      // Nearly all of it goes without the lock that keeps another process from writing.
      this.connection.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
      this.connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    } catch {
      // The log stays beside the file, and whoever opens it next reads both.
    }
    this.connection.close();
  }

  /** A file system without shared memory refuses WAL and stays with its rollback journal, which is only slower. */
  #configure(): void {
    const settings = [
      "journal_mode = WAL",
      "synchronous = NORMAL",
      `cache_size = -${CACHE_KIB}`,
      `wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
      `journal_size_limit = ${JOURNAL_BYTES_MAX}`,
    ];
    for (const setting of settings) {
      this.connection.prepare(`PRAGMA ${setting}`).get();
    }
  }

  /** A file that this user may only read opens, and would fail at the first write. A lock says that others can write. */
  #proveWritable(): void {
    try {
      this.statements.begin.run();
      // To begin is not enough: on a file that is read-only, SQLite begins to read.
      this.connection.prepare(`PRAGMA user_version = ${SCHEMA_VERSION}`).run();
    } catch (error) {
      if (!failureOf(error).isPassing) throw error;
    } finally {
      if (this.connection.isTransaction) this.statements.rollback.run();
    }
  }

  /**
   * An assignment whose backend is gone would come back to life when that backend registers again. What can't be
   * removed now because of a lock or a full disk is removed at the next start.
   */
  #removeOrphans(): void {
    const orphans = `FROM sticky_assignments WHERE NOT EXISTS
      (SELECT 1 FROM clients WHERE clients.client_id = sticky_assignments.client_id)`;
    // Mostly there are none, and looking needs no write lock.
    if (this.connection.prepare(`SELECT 1 ${orphans}`).get() === undefined) {
      return;
    }
    try {
      this.connection.prepare(`DELETE ${orphans}`).run();
    } catch (error) {
      if (!failureOf(error).isPassing) throw error;
    }
  }
}

/** Sessions and hashes of keys are in it: a new file is its user's alone, and the log beside it is made alike. */
function makePrivate(path: string): void {
  if (path === ":memory:") return;
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch {
    // It is there, or SQLite says why it can't be.
  }
}

function identityOf(path: string): string | undefined {
  if (path === ":memory:") return undefined;
  try {
    const { dev, ino } = Deno.statSync(path);
    return ino === null ? undefined : `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

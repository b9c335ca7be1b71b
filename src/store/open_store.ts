/** The store as the server gets it. */
import type { Clock, Logger, Snapshot, Store, StoreStatus } from "../ports.ts";
import type { StoredTrust } from "../trust_ports.ts";
import { Database } from "./database.ts";
import { EMPTY_SNAPSHOT } from "./snapshot.ts";
import { SqliteStore } from "./sqlite_store.ts";

/** The largest `max_backends`, which can change while the server runs: the fleet's own bound is the one that is met. */
const BACKENDS_MAX = 100_000;

/** Where state is kept, and how much of it there can be. */
export interface StoreOptions {
  /** The database file, made when it is missing; its folder must be there. `:memory:` keeps nothing. */
  readonly path: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The bound of sticky assignments; of more in the file, the last used are read back. */
  readonly maxSticky: number;
  /**
   * Called once if the database could not be read at start and {@link Store.load} had to answer with nothing: what it
   * held, less what was registered, assigned and removed since. Without it only the database keeps that.
   */
  readonly onLateSnapshot?: (snapshot: Snapshot) => void;
  /**
   * Asked for everything its owner knows when the file turned out to be unusable while running and a new one had to be
   * begun. Without it, only what is written from then on is in the new file.
   */
  readonly whatIsKnown?: () => Snapshot;
  /** Told when a time begins in which the database takes no writes, and when it is over. Must not call the store. */
  readonly onOutage?: (status: StoreStatus) => void;
  /**
   * Told what another process wrote into the same file, within a second: backends (without reports), assignments, leases
   * and drains that are new or changed, every few seconds also a backend that was heard of, and sometimes what this store wrote itself. What the other one removed is not
   * told. Numbers of leases are those of the other process: whoever takes them must not go on counting from there.
   */
  readonly onForeignWrites?: (snapshot: Snapshot) => void;
  /**
   * Told all keys and tokens, within a second, when another process on the same file changed some, and when
   * {@link Store.loadTrust} had to answer with nothing because the database could not be read, and it can be now.
   */
  readonly onForeignTrust?: (trust: StoredTrust) => void;
}

/**
 * Opens the store. A damaged database is set aside and a fresh one begun with what can be read of it. Throws when the
 * file is something else, can't be opened or written, or is of a newer version. A lock that stays, a full disk and a
 * failing one begin an outage instead: {@link Store.status} says so, and it ends by itself.
 */
export function openStore(options: StoreOptions): Store {
  const { path, logger, clock, maxSticky } = options;
  return new SqliteStore({
    path,
    open: (lockWaitMs) => new Database(path, lockWaitMs),
    logger,
    clock,
    backendsMax: BACKENDS_MAX,
    stickyMax: maxSticky,
    onLateSnapshot: options.onLateSnapshot ?? (() => {}),
    whatIsKnown: options.whatIsKnown ?? (() => EMPTY_SNAPSHOT),
    onOutage: options.onOutage ?? (() => {}),
    onForeignWrites: options.onForeignWrites,
    onForeignTrust: options.onForeignTrust,
  });
}

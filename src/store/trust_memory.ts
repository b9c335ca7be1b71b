/**
 * Keys and tokens as they stand: what the database holds, and over it what is on its way there. A file that was lost gets
 * them back from here, so that no key goes missing with it, and no key that was taken back returns. Owner: the writer.
 *
 * Bound: what the database holds, which its owner bounds, and {@link TrustWrites}.
 */
import type { StoredKey, StoredToken, StoredTrust } from "../trust_ports.ts";
import type { Database } from "./database.ts";
import type { Settle } from "./pending_map.ts";
import {
  inOrder,
  neverHeldTrust,
  NO_TRUST,
  readTrust,
  trustStamp,
} from "./trust_reading.ts";
import type { TrustWrites } from "./trust_writes.ts";

/** What is known of keys and tokens. */
export class TrustMemory {
  readonly #pending: TrustWrites;
  readonly #onUnreadable: (rows: number) => void;
  #keys = new Map<string, StoredKey>();
  #tokens = new Map<string, StoredToken>();
  /** Whether somebody asked for them while the database could not be read. */
  #isOwed = false;
  #seen: Seen | undefined;

  /** Nothing was read yet. Told how many rows of a reading can't be understood. */
  constructor(pending: TrustWrites, onUnreadable: (rows: number) => void) {
    this.#pending = pending;
    this.#onUnreadable = onUnreadable;
  }

  /** First made first. */
  get trust(): StoredTrust {
    return inOrder({
      keys: [...this.#keys.values()],
      tokens: [...this.#tokens.values()],
    });
  }

  saveKey(key: StoredKey, waiting: readonly Settle[]): void {
    this.#keys.set(key.name, key);
    this.#pending.saveKey(key, waiting);
  }

  removeKey(name: string, waiting: readonly Settle[]): void {
    this.#keys.delete(name);
    this.#pending.removeKey(name, waiting);
  }

  saveToken(token: StoredToken, waiting: readonly Settle[]): void {
    this.#tokens.set(token.id, token);
    this.#pending.saveToken(token, waiting);
  }

  removeToken(id: string, waiting: readonly Settle[]): void {
    this.#tokens.delete(id);
    this.#pending.removeToken(id, waiting);
  }

  /** The database can't be read now: what it holds is told by a later look. */
  owe(): StoredTrust {
    this.#isOwed = true;
    return NO_TRUST;
  }

  /** Reads everything. Throws what SQLite throws. */
  load(database: Database): StoredTrust {
    const version = database.dataVersion();
    const { stamp, reading } = database.view(() => ({
      stamp: trustStamp(database.connection),
      reading: readTrust(database.connection),
    }));
    this.#onUnreadable(reading.unreadable);
    this.#know(reading.trust);
    this.#seen = { database, version, stamp };
    this.#isOwed = false;
    return this.trust;
  }

  /**
   * All that is known, when that is something else than was known before: another process wrote, or the database could
   * not be read until now. Throws what SQLite throws.
   */
  look(database: Database): StoredTrust | undefined {
    const seen = this.#seen;
    if (seen?.database === database && !this.#isOwed) {
      const version = database.dataVersion();
      if (seen.version === version) return undefined;
      if (seen.stamp === trustStamp(database.connection)) {
        this.#seen = { ...seen, version };
        return undefined;
      }
    }
    const isOwed = this.#isOwed;
    const before = JSON.stringify(this.trust);
    const trust = this.load(database);
    return isOwed || JSON.stringify(trust) !== before ? trust : undefined;
  }

  /** What a damaged file still held is known from now on, and on its way to the fresh one. */
  takeOver({ keys, tokens }: StoredTrust): void {
    for (const key of keys) {
      if (!this.#pending.changesKey(key.name)) this.saveKey(key, []);
    }
    for (const token of tokens) {
      if (!this.#pending.changesToken(token.id)) this.saveToken(token, []);
    }
  }

  /** A file that never held a key or a token gets those that are known. Throws what SQLite throws. */
  keepIn(database: Database): void {
    if (neverHeldTrust(database.connection)) this.takeOver(this.trust);
  }

  /** This was read; what is on its way counts for more. */
  #know({ keys, tokens }: StoredTrust): void {
    const pending = this.#pending;
    this.#keys = new Map([
      ...keys.filter(({ name }) => !pending.changesKey(name))
        .map((key) => [key.name, key] as const),
      ...pending.keys.entries(),
    ]);
    this.#tokens = new Map([
      ...tokens.filter(({ id }) => !pending.changesToken(id))
        .map((token) => [token.id, token] as const),
      ...pending.tokens.entries(),
    ]);
  }
}

/** What the last reading went by. */
interface Seen {
  readonly database: Database;
  readonly version: number;
  readonly stamp: string;
}

/**
 * Keys, tokens and lines of the audit trail on their way to the database. Owner: the pending writes. They are few, and
 * written before everything else: a key that was taken back must not come back.
 */
import type { AuditEntry, StoredKey, StoredToken } from "../trust_ports.ts";
import { PendingMap, type Settle } from "./pending_map.ts";

/**
 * Keys that wait, and as many removals: twice as many as the largest fleet has agents, so that none ever gives way. A key
 * is about 500 bytes.
 */
export const KEYS_PENDING_MAX = 200_000;

/** Tokens that wait, and as many removals: more than people make in the longest outage, so that none ever gives way. */
export const TOKENS_PENDING_MAX = 10_000;

/** Lines of the audit trail that wait: some days of an operator's work, 2 MB. The oldest gives way. */
export const AUDIT_PENDING_MAX = 10_000;

/** Writes that gave way, by kind. */
export interface DroppedTrust {
  readonly keys: number;
  readonly tokens: number;
  readonly audit: number;
}

/** None. */
export const NO_TRUST_DROPPED: DroppedTrust = { keys: 0, tokens: 0, audit: 0 };

/** The writes, each kind in a map of its own. */
export class TrustWrites {
  /** Tokens to forget, by id. */
  readonly removedTokens = new PendingMap<string>(TOKENS_PENDING_MAX);
  /** Tokens, by id; before the keys, so that a token is not used more often than it says. */
  readonly tokens = new PendingMap<StoredToken>(TOKENS_PENDING_MAX);
  /** Keys to forget, by name. */
  readonly removedKeys = new PendingMap<string>(KEYS_PENDING_MAX);
  /** Keys, by name. */
  readonly keys = new PendingMap<StoredKey>(KEYS_PENDING_MAX);
  /** Lines of the audit trail, by a running number. */
  readonly audit = new PendingMap<AuditEntry, number>(AUDIT_PENDING_MAX);
  #lineNumber = 0;
  #dropped = NO_TRUST_DROPPED;

  /** All of them. */
  get maps(): readonly (PendingMap<unknown> | PendingMap<unknown, number>)[] {
    const { removedTokens, tokens, removedKeys, keys, audit } = this;
    return [removedTokens, tokens, removedKeys, keys, audit];
  }

  /** What gave way since the last call. */
  takeDropped(): DroppedTrust {
    const dropped = this.#dropped;
    this.#dropped = NO_TRUST_DROPPED;
    return dropped;
  }

  /** Takes the place of a removal, and of what was said of the key before. */
  saveKey(key: StoredKey, waiting: readonly Settle[] = []): void {
    const before = this.removedKeys.take(key.name);
    if (this.keys.put(key.name, key, [...before, ...waiting])) {
      this.#drop("keys");
    }
  }

  /** Takes the place of a key that is on its way. */
  removeKey(name: string, waiting: readonly Settle[] = []): void {
    const before = this.keys.take(name);
    this.removedKeys.put(name, name, [...before, ...waiting]);
  }

  /** Takes the place of a removal, and of what was said of the token before. */
  saveToken(token: StoredToken, waiting: readonly Settle[] = []): void {
    const before = this.removedTokens.take(token.id);
    if (this.tokens.put(token.id, token, [...before, ...waiting])) {
      this.#drop("tokens");
    }
  }

  /** Takes the place of a token that is on its way. */
  removeToken(id: string, waiting: readonly Settle[] = []): void {
    const before = this.tokens.take(id);
    this.removedTokens.put(id, id, [...before, ...waiting]);
  }

  /** The oldest line gives way when there are too many. */
  saveAudit(entry: AuditEntry, waiting: readonly Settle[] = []): void {
    if (this.audit.put(this.#lineNumber++, entry, waiting)) {
      this.#drop("audit");
    }
  }

  /** Whether a key is about to be stored or forgotten. */
  changesKey(name: string): boolean {
    return this.keys.has(name) || this.removedKeys.has(name);
  }

  /** Whether a token is about to be stored or forgotten. */
  changesToken(id: string): boolean {
    return this.tokens.has(id) || this.removedTokens.has(id);
  }

  #drop(kind: keyof DroppedTrust): void {
    this.#dropped = { ...this.#dropped, [kind]: this.#dropped[kind] + 1 };
  }
}

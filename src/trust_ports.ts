/**
 * What the rooms ask of those who guard: who shows a key, where a backend may be, whether a token is good, and what of
 * it outlives the process. Shapes only.
 */
import type { Principal, Scope } from "./policy/principal.ts";
import type { Durability } from "./ports.ts";

/** What showing a key comes to. */
export type KeyFinding =
  | { readonly kind: "known"; readonly principal: Principal }
  /** Known, but its time is over. */
  | { readonly kind: "expired"; readonly principal: Principal }
  /** Known, but taken back. */
  | { readonly kind: "revoked"; readonly principal: Principal }
  | { readonly kind: "unknown" };

/** Knows the keys that are accepted; synchronous, because it is asked with every request. */
export interface KeyBook {
  /** Whether no key exists, so that everything is open. An expired key is one. */
  readonly isOpen: boolean;
  /**
   * Who shows this key.
   *
   * @param key As a header field holds it: one character per byte.
   */
  find(key: string): KeyFinding;
  /** Whether a backend's credential was taken back, so that nobody may speak for the backend, whatever the key. */
  isShutOut(backendId: string): boolean;
}

/** A key as stored: one that was made with `opsen keys create`, or the credential of an enrolled agent. */
export interface StoredKey {
  /** Unique; of an agent's credential `agent:` and the backend's id. */
  readonly name: string;
  /** SHA-256 of the key, 64 hexadecimal digits. */
  readonly hash: string;
  /** What it may do; undefined for everything. */
  readonly scopes: readonly Scope[] | undefined;
  /** Tiers it may ask for; undefined for all. */
  readonly tiers: readonly string[] | undefined;
  /** The backend that it speaks for; undefined unless it is an agent's credential. */
  readonly backendId: string | undefined;
  /** Where that backend may be, besides what the configuration allows. */
  readonly endpointAllow: readonly string[];
  /** When it stops being accepted, wall-clock milliseconds; undefined for never. */
  readonly expiresMs: number | undefined;
  readonly createdMs: number;
  /** Name of the key, or of the enrolment token, that made it. */
  readonly createdBy: string;
  /** When it was taken back; undefined while it is accepted. A backend whose credential was taken back is shut out. */
  readonly revokedMs: number | undefined;
}

/** An enrolment token as stored. */
export interface StoredToken {
  /** Names it in lists and in the audit trail; says nothing of the token. */
  readonly id: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly hash: string;
  /** Where the backends that enrol with it may be, besides what the configuration allows. */
  readonly endpointAllow: readonly string[];
  readonly usesMax: number;
  /** How often it was used. */
  readonly uses: number;
  readonly createdMs: number;
  readonly createdBy: string;
  readonly expiresMs: number;
  readonly revokedMs: number | undefined;
}

/** One line of the audit trail. */
export interface AuditEntry {
  /** When, wall clock. */
  readonly atMs: number;
  /** Who: the name of a key, `anyone` where no key exists, or what in the program itself acted (`signal`, `file`). */
  readonly actor: string;
  /** What, such as `backend.drain`. */
  readonly action: string;
  /** To what: the id of a backend, the name of a key; empty for the server as a whole. */
  readonly target: string;
  /** From where: the caller's address; empty for what came from no caller. */
  readonly from: string;
  /** Id of the request; empty for what came by none. */
  readonly requestId: string;
  /** `ok`, or the code of the refusal. */
  readonly result: string;
}

/** Which lines of the audit trail are wanted; newest first. */
export interface AuditQuery {
  /** Not older than this, wall clock. */
  readonly sinceMs: number;
  /** Only of this actor, of this action; undefined for all. */
  readonly actor: string | undefined;
  readonly action: string | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** All keys and tokens that are stored. */
export interface StoredTrust {
  /** First made first; those that were taken back too. */
  readonly keys: readonly StoredKey[];
  readonly tokens: readonly StoredToken[];
}

/** The part of the store that keys, tokens and the audit trail are in. Promises settle as {@link Store}'s do. */
export interface TrustStore {
  /** Reads all keys and tokens back; nothing while the database can't be read. */
  loadTrust(): StoredTrust;
  /** Stores a key, or what became of it. */
  saveKey(key: StoredKey): Promise<Durability>;
  /** Forgets a key, by its name. */
  removeKey(name: string): Promise<Durability>;
  /** Stores a token, or what became of it. */
  saveToken(token: StoredToken): Promise<Durability>;
  /** Forgets a token, by its id. */
  removeToken(id: string): Promise<Durability>;
  /** Adds a line to the audit trail. */
  saveAudit(entry: AuditEntry): Promise<Durability>;
  /** Lines of the audit trail, newest first; none while the database can't be read. */
  audit(query: AuditQuery): readonly AuditEntry[];
  /** Starts deleting lines older than the instant. */
  pruneAudit(olderThanMs: number): void;
}

/** What a backend's registration says of where it may be. */
export interface EndpointGrant {
  /** The address that it registered from; empty when that is not known. */
  readonly registeredFrom: string;
  /** Addresses and ranges that its own credential allows. */
  readonly endpointAllow: readonly string[];
}

/** One address that traffic would go to. */
export interface EndpointAddress {
  /** The host of the URL in lower case, without brackets: a name or an address. */
  readonly host: string;
  /** What the host stands for. */
  readonly ip: string;
  readonly port: number;
}

/** Says where backends may be. */
export interface EndpointRule {
  /**
   * Why traffic must not go to an address, in words that name the line to add to the configuration; undefined when it
   * may.
   */
  refusal(address: EndpointAddress, grant: EndpointGrant): string | undefined;
}

/** What checking a caller's token comes to. */
export type TokenVerdict =
  | {
    readonly kind: "valid";
    /** What the token says of the request; undefined where it says nothing. */
    readonly tier: string | undefined;
    readonly stickyId: string | undefined;
  }
  | {
    readonly kind: "refused";
    readonly code: "missing_token" | "invalid_token" | "token_unverifiable";
    /** For the caller; holds nothing of the token. */
    readonly detail: string;
  };

/** Checks tokens of callers (JWT); at once where it can. Never rejects. */
export interface TokenVerifier {
  /** @param token As the `Authorization` field holds it after `Bearer`; empty when there is none. */
  verify(token: string): TokenVerdict | Promise<TokenVerdict>;
}

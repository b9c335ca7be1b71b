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

/** Whether a request comes from a browser that is signed in to the dashboard with a key that is still accepted. */
export type SignedIn = (
  request: {
    readonly method: string;
    /** With the query. */
    readonly path: string;
    readonly headers: Pick<Headers, "get">;
  },
  now: number,
) => boolean;

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
  /** When it was made, wall clock. */
  readonly createdMs: number;
  /** Name of the key, or of the enrolment token, that made it. */
  readonly createdBy: string;
  /** When it was taken back; undefined while it is accepted. A backend whose credential was taken back is shut out. */
  readonly revokedMs: number | undefined;
}

/** A {@link KeyBook} whose stored keys can be changed; what is changed holds at once. Storing them is its caller's. */
export interface KeyKeeper extends KeyBook {
  /** Who shows which key of the configuration, in its order. */
  readonly configured: readonly Principal[];
  /** Every stored key, first made first; those that were taken back too. */
  readonly stored: readonly StoredKey[];
  /** The stored key of a name. */
  storedKey(name: string): StoredKey | undefined;
  /** Takes a key, instead of the stored one of its name. */
  put(key: StoredKey): void;
  /** Forgets a stored key, by its name. */
  remove(name: string): void;
}

/** An enrolment token as stored. */
export interface StoredToken {
  /** Names it in lists and in the audit trail; says nothing of the token. */
  readonly id: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly hash: string;
  /** Where the backends that enrol with it may be, besides what the configuration allows. */
  readonly endpointAllow: readonly string[];
  /** How often it may be used. */
  readonly usesMax: number;
  /** How often it was used. */
  readonly uses: number;
  /** When it was made, wall clock. */
  readonly createdMs: number;
  /** Name of the key that made it. */
  readonly createdBy: string;
  /** When it stops being accepted, wall clock. */
  readonly expiresMs: number;
  /** When it was taken back; undefined while it is accepted. */
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
  /** Only lines of this actor; undefined for all. */
  readonly actor: string | undefined;
  /** Only lines of this action; undefined for all. */
  readonly action: string | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** All keys and tokens that are stored. */
export interface StoredTrust {
  /** First made first; those that were taken back too. */
  readonly keys: readonly StoredKey[];
  /** First made first; those whose time is over or that were taken back too. */
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
  /** The port. */
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
  /**
   * Checks one.
   *
   * @param token As the `Authorization` field holds it after `Bearer`; empty when there is none.
   */
  verify(token: string): TokenVerdict | Promise<TokenVerdict>;
}

/** What an enrolment token is made for. */
export interface TokenWish {
  /** How long it is good, milliseconds. */
  readonly ttlMs: number;
  /** How often it may be used. */
  readonly usesMax: number;
  /** Where the backends that enrol with it may be, besides what the configuration allows. */
  readonly endpointAllow: readonly string[];
  /** Name of the key that asks for it; `anyone` where no key exists. */
  readonly createdBy: string;
}

/** What asking for a token comes to. */
export type TokenOutcome =
  | {
    readonly kind: "made";
    /** The token itself, which nobody can be told a second time. */
    readonly secret: string;
    readonly token: StoredToken;
    readonly write: Promise<Durability>;
  }
  /** So many tokens are good already that no further one is kept. */
  | { readonly kind: "too_many"; readonly tokensMax: number };

/** A machine that wants a credential of its own. */
export interface EnrolmentAsk {
  /** The id that it speaks under. */
  readonly backendId: string;
  /** The enrolment token. */
  readonly token: string;
  /** The credential that the machine drew, so that it can ask again when no answer came; undefined to be given one. */
  readonly credential: string | undefined;
  /** The key that the request shows beside the token; empty for none. */
  readonly shownKey: string;
  /** Whether a backend with this id is registered now; asked only where that decides. */
  readonly isRegistered: () => boolean;
}

/** Why a machine gets no credential. */
export type EnrolmentRefusal =
  | "wrong_enrol_token"
  | "enrol_token_expired"
  | "enrol_token_used_up"
  | "enrol_token_revoked"
  | "backend_revoked"
  | "already_enrolled"
  | "id_in_use"
  | "credential_in_use"
  | "too_many_credentials";

/** What an ask for a credential comes to. */
export type EnrolmentOutcome =
  | {
    readonly kind: "enrolled";
    readonly credential: string;
    /** The token that it was had with, for the audit trail. */
    readonly createdBy: string;
    readonly write: Promise<Durability>;
  }
  | {
    readonly kind: "refused";
    readonly code: EnrolmentRefusal;
    /** For the caller; holds nothing of any token. */
    readonly detail: string;
  };

/** Trades tokens for credentials. Decides and books in one synchronous call; only the writes are waited for. */
export interface EnrolmentDesk {
  /** Makes a token. */
  create(wish: TokenWish): TokenOutcome;
  /** All tokens that are remembered, first made first; those that are no longer good too. */
  tokens(): readonly StoredToken[];
  /** Takes a token back; undefined when there is none with this id. What was enrolled with it stays. */
  revoke(id: string): Promise<Durability> | undefined;
  /** Gives a machine its credential. */
  enrol(ask: EnrolmentAsk): EnrolmentOutcome;
}

/**
 * Tokens that machines trade for a credential of their own. Owns the tokens, {@link TOKENS_MAX} at most, and the count
 * of their uses; the credentials are the key book's. Of a token and of a credential only the hash is kept.
 *
 * Everything is decided and booked in one synchronous call, so that two machines can't take the last use of a token
 * both. Guessing a token of 256 bits is hopeless, and the front door's rate limit per address bounds the attempts.
 */
import { Buffer } from "node:buffer";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { tokenState } from "../policy/token_state.ts";
import type { Clock, Durability } from "../ports.ts";
import type {
  EnrolmentAsk,
  EnrolmentDesk,
  EnrolmentOutcome,
  KeyKeeper,
  StoredKey,
  StoredToken,
  TokenOutcome,
  TokenWish,
  TrustStore,
} from "../trust_ports.ts";
import { credentialName, keyHash, newKey } from "../wire/key_text.ts";
import { admissionOf } from "./admission.ts";

/** Tokens that are kept, those that are no longer good too: more are a program that makes them without end. */
export const TOKENS_MAX = 1000;
/** Stored keys from which on a machine that has none gets none: as many as the largest fleet needs. */
export const CREDENTIALS_MAX = 100_000;
/** Bytes of chance in a token's id. */
const ID_BYTES = 5;

/** What enrolment is made of. */
export interface EnrolmentOptions {
  readonly store: Pick<TrustStore, "saveToken" | "removeToken" | "saveKey">;
  readonly book: KeyKeeper;
  readonly clock: Pick<Clock, "wallMs">;
}

/** Makes tokens, and credentials of them. */
export class Enrolment implements EnrolmentDesk {
  readonly #options: EnrolmentOptions;
  readonly #byId = new Map<string, StoredToken>();
  readonly #idByHash = new Map<string, string>();

  /** Goes on with the tokens of an earlier run. */
  constructor(
    options: EnrolmentOptions,
    stored: readonly StoredToken[],
  ) {
    this.#options = options;
    for (const token of stored) this.#keep(token);
  }

  /** Takes over what another process on the same database did: new tokens, uses, and what was taken back. */
  follow(stored: readonly StoredToken[]): void {
    for (const token of stored) {
      const known = this.#byId.get(token.id);
      this.#keep({
        ...token,
        uses: Math.max(token.uses, known?.uses ?? 0),
        revokedMs: known?.revokedMs ?? token.revokedMs,
      });
    }
  }

  tokens(): readonly StoredToken[] {
    return [...this.#byId.values()];
  }

  create(wish: TokenWish): TokenOutcome {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    if (!this.#makeRoom(nowMs)) {
      return { kind: "too_many", tokensMax: TOKENS_MAX };
    }
    const { ttlMs, usesMax, endpointAllow, createdBy } = wish;
    const secret = newKey("token");
    const token: StoredToken = {
      id: randomBytes(ID_BYTES).toString("hex"),
      hash: keyHash(secret),
      endpointAllow,
      usesMax,
      uses: 0,
      createdMs: nowMs,
      createdBy,
      expiresMs: nowMs + ttlMs,
      revokedMs: undefined,
    };
    this.#keep(token);
    return { kind: "made", secret, token, write: store.saveToken(token) };
  }

  revoke(id: string): Promise<Durability> | undefined {
    const { store, clock } = this.#options;
    const token = this.#byId.get(id);
    if (token === undefined) return undefined;
    const revoked = { ...token, revokedMs: token.revokedMs ?? clock.wallMs() };
    this.#keep(revoked);
    return store.saveToken(revoked);
  }

  enrol(ask: EnrolmentAsk): EnrolmentOutcome {
    const { book, clock } = this.#options;
    const { backendId, shownKey, isRegistered } = ask;
    const nowMs = clock.wallMs();
    const before = book.storedKey(credentialName(backendId));
    const credential = ask.credential ?? newKey("agent");
    const offered = keyHash(credential);
    const finding = shownKey === "" ? undefined : book.find(shownKey);
    const admission = admissionOf({
      backendId,
      token: this.#tokenOf(ask.token),
      credential: before,
      isRepeated: before !== undefined && isSame(before.hash, offered),
      isTaken: book.find(credential).kind !== "unknown",
      isShutOut: book.isShutOut(backendId),
      shown: finding?.kind === "known" ? finding.principal : undefined,
      isOpen: book.isOpen,
      isFull: () =>
        before === undefined && book.stored.length >= CREDENTIALS_MAX,
      isRegistered,
      nowMs,
    });
    switch (admission.kind) {
      case "refused":
        return admission;
      case "repeated":
        return this.#given(credential, admission.credential);
      case "admitted": {
        const { token } = admission;
        const used = { ...token, uses: token.uses + 1 };
        this.#keep(used);
        const key = credentialOf(backendId, offered, token, nowMs);
        book.put(key);
        return this.#given(credential, key, used);
      }
    }
  }

  #given(
    credential: string,
    key: StoredKey,
    used?: StoredToken,
  ): EnrolmentOutcome {
    const { store } = this.#options;
    const writes = [
      store.saveKey(key),
      ...(used === undefined ? [] : [store.saveToken(used)]),
    ];
    const { createdBy } = key;
    return { kind: "enrolled", credential, createdBy, write: leastOf(writes) };
  }

  /** Found by its hash, so that no time tells how much of a token was right. */
  #tokenOf(secret: string): StoredToken | undefined {
    const offered = keyHash(secret);
    const token = this.#byId.get(this.#idByHash.get(offered) ?? "");
    return token !== undefined && isSame(token.hash, offered)
      ? token
      : undefined;
  }

  #keep(token: StoredToken): void {
    this.#byId.set(token.id, token);
    this.#idByHash.set(token.hash, token.id);
  }

  /** Whether one more has room: the first made of those that are no longer good gives way. */
  #makeRoom(nowMs: number): boolean {
    if (this.#byId.size < TOKENS_MAX) return true;
    for (const token of this.#byId.values()) {
      if (tokenState(token, nowMs) === "good") continue;
      this.#byId.delete(token.id);
      this.#idByHash.delete(token.hash);
      void this.#options.store.removeToken(token.id);
      return true;
    }
    return false;
  }
}

function credentialOf(
  backendId: string,
  hash: string,
  { id, endpointAllow }: StoredToken,
  nowMs: number,
): StoredKey {
  return {
    name: credentialName(backendId),
    hash,
    scopes: ["agent"],
    tiers: undefined,
    backendId,
    endpointAllow,
    expiresMs: undefined,
    createdMs: nowMs,
    createdBy: `token ${id}`,
    revokedMs: undefined,
  };
}

function isSame(hash: string, other: string): boolean {
  const [one, two] = [Buffer.from(hash, "hex"), Buffer.from(other, "hex")];
  return one.length === two.length && timingSafeEqual(one, two);
}

/** As safe as the least safe of them. */
async function leastOf(
  writes: readonly Promise<Durability>[],
): Promise<Durability> {
  const all = await Promise.all(writes);
  return all.includes("memory") ? "memory" : "durable";
}

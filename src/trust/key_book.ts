/**
 * The keys that are accepted: those of the configuration and those that are stored. Owner of them while the server runs;
 * bounded by the configuration, by the API for those that are made there, and by a credential for each backend.
 *
 * Only hashes are kept, and besides them the keys that were known when they were shown, so no more than there are.
 */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import type { Principal } from "../policy/principal.ts";
import type { KeyFinding, KeyKeeper, StoredKey } from "../trust_ports.ts";
import { credentialName, keyHash } from "../wire/key_text.ts";
import { ShownKeys } from "./shown_keys.ts";

/** A key of the configuration. */
export interface ConfiguredKey {
  readonly principal: Principal;
  /** SHA-256 of the key, 64 hexadecimal digits in lower case. */
  readonly hash: string;
}

/** Knows keys by their hashes. */
export class HashedKeyBook implements KeyKeeper {
  readonly #wallMs: () => number;
  readonly #onMade: () => void;
  #configured: readonly Principal[] = [];
  #configuredByHash: ReadonlyMap<string, KnownKey> = new Map();
  readonly #storedByHash = new Map<string, KnownKey>();
  readonly #stored = new Map<string, StoredKey>();
  /** Stored keys that no agent was given. */
  #madeCount = 0;
  #isKeptClosed = false;
  readonly #shown = new ShownKeys<KnownKey>();

  /**
   * @param wallMs The wall clock, for keys that expire.
   * @param onMade Told when it takes a stored key that closes the server.
   */
  constructor(wallMs: () => number, onMade: () => void = () => {}) {
    this.#wallMs = wallMs;
    this.#onMade = onMade;
  }

  get isOpen(): boolean {
    return this.isOpenWith(this.#configured);
  }

  /** Whether everything would be open with these keys of a configuration. */
  isOpenWith(configured: readonly unknown[]): boolean {
    return configured.length === 0 && this.#madeCount === 0 &&
      !this.#isKeptClosed;
  }

  get configured(): readonly Principal[] {
    return this.#configured;
  }

  get stored(): readonly StoredKey[] {
    return [...this.#stored.values()];
  }

  storedKey(name: string): StoredKey | undefined {
    return this.#stored.get(name);
  }

  find(key: string): KeyFinding {
    const known = this.#shown.get(key) ?? this.#lookedUp(key);
    return known === undefined ? UNKNOWN : findingOf(known, this.#wallMs);
  }

  /** Ids of the backends that are shut out. */
  get shutOut(): readonly string[] {
    return this.stored.flatMap(({ backendId, revokedMs }) =>
      backendId === undefined || revokedMs === undefined ? [] : [backendId]
    );
  }

  isShutOut(backendId: string): boolean {
    const credential = this.#stored.get(credentialName(backendId));
    return credential?.revokedMs !== undefined;
  }

  /** Takes the keys of another configuration instead of those before; of two with one hash the first counts. */
  configure(keys: readonly ConfiguredKey[]): void {
    const byHash = new Map<string, KnownKey>();
    for (const { principal, hash } of keys) {
      if (byHash.has(hash)) continue;
      byHash.set(hash, knownKey(principal, hash, false));
    }
    this.#configured = keys.map(({ principal }) => principal);
    this.#configuredByHash = byHash;
    this.#shown.clear();
  }

  put(key: StoredKey): void {
    this.remove(key.name);
    this.#stored.set(key.name, key);
    if (key.backendId === undefined) {
      this.#madeCount++;
      this.#onMade();
    }
    const isRevoked = key.revokedMs !== undefined;
    this.#storedByHash.set(
      key.hash,
      knownKey(principalOf(key), key.hash, isRevoked),
    );
  }

  /** Keys were stored, and can't be read now or are lost: whoever shows none gets in no more than with them. */
  keepClosed(): void {
    this.#isKeptClosed = true;
  }

  /** Takes these stored keys instead of all those before. */
  follow(keys: readonly StoredKey[]): void {
    const names = new Set(keys.map(({ name }) => name));
    for (const name of this.#stored.keys()) {
      if (!names.has(name)) this.remove(name);
    }
    for (const key of keys) this.put(key);
  }

  remove(name: string): void {
    const key = this.#stored.get(name);
    if (key === undefined) return;
    this.#stored.delete(name);
    this.#storedByHash.delete(key.hash);
    if (key.backendId === undefined) this.#madeCount--;
    this.#shown.clear();
  }

  /**
   * The hash says which key could be meant, and is compared again in constant time: the time that this takes says
   * nothing of how much of a key was right, and does not grow with their number.
   */
  #lookedUp(key: string): KnownKey | undefined {
    const hash = keyHash(key);
    const known = this.#configuredByHash.get(hash) ??
      this.#storedByHash.get(hash);
    if (known === undefined) return undefined;
    if (!timingSafeEqual(known.digest, Buffer.from(hash, "hex"))) {
      return undefined;
    }
    this.#shown.add(key, known);
    return known;
  }
}

/** One key, with the answers about it, which are asked for with every request. */
interface KnownKey {
  readonly principal: Principal;
  readonly digest: Uint8Array;
  /** What it comes to until it expires. */
  readonly finding: KeyFinding;
}

const UNKNOWN: KeyFinding = { kind: "unknown" };

function knownKey(
  principal: Principal,
  hash: string,
  isRevoked: boolean,
): KnownKey {
  const kind = isRevoked ? "revoked" : "known";
  const digest = Buffer.from(hash, "hex");
  return { principal, digest, finding: { kind, principal } };
}

function findingOf(
  { principal, finding }: KnownKey,
  wallMs: () => number,
): KeyFinding {
  const { expiresMs } = principal;
  const isOver = finding.kind === "known" && expiresMs !== undefined &&
    wallMs() >= expiresMs;
  return isOver ? { kind: "expired", principal } : finding;
}

function principalOf(key: StoredKey): Principal {
  const { name, scopes, tiers, expiresMs, backendId, endpointAllow } = key;
  return {
    ...{ name, scopes, tiers, expiresMs, backendId, endpointAllow },
    // The limit of addresses counts for them; one of their own is for the configuration to give.
    ratePerMinute: 0,
  };
}

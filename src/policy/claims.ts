/**
 * Who speaks under which id: two machines that claim one id are noticed because their messages alternate. One that
 * follows another for good is a restart or a move, and neither.
 *
 * A claimant is known by the instance that our client draws at its start; a Go client has none and is known by its
 * host name and local address. Its reports say no local address, and what was not said differs from nothing.
 *
 * Owner: whoever hears the messages; bounded by the number of ids that it is told at each of them, of which the least
 * recently heard gives way, and by {@link CLAIMANTS_MAX} each. Instants are monotonic milliseconds.
 */

/**
 * How long a claimant counts after it was last heard: three times the usual stale limit, after which a silent backend is
 * forgotten, and longer than it takes a client to register again of itself.
 */
export const CLAIM_WINDOW_MS = 900_000;
/** Claimants of one id that are remembered: two make a conflict, and a list of more helps nobody. */
export const CLAIMANTS_MAX = 4;

/** Who a message says it is from. What is not known is empty. */
export interface Claimant {
  /** Of our client's process; undefined for a Go client. */
  readonly instance: string | undefined;
  /** Name of its host. */
  readonly hostname: string;
  /** Its address on its own network. */
  readonly localIp: string;
  /** Where its message came from. */
  readonly publicIp: string;
}

/** Several machines under one id. */
export interface Conflict {
  /** Two or more, in the order of their names. */
  readonly claimants: readonly Claimant[];
  /** When it was noticed. */
  readonly since: number;
}

/** What a message changed. */
export type ClaimNews =
  | { readonly kind: "none" }
  | { readonly kind: "begun"; readonly conflict: Conflict }
  | { readonly kind: "ended" };

/** What is known of one id. */
interface Claim {
  /** Least recently heard first. */
  heard: readonly Heard[];
  /** When a conflict was noticed. */
  conflictSince: number | undefined;
}

interface Heard {
  readonly claimant: Claimant;
  readonly at: number;
}

const NONE: ClaimNews = { kind: "none" };

/** Remembers the recent claimants of each id. */
export class Claims {
  readonly #claims = new Map<string, Claim>();

  /** Takes note of a message under an id; at most `idsMax` ids are remembered. */
  hear(
    id: string,
    claimant: Claimant,
    now: number,
    idsMax: number,
  ): ClaimNews {
    const claim = this.#claims.get(id) ??
      { heard: [], conflictSince: undefined };
    const recent = claim.heard.filter(({ at }) => now - at < CLAIM_WINDOW_MS);
    // The newest first: what a Go client leaves out is most likely from the machine that spoke last.
    const index = recent.findLastIndex((heard) =>
      isSame(heard.claimant, claimant)
    );
    const known = recent[index];
    const isBack = known !== undefined && index < recent.length - 1;
    const entry = { claimant: completed(claimant, known?.claimant), at: now };
    claim.heard = [...recent.filter((heard) => heard !== known), entry]
      .slice(-CLAIMANTS_MAX);
    this.#keep(id, claim, idsMax);
    return this.#newsOf(claim, isBack, now);
  }

  /** The conflict about an id, while more than one machine was heard lately. */
  conflictOf(id: string, now: number): Conflict | undefined {
    const claim = this.#claims.get(id);
    if (claim?.conflictSince === undefined) return undefined;
    const recent = claim.heard.filter(({ at }) => now - at < CLAIM_WINDOW_MS);
    return recent.length < 2
      ? undefined
      : { claimants: inOrder(recent), since: claim.conflictSince };
  }

  #newsOf(claim: Claim, isBack: boolean, now: number): ClaimNews {
    if (claim.conflictSince === undefined) {
      if (!isBack) return NONE;
      claim.conflictSince = now;
      const conflict = { claimants: inOrder(claim.heard), since: now };
      return { kind: "begun", conflict };
    }
    if (claim.heard.length > 1) return NONE;
    claim.conflictSince = undefined;
    return { kind: "ended" };
  }

  #keep(id: string, claim: Claim, idsMax: number): void {
    this.#claims.delete(id);
    this.#claims.set(id, claim);
    for (const oldest of this.#claims.keys()) {
      if (this.#claims.size <= idsMax) break;
      this.#claims.delete(oldest);
    }
  }
}

function isSame(known: Claimant, other: Claimant): boolean {
  if (known.instance !== undefined || other.instance !== undefined) {
    return known.instance === other.instance;
  }
  return isSameOrUnknown(known.hostname, other.hostname) &&
    isSameOrUnknown(known.localIp, other.localIp);
}

function isSameOrUnknown(known: string, other: string): boolean {
  return known === other || known === "" || other === "";
}

/** What a message leaves out is as it was. */
function completed(claimant: Claimant, before: Claimant | undefined): Claimant {
  return {
    instance: claimant.instance,
    hostname: claimant.hostname || (before?.hostname ?? ""),
    localIp: claimant.localIp || (before?.localIp ?? ""),
    publicIp: claimant.publicIp || (before?.publicIp ?? ""),
  };
}

/** Whoever spoke last would stand elsewhere every time. */
function inOrder(heard: readonly Heard[]): Claimant[] {
  return heard.map(({ claimant }) => claimant)
    .sort((a, b) => orderKey(a) < orderKey(b) ? -1 : 1);
}

function orderKey(claimant: Claimant): string {
  const { hostname, localIp, publicIp, instance = "" } = claimant;
  return [hostname, localIp, publicIp, instance].join("|");
}

/**
 * Addresses of upstreams by name. Owner: the edge. Bounded by {@link NAMES_MAX} names; a name that is in use is asked
 * for again in the background while its old addresses still serve. Questions that are out are one for each name.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** How long addresses are fresh: an upstream that moves is followed within this time. */
const FRESH_MS = 30_000;

/** How long addresses serve while newer ones can't be had: a name server's outage must not become ours. */
const STALE_MS = 10 * 60_000;

/** How long a failure is believed; spares the name server a question for each request. */
const FAILURE_MS = 1_000;

/** Names that are kept: more than a fleet has, and little memory. */
const NAMES_MAX = 4096;

/** Asks the system for all addresses of a name, best first; rejects when it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** The addresses of a name, best first, or that it has none. */
export type Resolution =
  | { readonly kind: "resolved"; readonly ips: readonly string[] }
  | { readonly kind: "failed" };

/** What is known of a name. */
interface Entry {
  readonly resolution: Resolution;
  /** When the resolution came. */
  readonly since: number;
  /** When the name was last asked for, with or without success. */
  readonly triedAt: number;
}

/** Knows the addresses of names. Instants are monotonic milliseconds. */
export class Resolver {
  readonly #lookup: Lookup;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #questions = new Map<string, Promise<Resolution>>();

  /** Knows nothing yet. */
  constructor(now: () => number, lookup: Lookup = systemLookup) {
    this.#now = now;
    this.#lookup = lookup;
  }

  /** The addresses of a host: at once when it is an address or its name is known, as a promise otherwise. */
  resolve(host: string): Resolution | Promise<Resolution> {
    const literal = literalOf(host);
    if (literal !== undefined) return { kind: "resolved", ips: [literal] };
    const name = host.toLowerCase();
    const entry = this.#entries.get(name);
    if (entry === undefined) return this.#ask(name);
    const now = this.#now();
    const ageMs = now - entry.since;
    const isTried = now - entry.triedAt < FAILURE_MS;
    switch (entry.resolution.kind) {
      case "failed":
        return isTried ? entry.resolution : this.#ask(name);
      case "resolved":
        if (ageMs >= STALE_MS) return this.#ask(name);
        if (ageMs >= FRESH_MS && !isTried) this.#ask(name);
        return entry.resolution;
    }
  }

  #ask(name: string): Promise<Resolution> {
    const asked = this.#questions.get(name);
    if (asked !== undefined) return asked;
    const question = this.#find(name).finally(() =>
      this.#questions.delete(name)
    );
    this.#questions.set(name, question);
    return question;
  }

  async #find(name: string): Promise<Resolution> {
    try {
      const ips = [...new Set(await this.#lookup(name))];
      return this.#keep(name, ips);
    } catch {
      return this.#keep(name, []);
    }
  }

  #keep(name: string, ips: readonly string[]): Resolution {
    const now = this.#now();
    const entry = this.#after(this.#entries.get(name), ips, now);
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    if (this.#entries.size > NAMES_MAX) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    return entry.resolution;
  }

  /** A failure doesn't replace addresses that still serve. */
  #after(
    old: Entry | undefined,
    ips: readonly string[],
    now: number,
  ): Entry {
    if (ips.length > 0) {
      const resolution: Resolution = { kind: "resolved", ips };
      return { resolution, since: now, triedAt: now };
    }
    if (old?.resolution.kind === "resolved" && now - old.since < STALE_MS) {
      return { ...old, triedAt: now };
    }
    return { resolution: { kind: "failed" }, since: now, triedAt: now };
  }
}

/** The address that the host is, without the brackets of a URL; undefined when it is a name. */
function literalOf(host: string): string | undefined {
  const bare = host.startsWith("[") && host.endsWith("]")
    ? host.slice(1, -1)
    : host;
  return isIP(bare) === 0 ? undefined : bare;
}

/** Asks as other programs of the machine do: its hosts file first, then its name servers. */
export async function systemLookup(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}

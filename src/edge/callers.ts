/**
 * The connections of callers: who is let in, and who gives way when all places are taken. Owner: the edge; bounded by
 * `max_connections`.
 */
import { addressKeyOf } from "../config/address_key.ts";
import { AddressCounts } from "./address_counts.ts";
import type { Caller } from "./caller.ts";
import type { EdgeRules } from "./edge_rules.ts";
import type { RefusalCode } from "./refusals.ts";

/** Connections that are looked at for one that may give way; among so many one of the most idle is nearly sure. */
const LOOKS_MAX = 32;
/** Whoever was idle for less may have a request on its way: a second is longer than any way through a network. */
const GIVES_WAY_AFTER_MS = 1_000;

/** All connections of callers. */
export class Callers {
  readonly #callers = new Set<Caller>();
  readonly #counts = new AddressCounts();

  /** How many there are. */
  get size(): number {
    return this.#callers.size;
  }

  /** All of them; some may leave meanwhile. */
  [Symbol.iterator](): IterableIterator<Caller> {
    return this.#callers.values();
  }

  /** A connection that was let in. */
  add(caller: Caller): void {
    this.#callers.add(caller);
    this.#counts.add(caller.standing.key.group);
  }

  /** It has ended. */
  remove(caller: Caller): void {
    if (!this.#callers.delete(caller)) return;
    this.#counts.remove(caller.standing.key.group);
  }

  /** Whether all places are taken. */
  isFull({ settings: { maxConnections } }: EdgeRules): boolean {
    return this.#callers.size >= maxConnections;
  }

  /** Why an address must not come in; undefined when it may. */
  barTo(
    ip: string,
    { settings: { maxConnectionsPerIp }, trusted, blocked }: EdgeRules,
  ): RefusalCode | undefined {
    const isBounded = maxConnectionsPerIp > 0;
    if (!isBounded && blocked.isEmpty) return undefined;
    // Behind a proxy it is its callers that matter.
    if (trusted.includes(ip)) return undefined;
    if (blocked.includes(ip)) return "address_not_allowed";
    return isBounded &&
        this.#counts.of(addressKeyOf(ip).group) >= maxConnectionsPerIp
      ? "too_many_connections"
      : undefined;
  }

  /**
   * Ends a connection on which nothing has happened for long, so that sockets which are merely held open can't keep
   * others out. Those looked at go to the end of the line, so that all are looked at in turn. False when nobody can go.
   */
  makeRoom(now: number): boolean {
    let idlest: Caller | undefined;
    let longestMs = GIVES_WAY_AFTER_MS;
    let looks = Math.min(LOOKS_MAX, this.#callers.size);
    for (const caller of this.#callers) {
      if (looks-- === 0) break;
      this.#callers.delete(caller);
      this.#callers.add(caller);
      const idleMs = caller.idleMs(now);
      if (idleMs < longestMs) continue;
      longestMs = idleMs;
      idlest = caller;
    }
    idlest?.close();
    return idlest !== undefined;
  }
}

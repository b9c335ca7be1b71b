/**
 * Holds: room that is promised and not yet visible in reports. Owner of every live lease; bounded by one per session
 * and tier or one per placement, each of which expires. Ordered by expiry in a binary heap that knows where each
 * lease stands, so that a lease which is released early leaves nothing behind.
 */
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** One live hold. */
export interface Lease {
  /** Unique in this process. */
  readonly id: number;
  /** The backend that holds the room. */
  readonly slot: Slot;
  /** What is held. */
  readonly tier: Tier;
  /** Device ids of the booked cards. */
  readonly gpus: readonly number[];
  /** Whether it is held by a single request. */
  readonly isRequest: boolean;
  /** Key of the session and tier it belongs to, if any. */
  readonly sessionKey: string | undefined;
  /** Monotonic milliseconds. */
  expiresAt: number;
  /** Where the lease stands in the heap. */
  heapIndex: number;
}

/** Where a lease stands that has ended. */
const ENDED = -1;

/**
 * All live leases. Those of single requests are found by their holder alone: a map that tens of thousands of them pass
 * through each second would keep them all alive for the collector of young objects (an outgrown table of a `Map` points
 * to its successor, so that each old one holds the next).
 */
export class Leases {
  readonly #byId = new Map<number, Lease>();
  readonly #bySession = new Map<string, Lease>();
  readonly #heap: Lease[] = [];
  #nextId = 1;

  /** Number of live leases. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the next lease expires; Infinity when there is none. */
  get nextExpiry(): number {
    const first = this.#heap[0];
    return first === undefined ? Infinity : first.expiresAt;
  }

  /** Books the tier's room on a backend that has it. */
  open(
    slot: Slot,
    tier: Tier,
    sessionKey: string | undefined,
    expiresAt: number,
    isRequest = false,
  ): Lease {
    const gpus = slot.hold(tier, isRequest);
    const lease: Lease = {
      id: this.#nextId++,
      slot,
      tier,
      gpus,
      isRequest,
      sessionKey,
      expiresAt,
      heapIndex: this.#heap.length,
    };
    if (!isRequest) this.#byId.set(lease.id, lease);
    if (sessionKey !== undefined) this.#bySession.set(sessionKey, lease);
    this.#heap.push(lease);
    this.#up(lease);
    return lease;
  }

  /** The live lease with this number, unless it is a single request's. */
  get(id: number): Lease | undefined {
    return this.#byId.get(id);
  }

  /** The live lease of a session and tier. */
  ofSession(sessionKey: string): Lease | undefined {
    return this.#bySession.get(sessionKey);
  }

  /** Moves a lease's expiry. */
  renew(lease: Lease, expiresAt: number): void {
    lease.expiresAt = expiresAt;
    this.#up(lease);
    this.#down(lease);
  }

  /** Ends a lease and gives its room back; nothing happens when it has ended already. */
  close(lease: Lease): void {
    if (lease.heapIndex === ENDED) return;
    if (!lease.isRequest) this.#byId.delete(lease.id);
    if (lease.sessionKey !== undefined) {
      this.#bySession.delete(lease.sessionKey);
    }
    const last = this.#heap.pop();
    if (last !== undefined && last !== lease) {
      last.heapIndex = lease.heapIndex;
      this.#heap[last.heapIndex] = last;
      this.#up(last);
      this.#down(last);
    }
    lease.heapIndex = ENDED;
    lease.slot.release(lease.tier, lease.gpus, lease.isRequest);
  }

  /** Ends the lease that expires first if its time has come, and returns it. */
  expireOne(now: number): Lease | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.expiresAt > now) return undefined;
    this.close(first);
    return first;
  }

  /** Every live lease, oldest first. */
  all(): Lease[] {
    return this.#heap.toSorted((a, b) => a.id - b.id);
  }

  #up(lease: Lease): void {
    const heap = this.#heap;
    let index = lease.heapIndex;
    while (index > 0) {
      const parent = heap[(index - 1) >> 1];
      if (parent === undefined || parent.expiresAt <= lease.expiresAt) break;
      heap[index] = parent;
      const above = parent.heapIndex;
      parent.heapIndex = index;
      index = above;
    }
    heap[index] = lease;
    lease.heapIndex = index;
  }

  #down(lease: Lease): void {
    const heap = this.#heap;
    let index = lease.heapIndex;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const child = right !== undefined && right.expiresAt < left.expiresAt
        ? right
        : left;
      if (child.expiresAt >= lease.expiresAt) break;
      const below = child.heapIndex;
      heap[index] = child;
      child.heapIndex = index;
      index = below;
    }
    heap[index] = lease;
    lease.heapIndex = index;
  }
}

/**
 * Every live lease: room that is promised. Bounded by one per session and tier, per idempotency key or per placement,
 * each of which expires. Ordered by expiry in a binary heap that knows where each lease stands, so that a lease which is
 * released early leaves nothing behind.
 */
import { type Lease, type LeaseNames, sessionKey } from "./lease.ts";
import { bookCards, type Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

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
  readonly #byIdempotencyKey = new Map<string, Lease>();
  readonly #heap: Lease[] = [];
  #nextId: number;
  #hasOpened = false;

  /** No leases yet; the first gets this number. */
  constructor(firstId = 1) {
    this.#nextId = firstId;
  }

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
    names: LeaseNames,
    placedAt: number,
    expiresAt: number,
  ): Lease {
    this.#hasOpened = true;
    while (this.#byId.has(this.#nextId)) this.#nextId++;
    const lease: Lease = {
      id: this.#nextId++,
      slot,
      tier,
      gpus: bookCards(slot, tier),
      isRequest: names.isRequest,
      stickyId: names.stickyId,
      idempotencyKey: names.idempotencyKey,
      placedAt,
      startedAt: undefined,
      expiresAt,
      hidesCards: tier.gpus > 0,
      inFlight: 0,
      heapIndex: ENDED,
    };
    this.#add(lease);
    return lease;
  }

  /**
   * Takes a lease of an earlier run back; the caller has seen to it that none of its names is taken. Those of a process
   * that runs beside this one come later: it counts on in its own range, and this one must not follow it there.
   */
  restore(lease: Lease): void {
    if (!this.#hasOpened) this.#nextId = Math.max(this.#nextId, lease.id + 1);
    lease.slot.cards.retake(lease.gpus, lease.tier);
    this.#add(lease);
  }

  /** The live lease with this number, unless it is a single request's. */
  get(id: number): Lease | undefined {
    return this.#byId.get(id);
  }

  /** The live lease of a session and tier. */
  ofSession(stickyId: string, tierName: string): Lease | undefined {
    return this.#bySession.get(sessionKey(stickyId, tierName));
  }

  /** The live lease that was asked for under this key. */
  ofIdempotencyKey(key: string): Lease | undefined {
    return this.#byIdempotencyKey.get(key);
  }

  /** Moves a lease's expiry; nothing happens when it has ended. */
  renew(lease: Lease, expiresAt: number): void {
    if (lease.heapIndex === ENDED) return;
    lease.expiresAt = expiresAt;
    this.#up(lease);
    this.#down(lease);
  }

  /** Ends a lease and gives its room back; nothing happens when it has ended already. */
  close(lease: Lease): void {
    if (lease.heapIndex === ENDED) return;
    const { stickyId, idempotencyKey } = lease;
    if (!lease.isRequest) this.#byId.delete(lease.id);
    if (stickyId !== undefined) {
      this.#bySession.delete(sessionKey(stickyId, lease.tier.name));
    }
    if (idempotencyKey !== undefined) {
      this.#byIdempotencyKey.delete(idempotencyKey);
    }
    const last = this.#heap.pop();
    if (last !== undefined && last !== lease) {
      last.heapIndex = lease.heapIndex;
      this.#heap[last.heapIndex] = last;
      this.#up(last);
      this.#down(last);
    }
    lease.heapIndex = ENDED;
    lease.slot.close(lease);
  }

  /** The lease that expires first, if its time has come. */
  expired(now: number): Lease | undefined {
    const first = this.#heap[0];
    return first === undefined || first.expiresAt > now ? undefined : first;
  }

  /** Some leases, those that end first among them as a rule: the top of the heap. */
  soonest(count: number): readonly Lease[] {
    return this.#heap.slice(0, count);
  }

  /** Every live lease, oldest first. */
  all(): Lease[] {
    return this.#heap.toSorted((a, b) => a.id - b.id);
  }

  #add(lease: Lease): void {
    const { stickyId, idempotencyKey } = lease;
    if (!lease.isRequest) this.#byId.set(lease.id, lease);
    if (stickyId !== undefined) {
      this.#bySession.set(sessionKey(stickyId, lease.tier.name), lease);
    }
    if (idempotencyKey !== undefined) {
      this.#byIdempotencyKey.set(idempotencyKey, lease);
    }
    lease.slot.open(lease);
    lease.heapIndex = this.#heap.length;
    this.#heap.push(lease);
    this.#up(lease);
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

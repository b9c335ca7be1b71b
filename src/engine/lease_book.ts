/**
 * The leases together with what depends on them: room on their backends, load that reports don't show yet, scores.
 * Owner of the live leases; every change of one is made here.
 */
import type { BalancerOptions } from "./balancer_options.ts";
import type { Fleet } from "./fleet.ts";
import type { Lease, LeaseNames } from "./lease.ts";
import type { LeaseRecord } from "./lease_record.ts";
import { Leases } from "./leases.ts";
import type { Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** All live leases. */
export class LeaseBook {
  /** The leases by their names and expiry. */
  readonly leases: Leases;
  readonly #fleet: Fleet;
  #rule: Rule;
  #holdMs: number;

  /** No leases yet. */
  constructor(fleet: Fleet, rule: Rule, options: BalancerOptions) {
    this.#fleet = fleet;
    this.#rule = rule;
    this.#holdMs = options.holdMs;
    this.leases = new Leases(options.firstLeaseId);
  }

  /** Goes on under another rule and with another time for holds; what lives keeps its tier, its cards and its end. */
  reconfigure(rule: Rule, holdMs: number): void {
    this.#rule = rule;
    this.#holdMs = holdMs;
    const started = this.all().filter((one) => one.startedAt !== undefined);
    const bySlot = Map.groupBy(started, ({ slot }) => slot);
    for (const slot of this.#fleet.slots) {
      const leases = bySlot.get(slot) ?? [];
      for (const lease of leases) slot.hideCards(lease);
      slot.ledger.restart(leases);
      rule.settle(slot);
    }
  }

  /** Number of live leases. */
  get size(): number {
    return this.leases.size;
  }

  /** The live lease with this number, unless it is a single request's. */
  get(id: number): Lease | undefined {
    return this.leases.get(id);
  }

  /** Every live lease that is not a single request's, oldest first. */
  all(): Lease[] {
    return this.leases.all().filter((lease) => !lease.isRequest);
  }

  /** Books the tier's room; a request holds it until it is finished, everything else until it expires. */
  open(slot: Slot, tier: Tier, names: LeaseNames, now: number): Lease {
    const expiresAt = names.isRequest ? Infinity : now + this.#holdMs;
    const lease = this.leases.open(slot, tier, names, now, expiresAt);
    this.#fleet.refresh(slot);
    return lease;
  }

  /** The session is known to have begun: from now on reports absorb it. */
  start(lease: Lease, now: number): void {
    if (lease.startedAt !== undefined || lease.isRequest) return;
    lease.startedAt = now;
    lease.slot.ledger.start(lease);
    this.#rule.settle(lease.slot);
    this.#fleet.refresh(lease.slot);
  }

  /** Moves a lease's end; never nearer. */
  renew(lease: Lease, expiresAt: number): void {
    if (expiresAt > lease.expiresAt) this.leases.renew(lease, expiresAt);
  }

  /** The session of a lease goes on, or is known to have begun; undefined when the lease has ended. */
  prolong(
    id: number,
    expiresAt: number,
    isConfirmed: boolean,
    now: number,
  ): Lease | undefined {
    const lease = this.get(id);
    if (lease === undefined) return undefined;
    if (isConfirmed) this.start(lease, now);
    this.renew(lease, expiresAt);
    return lease;
  }

  /** Ends a lease; nothing happens when it has ended already. */
  close(lease: Lease): void {
    this.leases.close(lease);
    this.#settle(lease);
  }

  /** Ends all of these leases, those of single requests too; returns how many there were. */
  closeAll(isMeant: (lease: Lease) => boolean = () => true): number {
    const meant = this.leases.all().filter(isMeant);
    for (const lease of meant) this.close(lease);
    return meant.length;
  }

  /** Ends what has expired. A session with a request on its way, such as an open WebSocket, lives on. */
  expire(now: number): void {
    for (
      let lease = this.leases.expired(now);
      lease !== undefined;
      lease = this.leases.expired(now)
    ) {
      if (lease.inFlight > 0) this.leases.renew(lease, now + this.#holdMs);
      else this.close(lease);
    }
  }

  /** A request has left its backend: what it held alone is free, and its session lives on from now. */
  finish(lease: Lease, now: number): void {
    lease.inFlight--;
    if (lease.isRequest) this.close(lease);
    else this.renew(lease, now + this.#holdMs);
  }

  /** Takes a lease of an earlier run back; false when it can't be. */
  restore(record: LeaseRecord, tier: Tier, now: number): boolean {
    const slot = this.#fleet.get(record.backendId);
    const { id, stickyId, idempotencyKey } = record;
    const known = this.leases.get(id);
    if (known !== undefined) this.#follow(known, record, now);
    const isTaken = !Number.isSafeInteger(id + 1) ||
      known !== undefined ||
      (stickyId !== undefined &&
        this.leases.ofSession(stickyId, tier.name) !== undefined) ||
      (idempotencyKey !== undefined &&
        this.leases.ofIdempotencyKey(idempotencyKey) !== undefined);
    if (slot === undefined || isTaken || record.expiresAt <= now) return false;
    const { gpus, placedAt, startedAt, expiresAt } = record;
    this.leases.restore({
      id,
      slot,
      tier,
      gpus,
      isRequest: false,
      stickyId,
      idempotencyKey,
      placedAt,
      startedAt,
      expiresAt,
      hidesCards: gpus.length > 0,
      inFlight: 0,
      heapIndex: -1,
    });
    this.#rule.settle(slot);
    this.#fleet.refresh(slot);
    return true;
  }

  /** A process that runs beside this one has renewed or confirmed a lease that is known here too. */
  #follow(known: Lease, { startedAt, expiresAt }: LeaseRecord, now: number) {
    if (startedAt !== undefined) this.start(known, now);
    this.renew(known, expiresAt);
  }

  #settle({ slot, startedAt }: Lease): void {
    if (startedAt !== undefined) this.#rule.settle(slot);
    this.#fleet.refresh(slot);
  }
}

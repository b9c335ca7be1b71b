/** The real balancer, with a memory of what the edge asked of it and told it. */
import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { Ask, Decision, Placed } from "../../src/engine/decision.ts";
import type { Outcome } from "../../src/engine/ejection.ts";
import type { Lease } from "../../src/engine/lease.ts";
import type { Awaiting } from "../../src/engine/slot.ts";
import type { OnWaited } from "../../src/engine/wait_queue.ts";

/** What was told of one request. */
export interface Told {
  readonly backendId: string;
  readonly outcome: Outcome;
}

/** A balancer that remembers. */
export class WatchedBalancer extends Balancer {
  readonly asks: Ask[] = [];
  /** How requests ended, first ended first. */
  readonly told: Told[] = [];
  /** What was told of waits for answers. */
  readonly changes: Awaiting[] = [];
  /** The backends that requests were placed on. */
  readonly #slots = new Set<Lease["slot"]>();
  #placed = 0;

  override place(ask: Ask, now: number): Decision {
    this.asks.push(ask);
    const decision = super.place(ask, now);
    if (decision.kind === "placed") this.#note(decision);
    return decision;
  }

  override wait(
    ask: Ask,
    now: number,
    onWaited: OnWaited,
  ): (() => void) | undefined {
    return super.wait(ask, now, (waited) => {
      if (waited.kind === "placed") this.#note(waited);
      onWaited(waited);
    });
  }

  override awaiting(lease: Lease, change: Awaiting, now: number): void {
    this.changes.push(change);
    super.awaiting(lease, change, now);
  }

  override finish(lease: Lease, outcome: Outcome, now: number): void {
    this.told.push({ backendId: lease.slot.registration.id, outcome });
    super.finish(lease, outcome, now);
  }

  /** Requests that were placed and of which nothing was told yet. */
  get untold(): number {
    return this.#placed - this.told.length;
  }

  /** Requests that the backends work on, as the engine counts them. */
  get atBackends(): number {
    let count = 0;
    for (const slot of this.#slots) count += slot.inFlight;
    return count;
  }

  /** Those of them that wait for an answer: never more, and none fewer than there are. */
  get unanswered(): number {
    let count = 0;
    for (const { unanswered, inFlight } of this.#slots) {
      assert.ok(0 <= unanswered && unanswered <= inFlight);
      count += unanswered;
    }
    return count;
  }

  /** The same at one backend. */
  inFlightAt(backendId: string): number {
    let count = 0;
    for (const slot of this.#slots) {
      if (slot.registration.id === backendId) count += slot.inFlight;
    }
    return count;
  }

  /** The outcomes alone. */
  get outcomes(): readonly Outcome[] {
    return this.told.map(({ outcome }) => outcome);
  }

  #note({ lease }: Placed): void {
    this.#placed++;
    this.#slots.add(lease.slot);
  }
}

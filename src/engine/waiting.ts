/** Asks that wait, and the fleet they wait for: serves them when there is news, keeps a machine for one passed by too long. */
import { type Ask, isSingle, type Settled } from "./decision.ts";
import type { Fleet } from "./fleet.ts";
import type { Placing } from "./placing.ts";
import { shortageOf } from "./refusal.ts";
import { isLargeEnough } from "./retry.ts";
import type { Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";
import {
  type OnWaited,
  type QueueOptions,
  type QueueView,
  type Waiter,
  WaitQueue,
} from "./wait_queue.ts";

/** When no machine could be kept, how long until the next look at all of them, milliseconds. */
const KEEP_MS = 250;

/** Asks for which one looks at all machines at a time; each look passes over the whole fleet. */
const KEPT_FOR_MAX = 16;

/** Settings under which every wait is over. */
const CLOSED: QueueOptions = { lengthMax: 0, waitMsMax: 0 };

/** Waiting for room in a fleet. */
export class Waiting {
  readonly #queue: WaitQueue;
  readonly #fleet: Fleet;
  #placing: Placing;
  #rule: Rule;
  #kept: { readonly slot: Slot; readonly waiter: Waiter } | undefined;
  #seenNews = -1;
  #nextKeepAt = -Infinity;

  /** Nobody waits. */
  constructor(
    options: QueueOptions,
    placing: Placing,
    fleet: Fleet,
    rule: Rule,
  ) {
    this.#queue = new WaitQueue(options);
    this.#placing = placing;
    this.#fleet = fleet;
    this.#rule = rule;
  }

  /** Goes on under other settings; asks of tiers that are gone are told so. */
  reconfigure(
    options: QueueOptions,
    placing: Placing,
    rule: Rule,
    tiers: readonly Tier[],
    now: number,
  ): void {
    this.#free();
    this.#placing = placing;
    this.#rule = rule;
    this.#queue.reconfigure(options, tiers, now);
  }

  /** Nobody may wait any more: all get what there is, or a refusal. */
  close(placing: Placing, tiers: readonly Tier[], now: number): void {
    this.#free();
    this.#queue.reconfigure(CLOSED, tiers, now);
    this.#queue.expire(
      now,
      ({ ask, tierIndex }) => placing.place(ask, tierIndex, now),
    );
  }

  /** Appends an ask and answers what withdraws it; undefined when the queue is full. */
  add(
    ask: Ask,
    tierIndex: number,
    now: number,
    onWaited: OnWaited,
  ): (() => void) | undefined {
    const tier = this.#placing.tier(tierIndex);
    const waiter = this.#queue.add(ask, tier, tierIndex, now, onWaited);
    if (waiter === undefined) return undefined;
    return () => {
      this.#queue.withdraw(waiter);
      this.#letGo();
    };
  }

  /** Serves whoever fits now, when something has changed since the last time. */
  serve(now: number): void {
    if (this.#queue.depth === 0) return;
    this.#keepRoom(now);
    if (this.#seenNews === this.#fleet.news) return;
    this.#queue.serve(now, (waiter) => this.#tryPlace(waiter, now));
    this.#letGo();
    this.#seenNews = this.#fleet.news;
  }

  /** Refuses those that have waited too long. */
  expire(now: number): void {
    if (this.#queue.depth === 0) return;
    this.#queue.expire(now, ({ ask, tierIndex }) => {
      // The machine that was kept for it lacks what it lacks, not what was kept.
      this.#letGo();
      return this.#placing.place(ask, tierIndex, now);
    });
  }

  /** The queue as operators see it. */
  view(now: number): QueueView {
    return this.#queue.view(now);
  }

  #tryPlace(waiter: Waiter, now: number): Settled | undefined {
    if (this.#kept?.waiter !== waiter) return this.#placeIfFits(waiter, now);
    const { slot } = this.#kept;
    this.#mark(slot, false);
    const decision = this.#placeIfFits(waiter, now);
    if (decision?.kind !== "placed") this.#mark(slot, true);
    return decision;
  }

  #placeIfFits({ ask, tierIndex }: Waiter, now: number): Settled | undefined {
    const mayFit = ask.idempotencyKey !== undefined ||
      this.#placing.hasRoom(ask, tierIndex);
    return mayFit ? this.#placing.place(ask, tierIndex, now) : undefined;
  }

  /** One machine takes nobody else from now on: the one that lacks least of those the ask could ever fit on. */
  #keepRoom(now: number): void {
    if (this.#kept !== undefined) {
      const { slot, waiter } = this.#kept;
      const { id } = slot.registration;
      const isUsable = slot.keepsSessions && !slot.isDraining &&
        this.#mayHave(slot, waiter);
      if (isUsable && this.#fleet.get(id) === slot) return;
      this.#free();
    }
    if (now < this.#nextKeepAt) return;
    // The first may wait for a machine that there is not: that must not cost those behind it theirs.
    const passedBy = this.#queue.passedBy(now).slice(0, KEPT_FOR_MAX);
    for (const waiter of passedBy) {
      const slot = this.#nearestTo(waiter);
      if (slot === undefined) continue;
      this.#kept = { slot, waiter };
      return this.#mark(slot, true);
    }
    if (passedBy.length > 0) this.#nextKeepAt = now + KEEP_MS;
  }

  /** Of the machines that the ask could ever fit on, the one that lacks least. */
  #nearestTo(waiter: Waiter): Slot | undefined {
    const { tier, ask } = waiter;
    let nearest: Slot | undefined;
    let smallest = Infinity;
    for (const slot of this.#fleet.slots) {
      const mayEverFit = slot.routable && isLargeEnough(slot, tier) &&
        this.#mayHave(slot, waiter);
      if (!mayEverFit) continue;
      const shortage = shortageOf(this.#rule.lacks(slot, tier, isSingle(ask)));
      if (shortage < smallest) [nearest, smallest] = [slot, shortage];
    }
    return nearest;
  }

  /** Whether the machine is where the ask may go, and none that it rules out itself. */
  #mayHave(slot: Slot, { tier, ask }: Waiter): boolean {
    return ask.exclude?.has(slot.registration.id) !== true &&
      this.#fleet.isInPlace(slot, tier, ask.place);
  }

  #letGo(): void {
    if (this.#kept?.waiter.isOver === true) this.#free();
  }

  #free(): void {
    if (this.#kept !== undefined) this.#mark(this.#kept.slot, false);
    this.#kept = undefined;
  }

  #mark(slot: Slot, isEarmarked: boolean): void {
    slot.isEarmarked = isEarmarked;
    this.#fleet.refresh(slot);
  }
}

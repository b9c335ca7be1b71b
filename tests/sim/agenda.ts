/** What is planned, by its time: a binary heap, first planned first among those of one instant. */
import type { Event } from "./steps.ts";

/** Decides at its time what happens; nothing, perhaps. */
type Happen = () => Event | undefined;

interface Plan {
  readonly at: number;
  readonly order: number;
  readonly happen: Happen;
}

/** Everything planned; bounded by a few plans for each machine and caller. */
export class Agenda {
  /** The instant of what was taken last. */
  now = 0;
  #order = 0;
  readonly #heap: Plan[] = [];

  /** When the next plan's time is; Infinity when there is none. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Plans something. */
  add(at: number, happen: Happen): void {
    const plan = { at: Math.round(at), order: this.#order++, happen };
    let index = this.#heap.push(plan) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(plan, this.#heap[above]!)) break;
      this.#heap[index] = this.#heap[above]!;
      index = above;
    }
    this.#heap[index] = plan;
  }

  /** What happens next. */
  take(): Event | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (last !== first) this.#sink(last);
    this.now = first.at;
    return first.happen();
  }

  #sink(plan: Plan): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below]!)) below++;
      if (!isBefore(heap[below]!, plan)) break;
      heap[index] = heap[below]!;
      index = below;
    }
    heap[index] = plan;
  }
}

function isBefore(a: Plan, b: Plan): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

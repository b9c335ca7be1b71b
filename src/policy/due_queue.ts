/**
 * What is due when, the earliest first: a binary heap whose items know their place in it, so that one can be taken out
 * of the middle. Owner of the order only; bounded by whoever puts items in.
 */

/** Something that is due at an instant. */
export interface Due {
  /** When, monotonic milliseconds; must not change against the order while it waits in a queue. */
  dueAt: number;
  /** Its place in the queue; {@link OUTSIDE} while it is in none. Written by the queue alone. */
  place: number;
}

/** The place of what is in no queue. */
export const OUTSIDE: number = -1;

/** Items by the instant at which they are due. An item is in one queue at most. */
export class DueQueue<Item extends Due> {
  readonly #heap: Item[] = [];

  /** How many wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** The one that is due first. */
  first(): Item | undefined {
    return this.#heap[0];
  }

  /** Puts an item in that is in no queue. */
  add(item: Item): void {
    this.#heap.push(item);
    this.#rise(item, this.#heap.length - 1);
  }

  /** Takes an item out; without effect when it is not in. */
  remove(item: Item): void {
    const { place } = item;
    if (place === OUTSIDE) return;
    item.place = OUTSIDE;
    const last = this.#heap.pop();
    if (last === undefined || last === item) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  /** Takes out the one that is due first, if it is due by then. */
  takeDue(now: number): Item | undefined {
    const item = this.first();
    if (item === undefined || item.dueAt > now) return undefined;
    this.remove(item);
    return item;
  }

  #rise(item: Item, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.#heap[above];
      if (other === undefined || other.dueAt <= item.dueAt) break;
      this.#put(other, at);
      at = above;
    }
    this.#put(item, at);
  }

  #sink(item: Item, from: number): void {
    let at = from;
    for (;;) {
      const [below, other] = this.#earlierBelow(at);
      if (other === undefined || other.dueAt >= item.dueAt) break;
      this.#put(other, at);
      at = below;
    }
    this.#put(item, at);
  }

  /** The place and the item of the earlier one of the two below a place. */
  #earlierBelow(at: number): readonly [number, Item | undefined] {
    const left = 2 * at + 1;
    const one = this.#heap[left];
    const two = this.#heap[left + 1];
    return one === undefined || two === undefined || one.dueAt <= two.dueAt
      ? [left, one]
      : [left + 1, two];
  }

  #put(item: Item, at: number): void {
    this.#heap[at] = item;
    item.place = at;
  }
}

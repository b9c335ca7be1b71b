/** Chance that can be repeated: a stream of numbers from one seed (mulberry32). */

/** Draws numbers and choices. */
export class Chance {
  #state: number;

  /** The same seed draws the same. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return Math.floor(((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32 * count);
  }

  /** One of the items. */
  oneOf<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }

  /** At most so many positions in (0, length), in rising order. */
  cuts(length: number, most: number): number[] {
    if (length < 2) return [];
    const cuts = Array.from(
      { length: this.below(most) + 1 },
      () => 1 + this.below(length - 1),
    );
    return [...new Set(cuts)].sort((a, b) => a - b);
  }
}

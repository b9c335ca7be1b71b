/**
 * Keys that were known when they were shown, so that SHA-256, a third of a `/route`, is spent on each of them once.
 * Owner: the key book; bounded by the number of keys that are known, as nothing else is remembered.
 *
 * Not a map by the keys themselves: a map compares the texts in a bucket from their beginning, so that the time says how
 * much of a key was right. Here a sum with a secret beginning says which one could be meant, and that one is compared
 * to its end, whatever is found before.
 */
import { randomInt } from "node:crypto";

/** Remembers something of each key. */
export class ShownKeys<Known> {
  readonly #sumOf: (key: string) => number;
  readonly #bySum = new Map<number, { key: string; known: Known }>();

  /** @param sumOf Tells most keys apart, with a beginning that nobody knows. */
  constructor(sumOf: (key: string) => number = seededSum(randomInt(2 ** 32))) {
    this.#sumOf = sumOf;
  }

  /** What was remembered of a key. */
  get(key: string): Known | undefined {
    const entry = this.#bySum.get(this.#sumOf(key));
    return entry !== undefined && isSame(entry.key, key)
      ? entry.known
      : undefined;
  }

  /** Remembers it; of two keys with one sum the newer. */
  add(key: string, known: Known): void {
    this.#bySum.set(this.#sumOf(key), { key, known });
  }

  /** Forgets all of them. */
  clear(): void {
    this.#bySum.clear();
  }
}

/** FNV-1a over the characters from another beginning than its own; 32 bits. */
function seededSum(seed: number): (key: string) => number {
  return (key) => {
    let sum = seed;
    for (let i = 0; i < key.length; i++) {
      sum = Math.imul(sum ^ key.charCodeAt(i), 0x01000193);
    }
    return sum;
  };
}

/** Takes as long for every text of a length. */
function isSame(known: string, shown: string): boolean {
  if (known.length !== shown.length) return false;
  let differences = 0;
  for (let i = 0; i < known.length; i++) {
    differences |= known.charCodeAt(i) ^ shown.charCodeAt(i);
  }
  return differences === 0;
}

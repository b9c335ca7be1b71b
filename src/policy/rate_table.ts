/**
 * How much many callers owe, by their address: one number each, in typed arrays, so that a million of them cost 32 MiB
 * and asking makes no garbage. Owner: a rate limiter; bounded by {@link ENTRIES_MAX}.
 *
 * What is kept of a caller is the reading of a meter at which it owes nothing any more (GCRA, the generic cell rate
 * algorithm: ITU-T I.371, annex A, counted in requests instead of time). The meter is the limiter's; it counts the
 * requests that any one caller was allowed since the beginning, so a change of the rate leaves what is owed as it is.
 *
 * An address has eight places. When a newcomer finds them taken, whoever owes least gives way: it gets a fresh
 * allowance, and whoever sends much keeps its debt, however many others pass through.
 */

/** Most entries: a million addresses without anybody giving way before it must. */
const ENTRIES_MAX = 2 ** 21;
/** Entries to begin with: 64 KiB, enough for most fleets. */
const ENTRIES_MIN = 2 ** 12;
/** The table grows by so much at once, so that a million addresses move three times, and the last time few of them. */
const GROWTH = 8;
/** Places that one address may have. */
const WAYS = 8;

/** A caller as two numbers of 32 bits. */
export interface AddressKey {
  /** The first of them. */
  readonly high: number;
  /** The second. */
  readonly low: number;
}

/** Two numbers of 32 bits that nobody outside knows, so that nobody can choose addresses that share their places. */
export interface HashSeed {
  /** The first of them. */
  readonly high: number;
  /** The second. */
  readonly low: number;
}

/** What many callers owe. */
export class RateTable {
  readonly #seed: HashSeed;
  readonly #entriesMax: number;
  #entries: number;
  /** Two numbers of 32 bits each. */
  #keys: Int32Array;
  /** The reading at which nothing is owed; 0 in a place that was never taken. */
  #clearAt: Float64Array;

  /** Nobody owes anything. The bound is a power of two from {@link ENTRIES_MIN} on. */
  constructor(seed: HashSeed, entriesMax: number = ENTRIES_MAX) {
    this.#seed = seed;
    this.#entriesMax = entriesMax;
    this.#entries = Math.min(ENTRIES_MIN, entriesMax);
    this.#keys = new Int32Array(this.#entries * 2);
    this.#clearAt = new Float64Array(this.#entries);
  }

  /** Octets that the table takes. */
  get bytes(): number {
    return this.#keys.byteLength + this.#clearAt.byteLength;
  }

  /**
   * Charges a caller one request. The answer is what it owes then; when that is more than `most`, it was not charged.
   *
   * @param reading The meter now; above 0, and never less than before.
   */
  charge(caller: AddressKey, reading: number, most: number): number {
    const high = caller.high | 0;
    const low = caller.low | 0;
    let place = this.#find(high, low);
    const clearAt = place === -1 ? 0 : this.#clearAt[place]!;
    const owed = Math.max(0, clearAt - reading) + 1;
    if (owed > most) return owed;
    if (place === -1) {
      place = this.#placeFor(high, low, reading);
      this.#keys[place * 2] = high;
      this.#keys[place * 2 + 1] = low;
    }
    this.#clearAt[place] = reading + owed;
    return owed;
  }

  #find(high: number, low: number): number {
    const first = this.#firstPlace(high, low);
    for (let place = first; place < first + WAYS; place++) {
      const isIt = this.#keys[place * 2] === high &&
        this.#keys[place * 2 + 1] === low && this.#clearAt[place] !== 0;
      if (isIt) return place;
    }
    return -1;
  }

  /** Of whoever owes nothing, else of whoever owes least once the table can't grow. */
  #placeFor(high: number, low: number, reading: number): number {
    const least = this.#leastAt(this.#firstPlace(high, low));
    const isFree = this.#clearAt[least]! <= reading;
    if (isFree || this.#entries === this.#entriesMax) return least;
    this.#grow(reading);
    return this.#leastAt(this.#firstPlace(high, low));
  }

  #leastAt(first: number): number {
    let least = first;
    for (let place = first + 1; place < first + WAYS; place++) {
      if (this.#clearAt[place]! < this.#clearAt[least]!) least = place;
    }
    return least;
  }

  #grow(reading: number): void {
    const keys = this.#keys;
    const clearAt = this.#clearAt;
    this.#entries = Math.min(this.#entriesMax, this.#entries * GROWTH);
    this.#keys = new Int32Array(this.#entries * 2);
    this.#clearAt = new Float64Array(this.#entries);
    for (let from = 0; from < clearAt.length; from++) {
      if (clearAt[from]! <= reading) continue;
      const high = keys[from * 2]!;
      const low = keys[from * 2 + 1]!;
      // Each had a place among fewer, so there is one among more.
      const place = this.#leastAt(this.#firstPlace(high, low));
      this.#keys[place * 2] = high;
      this.#keys[place * 2 + 1] = low;
      this.#clearAt[place] = clearAt[from]!;
    }
  }

  /** The steps of MurmurHash3 (A. Appleby, public domain) over two words, from a start that is secret. */
  #firstPlace(high: number, low: number): number {
    let hash = this.#seed.high;
    hash = mixed(hash, high);
    hash = mixed(hash, low);
    hash = mixed(hash, this.#seed.low);
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85eb_ca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2_ae35);
    hash ^= hash >>> 16;
    return (hash & (this.#entries / WAYS - 1)) * WAYS;
  }
}

function mixed(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e_2d51);
  k = k << 15 | k >>> 17;
  k = Math.imul(k, 0x1b87_3593);
  const next = hash ^ k;
  return Math.imul(next << 13 | next >>> 19, 5) + 0xe654_6b64 | 0;
}

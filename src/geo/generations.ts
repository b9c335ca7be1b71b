/**
 * Answers that were asked for last. Owns two generations of them, each bounded by its constructor's number: the older one
 * goes when the younger one is full. There is no exact order, because the first key of a Map whose keys come and go is
 * slow to find.
 */
export class Generations<Key, Value extends object | null> {
  readonly #countMax: number;
  #recent = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** At most so many answers in each generation. */
  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** The answer that is kept; undefined for none. */
  get(key: Key): Value | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  /** Keeps an answer. */
  set(key: Key, value: Value): void {
    if (this.#recent.size >= this.#countMax) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
  }

  /** Keeps none. */
  clear(): void {
    this.#recent = new Map();
    this.#older = new Map();
  }
}

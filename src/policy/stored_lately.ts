/**
 * When something that lives long and is used often is stored again: at once when it is something else than before, else
 * now and then, so that its last use is known after a restart. Owner: whoever stores; bounded by `keysMax`, and the key
 * that was stored longest ago is forgotten, which costs one write more.
 */

/** A session in steady use is stored again this often at least, milliseconds. */
export const SESSION_STORED_AGAIN_MS = 60_000;
/** Sessions that are remembered: as many as can have an assignment. */
export const SESSIONS_REMEMBERED_MAX = 100_000;

/** What was stored of a key. */
interface Stored<Value> {
  readonly value: Value;
  /** From when on it is stored again, monotonic milliseconds. */
  readonly againAt: number;
}

/** Remembers what was stored lately. */
export class StoredLately<Value> {
  readonly #stored = new Map<string, Stored<Value>>();
  readonly #againMs: number;
  readonly #keysMax: number;

  /** Nothing was stored yet. */
  constructor(againMs: number, keysMax: number) {
    this.#againMs = againMs;
    this.#keysMax = keysMax;
  }

  /** What was stored of a key last, as far as it is remembered. */
  valueOf(key: string): Value | undefined {
    return this.#stored.get(key)?.value;
  }

  /** Whether that value of the key was stored so lately that it need not be stored again. */
  has(key: string, value: Value, now: number): boolean {
    const stored = this.#stored.get(key);
    return stored !== undefined && stored.value === value &&
      now < stored.againAt;
  }

  /** It could not be stored. */
  forget(key: string): void {
    this.#stored.delete(key);
  }

  /** It is being stored, and ends by itself after `livesMs`: it is stored again when half of that is over, if not before. */
  note(key: string, value: Value, now: number, livesMs = Infinity): void {
    this.#stored.delete(key);
    if (this.#stored.size >= this.#keysMax) {
      for (const oldest of this.#stored.keys()) {
        this.#stored.delete(oldest);
        break;
      }
    }
    const againAt = now + Math.min(this.#againMs, livesMs / 2);
    this.#stored.set(key, { value, againAt });
  }
}

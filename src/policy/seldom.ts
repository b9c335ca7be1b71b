/**
 * When what may happen without end is told: the first time at once, later ones by their number. Owns one count a kind;
 * bounded by the kinds, which are words of the program. Instants are monotonic milliseconds.
 */

/** Time between two tellings of the same kind. */
export const QUIET_MS = 60_000;

/** What was told when. */
export class Seldom<Kind extends string> {
  readonly #told = new Map<Kind, { at: number; untold: number }>();

  /** How many were not told since the last telling, when it is time to tell; undefined when it is not. */
  take(kind: Kind, now: number): number | undefined {
    const last = this.#told.get(kind);
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.untold++;
      return undefined;
    }
    this.#told.set(kind, { at: now, untold: 0 });
    return last?.untold ?? 0;
  }
}

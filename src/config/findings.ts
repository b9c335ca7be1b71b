/** What comes to light while a configuration is checked: faults, where each value was given, keys without effect. */
import type { Spot } from "./given.ts";
import type { KeyState } from "./key.ts";
import type { Problem } from "./problem.ts";

/** A key that was set although setting it has no effect. */
export interface IdleKey {
  readonly path: string;
  readonly state: KeyState;
  readonly spot: Spot;
}

/** Collects for one configuration; bounded by its file, which is bounded itself. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly #spots = new Map<string, Spot>();
  readonly #faulty = new Set<string>();
  readonly #idle = new Map<string, IdleKey>();

  /** Something is wrong with the value at `path`. */
  refuse(problem: Problem): void {
    this.problems.push(problem);
    this.#faulty.add(problem.path);
  }

  /** Somebody gave a value for `path`; what is said later counts. */
  set(path: string, spot: Spot, state: KeyState | undefined): void {
    this.#spots.set(path, spot);
    if (state !== undefined) this.#idle.set(path, { path, state, spot });
  }

  /** Where the value at `path` was given, or undefined when its default holds. */
  spotOf(path: string): Spot | undefined {
    return this.#spots.get(path);
  }

  /** Whether something is wrong at `path` or inside it, so that its value says nothing. */
  isFaulty(path: string): boolean {
    return [...this.#faulty].some((faulty) =>
      faulty === path || faulty.startsWith(`${path}.`) ||
      faulty.startsWith(`${path}[`)
    );
  }

  /** Keys that were set without effect, each once. */
  get idle(): Iterable<IdleKey> {
    return this.#idle.values();
  }

  /** Where each value was given. */
  get spots(): ReadonlyMap<string, Spot> {
    return this.#spots;
  }
}

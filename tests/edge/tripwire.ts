/**
 * A wire through everything that the edge calls: at the chosen call it throws, as a fault of the program would. Calls are
 * counted over all that was wired.
 */

/** What closes books throws when that is done: a fault within it is the engine's own, and nobody calls it twice. */
const THROWS_AFTERWARDS: ReadonlySet<PropertyKey> = new Set(["finish"]);

/** Mere counters, which can't fail. */
const COUNTERS: ReadonlySet<PropertyKey> = new Set([
  "waitingElsewhere",
  "waitingForTurn",
  "awaiting",
]);

/** A fault that a test has planted. */
export class PlantedFault extends Error {
  override readonly name = "PlantedFault";
}

/** Counts calls and throws at one of them. */
export class Tripwire {
  /** What threw, once it did. */
  tripped: string | undefined;
  #callsLeft = Infinity;

  /** The call with this number throws, counted from now and from 1. */
  arm(number: number): void {
    this.#callsLeft = number;
  }

  /** Nothing throws any more. */
  disarm(): void {
    this.#callsLeft = Infinity;
  }

  /** The same thing, wired. */
  wire<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        if (COUNTERS.has(name)) return member.bind(target);
        return (...args: readonly unknown[]) => {
          const isDue = this.#isDue(String(name));
          if (isDue && !THROWS_AFTERWARDS.has(name)) {
            throw new PlantedFault(String(name));
          }
          const result: unknown = Reflect.apply(member, target, args);
          if (isDue) throw new PlantedFault(String(name));
          return result;
        };
      },
    });
  }

  /** The same function, wired. */
  wireCall<Args extends readonly unknown[], Result>(
    name: string,
    call: (...args: Args) => Result,
  ): (...args: Args) => Result {
    return (...args) => {
      if (this.#isDue(name)) throw new PlantedFault(name);
      return call(...args);
    };
  }

  #isDue(name: string): boolean {
    if (--this.#callsLeft !== 0) return false;
    this.tripped = name;
    return true;
  }
}

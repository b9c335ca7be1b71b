/**
 * The timers of the global scope in the hands of a test: they run when the fake clock is moved past them. Disposing of
 * it puts the real ones back.
 */
import type { FakeClock } from "../fakes/clock.ts";

interface Entry {
  readonly run: () => void;
  readonly everyMs: number | undefined;
  at: number;
}

/** Timers that run with a fake clock. */
export class FakeTimers implements Disposable {
  readonly #clock: FakeClock;
  readonly #entries = new Map<number, Entry>();
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
  };
  #count = 0;

  /** Takes the place of the real timers. */
  constructor(clock: FakeClock) {
    this.#clock = clock;
    const clear = (id?: number) => void this.#entries.delete(id ?? -1);
    const set = (isRepeated: boolean) => (run: () => void, ms = 0) =>
      this.#set(run, ms, isRepeated);
    Object.assign(globalThis, {
      setTimeout: set(false),
      setInterval: set(true),
      clearTimeout: clear,
      clearInterval: clear,
    });
  }

  /** How many wait. */
  get count(): number {
    return this.#entries.size;
  }

  /** Moves the clock to the next timer within so many milliseconds, and runs it; false when there is none. */
  runNext(until: number): boolean {
    let next: [number, Entry] | undefined;
    for (const [id, entry] of this.#entries) {
      if (entry.at <= until && (next === undefined || entry.at < next[1].at)) {
        next = [id, entry];
      }
    }
    if (next === undefined) return false;
    const [id, entry] = next;
    const early = entry.at - this.#clock.monotonicMs();
    if (early > 0) this.#clock.advance(early);
    if (entry.everyMs === undefined) this.#entries.delete(id);
    else entry.at = this.#clock.monotonicMs() + Math.max(1, entry.everyMs);
    entry.run();
    return true;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }

  #set(run: () => void, ms: number, isRepeated: boolean): number {
    const id = ++this.#count;
    const everyMs = isRepeated ? ms : undefined;
    this.#entries.set(id, { run, everyMs, at: this.#clock.monotonicMs() + ms });
    return id;
  }
}

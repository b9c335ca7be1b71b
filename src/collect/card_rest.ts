/**
 * When a graphics card is left alone, so that it can fall asleep: the drivers of AMD's and Intel's cards count each
 * question about use, heat and power as work. Owns since when the card has done nothing. Work that takes none of the
 * card's memory is seen a rest late; without rests a machine that idles would never save the card's power.
 *
 * Source: amdgpu_pm_put_access in amdgpu_pm.c and with_intel_runtime_pm in i915, which both begin the wait for sleep anew.
 */

/** Time without work after which a card is left alone, milliseconds. */
const IDLE_MS = 10_000;
/** Time for which it is, milliseconds: drivers wait 5 or 10 seconds before they let it sleep. */
const REST_MS = 20_000;
/** Use that counts as none, percent: counters of sleep are read a little too early or too late. */
const IDLE_PCT = 2;

/** The rest of one card. */
export class CardRest {
  #idleSinceMs: number | undefined;
  #restUntilMs = -Infinity;
  #usedBytes: number | undefined;

  /** Whether it is not to be asked now. Work that comes shows in its memory, of which the driver keeps account itself. */
  isResting(usedBytes: number, now: number): boolean {
    if (usedBytes !== this.#usedBytes) this.end();
    this.#usedBytes = usedBytes;
    return now < this.#restUntilMs;
  }

  /** Takes what it was found to do; `maySleep` is asked when that matters. */
  found(
    usedPct: number | undefined,
    now: number,
    maySleep: () => boolean,
  ): void {
    if (usedPct === undefined) return;
    if (usedPct > IDLE_PCT) return this.end();
    this.#idleSinceMs ??= now;
    if (now - this.#idleSinceMs >= IDLE_MS && maySleep()) {
      this.#restUntilMs = now + REST_MS;
    }
  }

  /** It works, or sleeps and will have been woken by work. */
  end(): void {
    this.#idleSinceMs = undefined;
    this.#restUntilMs = -Infinity;
  }
}

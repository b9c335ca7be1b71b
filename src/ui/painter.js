/** Brings news onto the screen: in animation frames, each with a budget, and not at all while nobody looks. */

/** Something that can be painted; it knows itself whether there is anything new. */
/** @typedef {{ paint(): void }} Part */

/** A frame of 60 Hz has 16 ms; the browser wants some of them. */
const BUDGET_MS = 8;

/** Paints the parts in turn. What does not fit into a frame's budget goes into the next one. */
export class Painter {
  #parts;
  #next = 0;
  #left = 0;
  #isAwaited = false;

  /** @param {readonly Part[]} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Something may be new. However often it is said, each part is painted once. */
  wake() {
    this.#left = this.#parts.length;
    this.#await();
  }

  #await() {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    requestAnimationFrame(() => {
      this.#isAwaited = false;
      this.#frame();
    });
  }

  #frame() {
    const startedMs = performance.now();
    while (this.#left > 0) {
      try {
        this.#parts[this.#next]?.paint();
      } catch (error) {
        // What one part can't show must not keep the others from being painted.
        reportError(error);
      }
      this.#next = (this.#next + 1) % this.#parts.length;
      this.#left--;
      if (performance.now() - startedMs > BUDGET_MS) break;
    }
    if (this.#left > 0) this.#await();
  }
}

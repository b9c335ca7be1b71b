/** Tells a person how far the simulator is: a bar that renews itself on a terminal, lines elsewhere. */

const BAR_WIDTH = 30;
/** Away from a terminal a line is written once in so many milliseconds. */
const LINE_EVERY_MS = 5000;
/** On a terminal the bar moves as often. */
const BAR_EVERY_MS = 100;

/** How many of the days are lived. */
export class Progress {
  readonly #days: number;
  readonly #isTerminal = Deno.stdout.isTerminal();
  #nextAt = 0;

  /** Nothing is lived yet. */
  constructor(days: number) {
    this.#days = days;
    this.#nextAt = performance.now() + this.#everyMs;
  }

  /** So many are lived. */
  tell(days: number): void {
    if (performance.now() < this.#nextAt) return;
    this.#nextAt = performance.now() + this.#everyMs;
    const text = `${Math.round(days)} of ${this.#days} days`;
    if (!this.#isTerminal) return console.log(text);
    const filled = Math.round(BAR_WIDTH * days / this.#days);
    const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
    write(`\r\x1b[K[${bar}] ${text}`);
  }

  /** No more is to be told. */
  end(): void {
    if (this.#isTerminal) write("\r\x1b[K");
  }

  get #everyMs(): number {
    return this.#isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  }
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

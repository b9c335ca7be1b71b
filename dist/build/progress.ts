/** Tells a person how far a build is: plain lines, a bar where there is a terminal. */

/** Width of the bar in columns. */
const BAR_WIDTH = 30;
/** Without a terminal a long step says this many times how far it is. */
const LINES_PER_STEP = 4;

/** Progress of a build. */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  #toldQuarters = 0;

  /** Writes with `write`, as to a terminal or not. */
  constructor(write: (text: string) => void, isTerminal = false) {
    this.#write = write;
    this.#isTerminal = isTerminal;
  }

  /** A step begins. */
  step(text: string): void {
    this.#toldQuarters = 0;
    this.#write(`${text}\n`);
  }

  /** A long step is this far, from 0 to 1. */
  part(text: string, done: number): void {
    const percent = `${Math.floor(done * 100)} %`;
    if (this.#isTerminal) {
      const filled = Math.round(done * BAR_WIDTH);
      const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
      this.#write(`\r${text} [${bar}] ${percent}${done >= 1 ? "\n" : ""}`);
      return;
    }
    const quarters = Math.floor(done * LINES_PER_STEP);
    if (quarters <= this.#toldQuarters) return;
    this.#toldQuarters = quarters;
    this.#write(`${text}: ${percent}\n`);
  }
}

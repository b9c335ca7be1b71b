/**
 * How far draining is: on a terminal a bar of what is left against the most that was seen, elsewhere a line now and
 * then. Owns the line that stands on the terminal.
 */

/** What is left on a backend. */
export interface Left {
  readonly sessions: number;
  readonly requests: number;
}

/** Where progress is shown. */
export interface ProgressView {
  write(text: string): void;
  /** Whether the line can be written over. */
  readonly isTerminal: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Time between two lines where there is no terminal: a log of a long drain stays short. */
const LINE_EVERY_MS = 5000;
const BAR_CHARS = 24;
const CLEAR_LINE = "\r\x1b[K";

/** Shows progress, of one backend at a time. */
export class DrainProgress {
  readonly #view: ProgressView;
  #id = "";
  #mostLeft = 0;
  #lastLine = "";
  #lastLineAt = -Infinity;
  #hasBar = false;

  constructor(view: ProgressView) {
    this.#view = view;
  }

  /** So much is left on this backend. */
  show(id: string, left: Left): void {
    const count = left.sessions + left.requests;
    if (id !== this.#id) {
      this.#id = id;
      this.#mostLeft = 0;
    }
    this.#mostLeft = Math.max(this.#mostLeft, count);
    if (this.#view.isTerminal) {
      const bar = barOf(1 - count / Math.max(1, this.#mostLeft));
      this.#view.write(`${CLEAR_LINE}${id} ${bar} ${leftWords(left)}`);
      this.#hasBar = true;
    } else this.#line(`${id}: ${leftWords(left)}`);
  }

  /** Something keeps draining from going on; said again only when it is something else. */
  waits(words: string): void {
    if (this.#view.isTerminal) {
      this.#view.write(`${CLEAR_LINE}${words}`);
      this.#hasBar = true;
    } else this.#line(words);
  }

  /** A line that stays. */
  say(words: string): void {
    this.end();
    this.#view.write(`${words}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#hasBar) this.#view.write(CLEAR_LINE);
    this.#hasBar = false;
  }

  #line(words: string): void {
    const now = this.#view.now();
    if (words === this.#lastLine || now - this.#lastLineAt < LINE_EVERY_MS) {
      return;
    }
    this.#lastLine = words;
    this.#lastLineAt = now;
    this.#view.write(`${words}\n`);
  }
}

/** What is left, in words. */
export function leftWords({ sessions, requests }: Left): string {
  if (sessions + requests === 0) return "nothing left";
  return `${counted(sessions, "session")} and ${
    counted(requests, "request")
  } left`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function barOf(share: number): string {
  const full = Math.round(share * BAR_CHARS);
  return `[${"#".repeat(full)}${"-".repeat(BAR_CHARS - full)}]`;
}

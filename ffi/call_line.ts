/**
 * Calls of a library that may hang, one at a time. Owns who waits for a turn; bounded by {@link CALLS_WAITING_MAX}, and
 * by a deadline for each call. A call can't be taken back: when it has not returned at its deadline it is given up, and
 * until it does return nothing else is begun, since each would take a thread for good.
 */

/** A call that is over, or why there is no answer. */
export type CallOutcome<T> =
  | { readonly kind: "returned"; readonly value: T }
  | Unanswered;

/** Why there is no answer. */
export interface Unanswered {
  /** `late`: the call, or one before it, did not return in time. The others: it was not begun. */
  readonly kind: "late" | "full" | "closed";
  /** The same in words. */
  readonly reason: string;
}

/** Callers that wait for their turn: more than a pass over the cards of the largest machines begins at once. */
export const CALLS_WAITING_MAX = 64;

/** What one caller wants. */
interface Turn {
  readonly name: string;
  /** Begins the call. */
  readonly begin: () => Promise<number>;
  /** Is told of the return code, before anyone else's call begins. */
  readonly returned: (code: number) => void;
  readonly unanswered: (why: Unanswered) => void;
  readonly failed: (error: unknown) => void;
}

/** The line of one library. */
export class CallLine {
  readonly #deadlineMs: number;
  readonly #whenFree: () => void;
  readonly #waiting: Turn[] = [];
  #out: Turn | undefined;
  #isGivenUp = false;
  #isClosed = false;
  /** When the call that is out is given up, on the clock of `performance`. */
  #dueMs = 0;
  /** One timer for all calls: to set and clear one for each costs as much as a call. It is there until the line is closed. */
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** `whenFree` is told once, when the line is closed and no call is out any more: perhaps never. */
  constructor(deadlineMs: number, whenFree: () => void) {
    this.#deadlineMs = deadlineMs;
    this.#whenFree = whenFree;
  }

  /**
   * Makes a call when its turn comes. `read` makes a value of the return code at the moment of its return, so what it
   * reads from is still this call's own. Rejects only when `begin` or `read` throws.
   */
  run<T>(
    name: string,
    begin: () => Promise<number>,
    read: (code: number) => T,
  ): Promise<CallOutcome<T>> {
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) return Promise.resolve(obstacle);
    return new Promise((resolve, reject) => {
      const turn = {
        name,
        begin,
        returned: (code: number) =>
          resolve({ kind: "returned", value: read(code) }),
        unanswered: resolve,
        failed: reject,
      };
      if (this.#out === undefined) this.#take(turn);
      else this.#waiting.push(turn);
    });
  }

  /** Begins no other call. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endWaiting(CLOSED);
    if (this.#out === undefined) this.#end();
  }

  #obstacle(): Unanswered | undefined {
    if (this.#isClosed) return CLOSED;
    if (this.#out !== undefined && this.#isGivenUp) return behind(this.#out);
    return this.#waiting.length < CALLS_WAITING_MAX
      ? undefined
      : { kind: "full", reason: `${CALLS_WAITING_MAX} calls wait already` };
  }

  #take(turn: Turn): void {
    this.#out = turn;
    this.#dueMs = performance.now() + this.#deadlineMs;
    if (this.#watch === undefined) this.#watchFor(this.#deadlineMs);
    try {
      turn.begin().then(
        (code) => this.#returned(turn, code),
        (error) => this.#failed(turn, error),
      );
    } catch (error) {
      this.#failed(turn, error);
    }
  }

  #returned(turn: Turn, code: number): void {
    try {
      if (!this.#isGivenUp) turn.returned(code);
    } catch (error) {
      turn.failed(error);
    }
    this.#goOn();
  }

  #failed(turn: Turn, error: unknown): void {
    turn.failed(error);
    this.#goOn();
  }

  #goOn(): void {
    this.#out = undefined;
    this.#isGivenUp = false;
    if (this.#isClosed) return this.#end();
    const turn = this.#waiting.shift();
    if (turn !== undefined) this.#take(turn);
  }

  #end(): void {
    clearTimeout(this.#watch);
    this.#whenFree();
  }

  #watchFor(ms: number): void {
    this.#watch = setTimeout(() => {
      // One more turn of the loop: when it was held up, the answer may be there, and only be behind the timer.
      this.#watch = setTimeout(() => this.#look(), 0);
    }, ms);
  }

  #look(): void {
    this.#watch = undefined;
    const turn = this.#out;
    if (turn === undefined || this.#isGivenUp) return;
    const leftMs = this.#dueMs - performance.now();
    if (leftMs > 0) this.#watchFor(leftMs);
    else this.#giveUp(turn);
  }

  #giveUp(turn: Turn): void {
    this.#isGivenUp = true;
    turn.unanswered({
      kind: "late",
      reason: `no answer within ${this.#deadlineMs} ms`,
    });
    this.#endWaiting(behind(turn));
  }

  #endWaiting(why: Unanswered): void {
    for (const { unanswered } of this.#waiting.splice(0)) unanswered(why);
  }
}

const CLOSED: Unanswered = { kind: "closed", reason: "the library is closed" };

function behind({ name }: Turn): Unanswered {
  return { kind: "late", reason: `${name} has not answered yet` };
}

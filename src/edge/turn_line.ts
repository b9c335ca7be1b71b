/**
 * Connections whose next request is here already, and that have had their share of the present turn. What is answered
 * on the spot costs its sender nothing but octets; read by read a few who send thousands of such requests ahead would
 * keep everybody else waiting. Owner: the edge; bounded by its connections. Together they get {@link SHARE_MS} of every
 * {@link EVERY_MS}.
 */
import type { Clock } from "../ports.ts";
import { type Panicking, shielded } from "./panic.ts";

/** How many requests of a connection are answered one after the other; browsers and benchmarks send fewer ahead. */
export const REQUESTS_A_TURN = 16;

const SHARE_MS = 1;
const EVERY_MS = 4;

/** Who stands in the line. */
export interface TurnTaker extends Panicking {
  /** It is their turn. */
  onTurn(now: number): void;
}

/** The line. */
export class TurnLine {
  readonly #clock: Clock;
  readonly #waiting = new Set<TurnTaker>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Nobody waits. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Joins at the end; called back once, later. */
  join(taker: TurnTaker): void {
    this.#waiting.add(taker);
    this.#timer ??= setTimeout(() => this.#go(), EVERY_MS);
  }

  /** Leaves before it is their turn; nothing happens to those who do not stand in it. */
  leave(taker: TurnTaker): void {
    if (!this.#waiting.delete(taker) || this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go(): void {
    this.#timer = undefined;
    let now = this.#clock.monotonicMs();
    const until = now + SHARE_MS;
    // Those who join meanwhile have their turn another time.
    let left = this.#waiting.size;
    for (const taker of this.#waiting) {
      if (left-- === 0 || now >= until) break;
      this.#waiting.delete(taker);
      shielded(taker, now, (then) => taker.onTurn(then));
      now = this.#clock.monotonicMs();
    }
    if (this.#waiting.size > 0) {
      this.#timer ??= setTimeout(() => this.#go(), EVERY_MS);
    }
  }
}

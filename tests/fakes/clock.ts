/** Time that stands still until a test moves it. */
import type { Clock } from "../../src/ports.ts";

/** A clock in the hands of a test; both readings move together unless the wall clock is stepped. */
export class FakeClock implements Clock {
  #monotonicMs: number;
  #wallMs: number;

  /** Starts at these instants; the wall clock at the turn of the year 2026 UTC unless told. */
  constructor(monotonicMs = 0, wallMs = Date.UTC(2026, 0, 1)) {
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
  }

  /** Milliseconds since the test began, plus where it started. */
  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Milliseconds since 1970-01-01 UTC. */
  wallMs(): number {
    return this.#wallMs;
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  /** Steps the wall clock alone, as an administrator or NTP does. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }
}

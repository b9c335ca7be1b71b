/** How late the event loop comes to its timers: how long everything else had to wait. Owner of the histogram. */
import { HistogramFamily } from "./counted.ts";
import type { Family } from "./family.ts";
import type { Histogram } from "./instruments.ts";

/** How often it is looked at, milliseconds: often enough to see a stall, seldom enough to cost nothing. */
export const LAG_LOOK_MS = 250;

/** Ends of buckets, seconds. */
const LAG_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Takes what timers tell. */
export class LoopLag {
  readonly #family = new HistogramFamily({
    name: "opsen_event_loop_lag_seconds",
    help: "How late a timer of the event loop was",
    unit: "seconds",
  }, LAG_SECONDS);
  readonly #lag: Histogram = this.#family.of();

  get families(): readonly Family[] {
    return [this.#family];
  }

  /** A timer was so much later than it should, milliseconds. */
  take(lateMs: number): void {
    this.#lag.observe(lateMs / 1000);
  }
}

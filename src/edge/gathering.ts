/**
 * Gathers the pieces of an event stream as `proxy_sse_flush_interval_ms` says: not at all, for an interval, or until a
 * buffer is full. Owner: an exchange; bounded by {@link GATHER_BYTES}.
 */
import type { Output } from "./output.ts";

/** What is gathered at most before it is sent. */
const GATHER_BYTES = 16_384;

/** The gathering of one response. */
export class Gathering {
  #intervalMs = -1;
  #output: Output | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Gathers what goes to this output from now on; `intervalMs` as `sseFlushIntervalMs` of the settings. */
  begin(output: Output, intervalMs: number): void {
    if (intervalMs < 0) return;
    this.#intervalMs = intervalMs;
    output.flush();
    output.gather(GATHER_BYTES);
    this.#output = output;
  }

  /** A piece came: it leaves when the interval is over. */
  onPiece(): void {
    const output = this.#output;
    const isTimed = this.#intervalMs > 0 && this.#timer === undefined;
    if (output === undefined || !isTimed || output.isClear) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      output.sendGathered();
    }, this.#intervalMs);
  }

  /** The response is over: what is left leaves. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#output?.gather(0);
    this.#output = undefined;
  }
}

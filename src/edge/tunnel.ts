/**
 * Two connections as one pair of pipes, after 101 (Switching Protocols). Each direction ends by itself: the end of one
 * side is passed on, and when both have ended and everything has gone, both are closed. Owner: an exchange; bounded by
 * pausing one side while the other takes no more, and by `idle_timeout_seconds` of silence.
 */
import type { Caller } from "./caller.ts";
import type { Upstream } from "./upstream.ts";

/** The pipes between a caller and an origin. */
export class Tunnel {
  readonly #caller: Caller;
  readonly #upstream: Upstream;
  readonly #idleTimeoutMs: number;
  readonly #onOver: (now: number) => void;
  #callerEnded = false;
  #originEnded = false;

  /** Opens the pipes; `onOver` is called before the connections are closed. */
  constructor(
    caller: Caller,
    upstream: Upstream,
    idleTimeoutMs: number,
    onOver: (now: number) => void,
  ) {
    this.#caller = caller;
    this.#upstream = upstream;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#onOver = onOver;
    upstream.tunnel(this);
  }

  /** Begins with what the caller has sent already, after the request itself. */
  begin(requestEnd: number, now: number): void {
    const { held } = this.#caller;
    this.onCallerBytes(held.bytes, requestEnd, held.length, now);
    held.clear();
    if (!this.#upstream.output.isBlocked) this.#caller.resume();
  }

  /** From the caller to the origin. */
  onCallerBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    this.#caller.deadline = now + this.#idleTimeoutMs;
    const { output } = this.#upstream;
    output.take(bytes, start, end);
    output.flush();
    if (output.isBlocked) this.#caller.pause(false);
  }

  /** From the origin to the caller. */
  onOriginBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    this.#caller.deadline = now + this.#idleTimeoutMs;
    this.#caller.output.take(bytes, start, end);
    if (!this.#caller.flush(now)) this.#upstream.pause();
  }

  /** The caller takes bytes again. */
  onCallerWritable(now: number): void {
    this.#upstream.resume();
    this.#endWhenOver(now);
  }

  /** The origin takes bytes again. */
  onOriginWritable(now: number): void {
    this.#caller.resume();
    this.#endWhenOver(now);
  }

  /** The caller says nothing more. */
  onCallerEnd(now: number): void {
    this.#callerEnded = true;
    this.#upstream.output.end();
    this.#endWhenOver(now);
  }

  /** The origin says nothing more. */
  onOriginEnd(now: number): void {
    this.#originEnded = true;
    this.#caller.output.end();
    this.#endWhenOver(now);
  }

  /** The origin's connection is gone: so is the caller's. */
  onOriginGone(now: number): void {
    this.#onOver(now);
    this.#caller.abort();
  }

  #endWhenOver(now: number): void {
    const isOver = this.#callerEnded && this.#originEnded &&
      this.#caller.output.isClear && this.#upstream.output.isClear;
    if (!isOver) return;
    this.#onOver(now);
    this.#upstream.close();
    this.#caller.close();
  }
}

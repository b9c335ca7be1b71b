/**
 * Two connections as one pair of pipes, after 101 (Switching Protocols). Each direction ends by itself: the end of one
 * side is passed on, and when both have ended and everything has gone, both are closed. Owner: an exchange; bounded by
 * pausing one side while the other takes no more, and by `idle_timeout_seconds` of silence.
 */
import type { ResponseHead } from "../http1/response_head.ts";
import type { RequestEnd } from "../traffic_ports.ts";
import type { Caller } from "./caller.ts";
import type { Answered } from "./reply.ts";
import type { Passage } from "./request_notes.ts";
import { isWebSocket, sendSwitching } from "./send_response.ts";
import type { Upstream } from "./upstream.ts";
import { GOING_AWAY, WebSocketFrames } from "./web_socket_frames.ts";

/**
 * Answers an upgrade and opens the pipes; undefined when the caller asked for none, and then nothing was answered.
 * `onOver` is called before the connections are closed.
 */
export function openTunnel(
  bytes: Uint8Array,
  head: ResponseHead,
  answered: Answered & { readonly owner: Caller },
  upstream: Upstream,
  onOver: OnOver,
): Tunnel | undefined {
  const caller = answered.owner;
  if (!sendSwitching(bytes, head, caller, answered)) return undefined;
  return new Tunnel(caller, upstream, isWebSocket(bytes, head), onOver);
}

/** Told once that a tunnel is over, and whether both sides had their say. */
type OnOver = (end: RequestEnd, now: number) => void;

/** The pipes between a caller and an origin. */
export class Tunnel implements Passage {
  bytesIn = 0;
  bytesOut = 0;
  readonly #caller: Caller;
  readonly #upstream: Upstream;
  readonly #idleTimeoutMs: number;
  readonly #onOver: OnOver;
  /** What comes from the origin, when that is a WebSocket. */
  readonly #frames: WebSocketFrames | undefined;
  #callerEnded = false;
  #originEnded = false;

  /** Opens the pipes. */
  constructor(
    caller: Caller,
    upstream: Upstream,
    isWebSocket: boolean,
    onOver: OnOver,
  ) {
    this.#caller = caller;
    this.#upstream = upstream;
    this.#idleTimeoutMs = caller.rules.patience.silenceMs;
    this.#onOver = onOver;
    this.#frames = isWebSocket ? new WebSocketFrames() : undefined;
    upstream.tunnel(this);
  }

  /** Begins with what the caller has sent already, after the request itself. */
  begin(requestEnd: number, now: number): void {
    const { held } = this.#caller;
    this.#caller.flush(now);
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
    this.bytesIn += end - start;
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
    this.bytesOut += end - start;
    this.#frames?.follow(bytes, start, end);
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
    this.#onOver(this.#callerEnded ? "caller_left" : "cut_off", now);
    this.#caller.abort();
  }

  /** The server ends: whoever is at a WebSocket is told so where no frame is cut in two by that. */
  endEarly(now: number): void {
    const { output } = this.#caller;
    const mayTell = this.#frames?.mayFollow === true && !this.#originEnded &&
      output.isClear;
    this.#onOver(mayTell ? "complete" : "cut_off", now);
    if (mayTell) {
      output.take(GOING_AWAY, 0, GOING_AWAY.length);
      output.flush();
    }
    this.#upstream.close();
    this.#caller.close();
  }

  #endWhenOver(now: number): void {
    const isOver = this.#callerEnded && this.#originEnded &&
      this.#caller.output.isClear && this.#upstream.output.isClear;
    if (!isOver) return;
    this.#onOver("complete", now);
    this.#upstream.close();
    this.#caller.close();
  }
}

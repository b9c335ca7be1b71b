/**
 * One request and its response: which backend, which connection, what goes where, how it ends. A machine without I/O.
 * Owner: the caller's connection, request after request; it holds nothing of a body beyond what a scan looks at.
 */
import type { OctetSink } from "../http1/body_reader.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import type { ResponseFault } from "../http1/refusal.ts";
import type { RequestEnd } from "../traffic_ports.ts";
import { Approach, type ApproachUser } from "./approach.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { ExchangeState } from "./exchange_state.ts";
import { logPanic } from "./panic.ts";
import { isLeftToUs } from "./preflight.ts";
import { writeRefusal } from "./refuse.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import { Reply } from "./reply.ts";
import { RequestInProgress } from "./request_in_progress.ts";
import { isSwitching, sendInterim } from "./send_response.ts";
import { type Progress, Sending } from "./sending.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";
import type { Upstream, UpstreamUser } from "./upstream.ts";

/** A request in progress. */
export class Exchange extends RequestInProgress
  implements UpstreamUser, ApproachUser {
  readonly #approach: Approach;
  readonly #sending: Sending;
  readonly #reply: Reply;
  #state: ExchangeState = "none";
  #tunnel: Tunnel | undefined;
  #upstream: Upstream | undefined;

  /** No request yet. */
  constructor(owner: Caller, parts: EdgeParts) {
    super(owner, parts);
    this.#approach = new Approach(owner, this, parts);
    this.#sending = new Sending(owner, parts);
    this.#reply = new Reply(owner, parts);
  }

  /** The field that names the backend to the caller. */
  get backendLine(): Uint8Array | undefined {
    return this.#approach.backendLine;
  }

  get bodyOutput(): OctetSink {
    return this.#reply.bodyOutput;
  }

  /** A request head was read; it and what follows are held by the caller's connection. */
  begin(head: RequestHead, now: number): void {
    this.#state = "approaching";
    this.open(head, now);
    this.#sending.begin(head.end);
    this.#approach.begin(head, now);
  }

  /** Bytes of the caller while a request is in progress. */
  onCallerBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    switch (this.#state) {
      case "approaching":
        return this.#approach.onCallerBytes(bytes, start, end, now);
      case "sending":
      case "awaiting":
      case "responding": {
        const upstream = this.#upstream;
        if (upstream === undefined) return;
        if (this.#state === "sending") this.#approach.verdict.asked(now);
        const progress = this.#sending.forward(bytes, start, end, upstream);
        return this.#sent(progress, now);
      }
      case "tunnel":
        return this.#tunnel?.onCallerBytes(bytes, start, end, now);
      case "none":
    }
  }

  /** The caller takes bytes again. */
  onCallerWritable(now: number): void {
    if (this.#tunnel !== undefined) this.#tunnel.onCallerWritable(now);
    else this.#upstream?.resume();
  }

  /** The caller ended its direction: mid-request or while it should wait, that means that it is gone. */
  onCallerEnd(now: number): void {
    if (this.#tunnel !== undefined) return this.#tunnel.onCallerEnd(now);
    this.cancel(now);
    this.owner.close();
  }

  /** The caller is gone, or sent away: the origin need not go on. */
  cancel(now: number, end: RequestEnd = "caller_left"): void {
    this.#upstream?.abort();
    this.#finish(end, now);
  }

  /** The present state has lasted too long. */
  onDeadline(now: number): void {
    switch (this.#state) {
      case "approaching":
        return this.#approach.onDeadline(now);
      case "sending":
        return this.onRefused(this.#sending.lateCode(this.#upstream), now);
      case "awaiting":
        return this.onRefused("upstream_timeout", now);
      case "responding":
      case "tunnel":
        return this.#breakOff(now);
      case "none":
        return;
    }
  }

  /** Nothing new is begun from now on. */
  onDrain(now: number): void {
    if (this.#state === "approaching") this.#approach.onDrain(now);
  }

  onReady(upstream: Upstream, isReused: boolean, now: number): void {
    this.#upstream = upstream;
    this.notes.connected(isReused, now);
    this.#sending.mayBeStale = isReused;
    this.#state = "sending";
    upstream.attach(this);
    this.#sent(this.#sending.send(this, this.#approach, upstream), now);
  }

  /** Answers in the origin's place; a response that has begun is cut off instead. */
  onRefused(code: RefusalCode, now: number, extras?: RefusalExtras): void {
    if (this.#state === "responding") return this.#breakOff(now);
    this.#approach.blame(code, now);
    this.onAnswered(writeRefusal(code, extras, this, this.parts), now);
  }

  /** The answer is with the caller's output. */
  onAnswered(keepAlive: boolean, now: number): void {
    this.#upstream?.abort();
    this.#sending.forget();
    this.#finish("complete", now);
    this.owner.responseDone(keepAlive, now);
  }

  onUpstreamGone(now: number): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    switch (this.#state) {
      case "sending":
      case "awaiting":
        // A connection that waited may have been closed by the origin just as it was used.
        if (upstream === undefined || !this.#sending.isRepeatable(this.facts)) {
          return this.onRefused("upstream_closed", now);
        }
        this.#state = "approaching";
        this.notes.connecting();
        return this.#approach.again(upstream.origin, now);
      case "responding":
        this.#approach.verdict.failed(now);
        return this.#breakOff(now);
      case "approaching":
      case "tunnel":
        return this.#breakOff(now);
      case "none":
        return;
    }
  }

  onUpstreamWritable(now: number): void {
    if (!this.owner.body.isDone) this.owner.resume();
    if (this.#state === "sending") this.#refreshDeadline(now);
  }

  onInterim(bytes: Uint8Array, head: ResponseHead, now: number): void {
    this.#sending.mayBeStale = false;
    sendInterim(bytes, head, this.facts, this.owner);
    this.owner.flush(now);
  }

  onResponse(bytes: Uint8Array, head: ResponseHead, now: number): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    this.notes.answered(head.status, now);
    this.#approach.answered(head.status, now);
    if (isSwitching(head)) {
      const onOver = this.#finish.bind(this);
      const tunnel = openTunnel(bytes, head, this, upstream, onOver);
      if (tunnel === undefined) return this.onFault("unasked_upgrade", now);
      this.#state = "tunnel";
      this.#tunnel = tunnel;
      return tunnel.begin(this.#sending.consumed, now);
    }
    if (isLeftToUs(head, this.facts)) return this.#approach.preflight(now);
    this.#reply.begin(bytes, head, upstream, this, this.#sending.consumed);
    this.#state = "responding";
    this.#sending.forget();
    this.#refreshDeadline(now);
  }

  onBody(isOver: boolean, isSurplus: boolean, now: number): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    if (!isOver) {
      this.#refreshDeadline(now);
      return this.#reply.onPiece(upstream, now);
    }
    this.#reply.complete(upstream, isSurplus, now);
    this.#finish("complete", now);
    const keepAlive = this.#reply.keepAlive && this.owner.body.isDone;
    this.owner.responseDone(keepAlive, now);
  }

  onFault(fault: ResponseFault, now: number): void {
    this.#approach.blame("upstream_malformed", now, fault);
    this.#answerInstead("upstream_malformed", now);
  }

  /** Something threw on behalf of this request. */
  onPanic(error: unknown, now: number): void {
    logPanic(this.parts, this.id, error);
    if (this.#state === "none") return this.owner.end();
    this.#answerInstead("internal_error", now);
  }

  /** The server has ended: says so to the caller where that makes a whole of what it has. */
  endEarly(now: number): void {
    if (this.#tunnel !== undefined) return this.#tunnel.endEarly(now);
    const upstream = this.#upstream;
    if (this.#state !== "responding") return;
    if (upstream === undefined || !this.#reply.endEarly(upstream, now)) return;
    upstream.abort();
    this.#finish("complete", now);
    this.owner.end();
  }

  /** Answers in the origin's place unless the caller has seen something of the response. */
  #answerInstead(code: RefusalCode, now: number): void {
    const isSeen = this.#state === "tunnel" ||
      this.#state === "responding" && !this.#reply.isUnseen;
    if (isSeen) return this.#breakOff(now);
    this.owner.output.discard();
    this.#state = "awaiting";
    this.onRefused(code, now);
  }

  #sent(progress: Progress, now: number): void {
    if (progress === "more") return this.#refreshDeadline(now);
    if (progress !== "sent") return this.onRefused(progress, now);
    if (this.#state !== "sending") return;
    this.#state = "awaiting";
    this.#approach.awaits(now);
    this.owner.deadline = now + this.owner.rules.patience.responseMs;
  }

  #refreshDeadline(now: number): void {
    const { uploadMs, silenceMs } = this.owner.rules.patience;
    this.owner.deadline = now +
      (this.#state === "sending" ? uploadMs : silenceMs);
  }

  /**
   * Ends both sides so that neither can take what it has for a whole message: a delimited body shows by itself that it
   * is cut off, another one by a reset.
   */
  #breakOff(now: number): void {
    const isDelimited = this.#state === "responding" &&
      this.#reply.isDelimited;
    this.#upstream?.abort();
    this.#finish("cut_off", now);
    if (isDelimited) this.owner.close();
    else this.owner.abort();
  }

  /** The books are closed: what was booked is free. */
  #finish(end: RequestEnd, now: number): void {
    if (this.#state === "none") return;
    this.notes.passed(this.#tunnel ?? this.#reply);
    this.#state = "none";
    this.#upstream = undefined;
    this.#tunnel = undefined;
    try {
      this.#reply.end();
      this.#approach.end(now);
    } catch (error) {
      // The response is none the worse for it.
      logPanic(this.parts, this.id, error);
    }
    this.close(end, now);
  }
}

/**
 * One request and its response: which backend, which connection, what goes where, how it ends. A machine without I/O:
 * it is fed what its two connections say, and tells them what to do. Owner: the caller's connection, request after
 * request; it holds nothing of a body beyond what a scan for the tier looks at.
 */
import type { RequestHead } from "../http1/request_head.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import type { ResponseFault } from "../http1/refusal.ts";
import { Approach, type ApproachUser } from "./approach.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Output } from "./output.ts";
import { writeRefusal } from "./refuse.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import { Reply } from "./reply.ts";
import { RequestFacts } from "./request_facts.ts";
import type { RequestId } from "./request_ids.ts";
import { givenId } from "./send_request.ts";
import { sendInterim, sendSwitching } from "./send_response.ts";
import { type Progress, Sending } from "./sending.ts";
import { Tunnel } from "./tunnel.ts";
import type { Upstream, UpstreamUser } from "./upstream.ts";

const SWITCHING_PROTOCOLS = 101;

type State =
  | "none"
  /** A way to a connection is being found. */
  | "approaching"
  /** The request goes out. */
  | "sending"
  /** It is out; the head of the response is awaited. */
  | "awaiting"
  | "responding"
  | "tunnel";

/** A request in progress. */
export class Exchange implements UpstreamUser, ApproachUser {
  readonly facts = new RequestFacts();
  readonly #caller: Caller;
  readonly #parts: EdgeParts;
  readonly #approach: Approach;
  readonly #sending: Sending;
  readonly #reply: Reply;
  #state: State = "none";
  id: RequestId = 0;
  #tunnel: Tunnel | undefined;
  #upstream: Upstream | undefined;

  /** No request yet. */
  constructor(caller: Caller, parts: EdgeParts) {
    this.#caller = caller;
    this.#parts = parts;
    this.#approach = new Approach(caller, this, parts);
    this.#sending = new Sending(caller, parts);
    this.#reply = new Reply(caller, parts);
  }

  /** The field that names the backend to the caller. */
  get backendLine(): Uint8Array | undefined {
    return this.#approach.backendLine;
  }

  get bodyOutput(): Output {
    return this.#caller.output;
  }

  /** A request head was read; it and what follows are held by the caller's connection. */
  begin(head: RequestHead, now: number): void {
    const { load, requestIds } = this.#parts;
    const caller = this.#caller;
    this.id = givenId(caller, head) ?? requestIds.next();
    this.facts.read(caller.held.bytes, head);
    this.#sending.begin(head.end);
    this.#state = "approaching";
    load.inFlight++;
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
      case "responding":
        if (this.#upstream === undefined) return;
        if (this.#state === "sending") this.#approach.verdict.asked(now);
        return this.#sent(
          this.#sending.forward(bytes, start, end, this.#upstream),
          now,
        );
      case "tunnel":
        return this.#tunnel?.onCallerBytes(bytes, start, end, now);
      case "none":
        return;
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
    this.#caller.close();
  }

  /** The caller is gone: the origin need not go on. */
  cancel(now: number): void {
    this.#upstream?.abort();
    this.#finish(now);
  }

  /** The present state has lasted too long. */
  onDeadline(now: number): void {
    switch (this.#state) {
      case "approaching":
        return this.#approach.onDeadline(now);
      case "sending": {
        const isTaken = !this.#upstream?.output.isBlocked;
        const code = isTaken ? "request_timeout" : "upstream_timeout";
        return this.onRefused(code, now);
      }
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
    this.#sending.mayBeStale = isReused;
    this.#state = "sending";
    upstream.attach(this);
    this.#sent(this.#sending.send(this, this.#approach, upstream), now);
  }

  /** Answers in the origin's place; a response that has begun is cut off instead. */
  onRefused(code: RefusalCode, now: number, extras?: RefusalExtras): void {
    if (this.#state === "responding") return this.#breakOff(now);
    this.#approach.blame(code, now);
    const { facts, id } = this;
    this.#upstream?.abort();
    const refusal = { code, facts, id, extras };
    this.onAnswered(writeRefusal(refusal, this.#caller, this.#parts), now);
  }

  /** The answer is with the caller's output. */
  onAnswered(keepAlive: boolean, now: number): void {
    this.#sending.forget();
    this.#finish(now);
    this.#caller.responseDone(keepAlive, now);
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
    if (!this.#caller.body.isDone) this.#caller.resume();
    if (this.#state === "sending") this.#refreshDeadline(now);
  }

  onInterim(bytes: Uint8Array, head: ResponseHead, now: number): void {
    this.#sending.mayBeStale = false;
    sendInterim(bytes, head, this.facts, this.#caller);
    this.#caller.flush(now);
  }

  onResponse(bytes: Uint8Array, head: ResponseHead, now: number): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    this.#approach.verdict.answered(head.status, now);
    if (head.status === SWITCHING_PROTOCOLS) {
      return this.#switchProtocols(upstream, bytes, head, now);
    }
    const hasEarlyBytes = this.#caller.held.length > this.#sending.consumed;
    this.#reply.begin(bytes, head, upstream, this, hasEarlyBytes);
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
    const keepAlive = this.#reply.keepAlive && this.#caller.body.isDone;
    this.#finish(now);
    this.#caller.responseDone(keepAlive, now);
  }

  onFault(fault: ResponseFault, now: number): void {
    this.#approach.blame("upstream_malformed", now, fault);
    if (this.#state === "responding") {
      if (!this.#reply.isUnseen) return this.#breakOff(now);
      this.#caller.output.discard();
      this.#state = "awaiting";
    }
    this.onRefused("upstream_malformed", now);
  }

  #sent(progress: Progress, now: number): void {
    if (progress === "more") return this.#refreshDeadline(now);
    if (progress !== "sent") return this.onRefused(progress, now);
    if (this.#state !== "sending") return;
    this.#state = "awaiting";
    this.#caller.deadline = now + this.#parts.patience.responseMs;
  }

  #refreshDeadline(now: number): void {
    const { uploadMs, silenceMs } = this.#parts.patience;
    this.#caller.deadline = now +
      (this.#state === "sending" ? uploadMs : silenceMs);
  }

  #switchProtocols(
    upstream: Upstream,
    bytes: Uint8Array,
    head: ResponseHead,
    now: number,
  ): void {
    const caller = this.#caller;
    const isAsked = sendSwitching(bytes, head, caller, this);
    if (!isAsked) return this.onFault("unasked_upgrade", now);
    caller.flush(now);
    this.#state = "tunnel";
    const { silenceMs } = this.#parts.patience;
    const onOver = (then: number) => this.#finish(then);
    this.#tunnel = new Tunnel(caller, upstream, silenceMs, onOver);
    this.#tunnel.begin(this.#sending.consumed, now);
  }

  /**
   * Ends both sides so that neither can take what it has for a whole message: a delimited body shows by itself that it
   * is cut off, another one by a reset.
   */
  #breakOff(now: number): void {
    const isDelimited = this.#state === "responding" &&
      this.#reply.isDelimited;
    this.#upstream?.abort();
    this.#finish(now);
    if (isDelimited) this.#caller.close();
    else this.#caller.abort();
  }

  /** The books are closed: what was booked is free, what was counted is counted down. */
  #finish(now: number): void {
    if (this.#state === "none") return;
    this.#state = "none";
    this.#upstream = undefined;
    this.#tunnel = undefined;
    this.#reply.end();
    this.#approach.end(now);
    this.#parts.load.inFlight--;
  }
}

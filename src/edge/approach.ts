/**
 * The way of a request to a connection: who answers it, which backend, which of its addresses, the next best when none
 * can be reached. Nothing of the request is sent yet, so any request may go another way. Owner: an exchange.
 */
import type { RequestHead } from "../http1/request_head.ts";
import { parseRequestHead } from "../http1/request_head.ts";
import type { TokenVerdict } from "../trust_ports.ts";
import { type ApproachState, LATE } from "./approach_state.ts";
import type { Caller } from "./caller.ts";
import { type Choice, Choosing } from "./choosing.ts";
import { Connecting, type Destination } from "./connecting.ts";
import type { GoneReason } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { admit, depart } from "./guard.ts";
import { LocalCall, type LocalCallUser } from "./local_call.ts";
import type { Origin } from "./origin.ts";
import { writePreflight } from "./preflight.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import type { RequestNotes } from "./request_notes.ts";
import { type TokenClaims, TokenGate } from "./token_gate.ts";
import type { Upstream } from "./upstream.ts";
import { isFailure, Verdict } from "./verdict.ts";

/** Who wants to get there. */
export interface ApproachUser extends LocalCallUser {
  /** A connection stands, or one that waited is free. */
  onReady(upstream: Upstream, isReused: boolean, now: number): void;
  /** There is no way. */
  onRefused(
    code: RefusalCode,
    now: number,
    extras: RefusalExtras | undefined,
  ): void;
}

/** The way of one request. */
export class Approach {
  readonly #caller: Caller;
  readonly #parts: EdgeParts;
  readonly #user: ApproachUser;
  readonly #gate: TokenGate;
  readonly #choosing: Choosing;
  readonly #connecting: Connecting;
  readonly #local: LocalCall;
  readonly notes: RequestNotes;
  /** What the engine is told of the present backend. */
  readonly verdict = new Verdict();
  /** The field that names the backend to the caller; none for the API. */
  backendLine: Uint8Array | undefined;
  /** The field that names the booked GPUs to the backend. */
  gpuLine: Uint8Array | undefined;
  #state: ApproachState = "none";
  #origin: Origin | undefined;
  #isBlamed = false;
  #isElsewhere = false;
  #unreachable: RefusalCode = "upstream_unreachable";

  /** No way yet. */
  constructor(caller: Caller, user: ApproachUser, parts: EdgeParts) {
    this.#caller = caller;
    this.#parts = parts;
    this.#user = user;
    this.notes = user.notes;
    this.#gate = new TokenGate(this, parts);
    this.#choosing = new Choosing(caller, this, parts);
    this.#connecting = new Connecting(this, parts);
    this.#local = new LocalCall(caller, user, parts);
  }

  get owner(): Caller {
    return this.#caller;
  }

  /** Goes to whoever answers such a request, if anybody does. */
  begin(head: RequestHead, now: number): void {
    const admission = admit(head, this.#caller, this.#parts, now);
    switch (admission.kind) {
      case "api":
        this.notes.kind = "api";
        if (this.#user.facts.isPreflight) return this.preflight(now);
        if (!this.#local.takes(head)) {
          return this.#reach({ origin: this.#parts.apiOrigin }, now);
        }
        this.#state = "local";
        return this.#local.begin(head, now);
      case "backend":
        return this.#caller.rules.settings.needsToken
          ? this.#checkToken(head, now)
          : this.#choose(head, undefined, now);
      case "refused": {
        const { code, extras } = admission;
        this.#user.facts.findBody(this.#caller.held.length);
        return this.#user.onRefused(code, now, extras);
      }
    }
  }

  onToken(verdict: TokenVerdict, now: number): void {
    if (verdict.kind === "valid") {
      return this.#choose(this.head(), verdict, now);
    }
    const { code, detail } = verdict;
    this.#user.onRefused(code, now, { detail });
  }

  /** Opens a fresh connection to where the last one, which had waited, was closed just as it was used. */
  again(origin: Origin, now: number): void {
    this.#choosing.awaitsNoMore("given_up", now);
    this.#state = "connecting";
    this.#connecting.open(origin, now);
  }

  /** The head that the caller's connection holds, read again when another has been read since. */
  head(): RequestHead {
    const { requestHead } = this.#parts;
    const { held, rules } = this.#caller;
    if (requestHead.owner === held) return requestHead;
    requestHead.owner = held;
    const { headEnd } = this.#user.facts;
    parseRequestHead(held.bytes, 0, headEnd, rules.names, requestHead);
    return requestHead;
  }

  /** Bytes of the caller come before there is a connection. */
  onCallerBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    const { facts } = this.#user;
    if (this.#state !== "scanning") {
      // A caller that waits may leave before it has sent all, and its place in the queue is for others then.
      const watch = facts.framing === "none" || this.#state === "waiting" ||
        this.#state === "checking" || this.#state === "local";
      return this.#caller.hold(bytes, start, end, watch);
    }
    this.#caller.held.append(bytes, start, end);
    this.#go(this.#choosing.more(() => this.head(), now), now);
  }

  /** The present state has lasted too long. */
  onDeadline(now: number): void {
    const code = LATE[this.#state];
    if (code !== undefined) return this.#user.onRefused(code, now, undefined);
    this.#unreachable = "upstream_connect_timeout";
    const hasBegun = this.#connecting.hasBegun;
    this.#connecting.abort();
    if (hasBegun) this.verdict.timedOut(now);
    this.#tryNext(now);
  }

  /** Nothing new is begun from now on. */
  onDrain(now: number): void {
    if (this.#state !== "waiting") return;
    this.#user.onRefused("draining", now, undefined);
  }

  onWaitOver(now: number): void {
    this.#go(this.#choosing.waited(() => this.head(), now), now);
  }

  onOpening(now: number): void {
    this.verdict.asked(now);
    const { connectTimeoutMs } = this.#caller.rules.settings;
    this.#caller.deadline = now + connectTimeoutMs;
  }

  onConnection(upstream: Upstream, isReused: boolean, now: number): void {
    this.#state = "none";
    if (isReused) this.verdict.asked(now);
    this.#user.onReady(upstream, isReused, now);
  }

  onFailed(reason: GoneReason): void {
    this.#unreachable = reason === "tls"
      ? "upstream_tls"
      : "upstream_unreachable";
  }

  /** The request is wholly sent. */
  awaits(now: number): void {
    this.#choosing.awaits(now);
  }

  /** Answers a preflight in the place of the API or of the backend. */
  preflight(now: number): void {
    const keepAlive = writePreflight(this.#user, this.#parts);
    this.#user.onAnswered(keepAlive, now);
  }

  /** The head of the response came, other than an interim one. */
  answered(status: number, now: number): void {
    this.verdict.answered(status, now);
    const change = isFailure(status) ? "failed_answer" : "answered";
    this.#choosing.awaitsNoMore(change, now);
  }

  /** Notes what the backend is to blame for, and logs it once for each backend of a request. */
  blame(code: RefusalCode, now: number, fault?: string): void {
    if (!code.startsWith("upstream_")) return;
    if (code === "upstream_timeout") this.verdict.timedOut(now);
    else if (code !== "upstream_connect_timeout") this.verdict.failed(now);
    if (this.#isBlamed) return;
    this.#isBlamed = true;
    const { logger } = this.#parts;
    const backend = this.notes.backendId;
    const data = { backend, code, ...(fault !== undefined && { fault }) };
    this.#origin?.warn(logger, "A backend failed a request", data, now);
  }

  onNotAllowed(why: string, now: number): void {
    this.#unreachable = "upstream_not_allowed";
    this.blame(this.#unreachable, now, why);
  }

  onUnreachable(now: number): void {
    this.verdict.failed(now);
    this.#tryNext(now);
  }

  /** The request is over: what was booked for it is free. */
  end(now: number): void {
    depart(this.#caller, this.#parts);
    this.#state = "none";
    this.#origin = undefined;
    this.backendLine = undefined;
    this.gpuLine = undefined;
    this.#unreachable = "upstream_unreachable";
    this.#connecting.abort();
    this.#gate.end();
    this.#local.end();
    if (this.#isElsewhere) {
      this.#isElsewhere = false;
      this.#parts.dialler.waitingElsewhere(-1);
    }
    // Last, because it leads through much of the engine: if anything throws, it is this.
    this.#choosing.end(this.verdict.outcome(), now);
  }

  #checkToken(head: RequestHead, now: number): void {
    const { held, rules } = this.#caller;
    const verdict = this.#gate.check(held.bytes, head);
    if (verdict !== undefined) return this.onToken(verdict, now);
    this.#state = "checking";
    this.#caller.deadline = now + rules.patience.responseMs;
  }

  #choose(
    head: RequestHead,
    claims: TokenClaims | undefined,
    now: number,
  ): void {
    this.#state = "scanning";
    const { facts, id } = this.#user;
    const start = { facts, id, claims };
    this.#go(this.#choosing.begin(head, start, now), now);
  }

  #tryNext(now: number): void {
    this.blame(this.#unreachable, now);
    const outcome = this.verdict.outcome();
    const target = this.#choosing.next(() => this.head(), outcome, now);
    if (target !== undefined) return this.#go(target, now);
    this.#user.onRefused(this.#unreachable, now, undefined);
  }

  #go(choice: Choice, now: number): void {
    if (choice === "more") {
      this.#caller.deadline = now + this.#caller.rules.patience.uploadMs;
      return this.#caller.resume();
    }
    if (choice === "waiting") {
      this.#state = "waiting";
      this.#caller.deadline = Infinity;
      return;
    }
    if (choice.kind === "unplaced") {
      return this.#user.onRefused(choice.code, now, choice.extras);
    }
    this.notes.placed(choice, now);
    this.backendLine = choice.backendLine;
    this.gpuLine = choice.gpuLine;
    this.#reach(choice, now);
  }

  #reach(destination: Destination, now: number): void {
    const { origin } = destination;
    this.#origin = origin;
    this.#isBlamed = false;
    this.#unreachable = "upstream_unreachable";
    if (!this.#isElsewhere && origin.place.kind === "unix") {
      this.#isElsewhere = true;
      this.#parts.dialler.waitingElsewhere(1);
    }
    this.#state = "connecting";
    this.onOpening(now);
    this.#connecting.reach(destination, now);
  }
}

/**
 * The way of a request to a connection: which backend, which of its addresses, the next best when none can be reached.
 * Nothing of the request is sent yet, so any request may go another way. Owner: an exchange.
 */
import type { RequestHead } from "../http1/request_head.ts";
import { parseRequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import { type Choice, Choosing } from "./choosing.ts";
import { Connecting } from "./connecting.ts";
import type { GoneReason } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Origin } from "./origin.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { Upstream } from "./upstream.ts";

/** Who wants to get there. */
export interface ApproachUser {
  readonly facts: RequestFacts;
  /** A connection stands, or one that waited is free. */
  onReady(upstream: Upstream, isReused: boolean, now: number): void;
  /** There is no way. */
  onRefused(
    code: RefusalCode,
    now: number,
    extras: RefusalExtras | undefined,
  ): void;
}

type State =
  | "none"
  /** The body is searched for the tier. */
  | "scanning"
  /** A connection is being opened, or the session's assignment stored. */
  | "connecting";

/** The way of one request. */
export class Approach {
  readonly #caller: Caller;
  readonly #parts: EdgeParts;
  readonly #user: ApproachUser;
  readonly #choosing: Choosing;
  readonly #connecting: Connecting;
  /** The field that names the backend to the caller; none for the API. */
  backendLine: Uint8Array | undefined;
  #state: State = "none";
  #origin: Origin | undefined;
  #backendId: string | undefined;
  #isBlamed = false;
  #isElsewhere = false;
  #unreachable: RefusalCode = "upstream_unreachable";

  /** No way yet. */
  constructor(caller: Caller, user: ApproachUser, parts: EdgeParts) {
    this.#caller = caller;
    this.#parts = parts;
    this.#user = user;
    this.#choosing = new Choosing(caller, parts);
    this.#connecting = new Connecting(this, parts);
  }

  /** Goes to a backend. */
  toBackend(head: RequestHead, now: number): void {
    this.#state = "scanning";
    this.#go(this.#choosing.begin(head, this.#user.facts, now), now);
  }

  /** Goes to the API. */
  toApi(now: number): void {
    this.#reach(this.#parts.apiOrigin, undefined, undefined, now);
  }

  /** Opens a fresh connection to where the last one, which had waited, was closed just as it was used. */
  again(origin: Origin, now: number): void {
    this.#state = "connecting";
    this.#connecting.open(origin, now);
  }

  /** The head that the caller's connection holds, read again when another has been read since. */
  head(): RequestHead {
    const { requestHead, names } = this.#parts;
    const { held } = this.#caller;
    if (requestHead.owner === held) return requestHead;
    requestHead.owner = held;
    const { headEnd } = this.#user.facts;
    parseRequestHead(held.bytes, 0, headEnd, names, requestHead);
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
      return this.#caller.hold(bytes, start, end, facts.framing === "none");
    }
    this.#caller.held.append(bytes, start, end);
    this.#go(this.#choosing.more(() => this.head(), now), now);
  }

  /** The present state has lasted too long. */
  onDeadline(now: number): void {
    if (this.#state === "scanning") {
      return this.#user.onRefused("request_timeout", now, undefined);
    }
    this.#unreachable = "upstream_connect_timeout";
    this.#connecting.abort();
    this.onUnreachable(now);
  }

  onOpening(now: number): void {
    this.#caller.deadline = now + this.#parts.settings.connectTimeoutMs;
  }

  onConnection(upstream: Upstream, isReused: boolean, now: number): void {
    this.#state = "none";
    this.#user.onReady(upstream, isReused, now);
  }

  onFailed(reason: GoneReason): void {
    this.#unreachable = reason === "tls"
      ? "upstream_tls"
      : "upstream_unreachable";
  }

  /** Logs what the backend is to blame for, once for each backend of a request. */
  blame(code: RefusalCode, now: number, fault?: string): void {
    if (this.#isBlamed || !code.startsWith("upstream_")) return;
    this.#isBlamed = true;
    const { logger } = this.#parts;
    const backend = this.#backendId;
    const data = { backend, code, ...(fault !== undefined && { fault }) };
    this.#origin?.warn(logger, "A backend failed a request", data, now);
  }

  onUnreachable(now: number): void {
    this.blame(this.#unreachable, now);
    const target = this.#choosing.next(() => this.head(), now);
    if (target !== undefined) return this.#go(target, now);
    this.#user.onRefused(this.#unreachable, now, undefined);
  }

  /** The request is over: what was booked for it is free. */
  end(now: number): void {
    this.#state = "none";
    this.#origin = undefined;
    this.#backendId = undefined;
    this.backendLine = undefined;
    this.#unreachable = "upstream_unreachable";
    this.#connecting.abort();
    this.#choosing.end(now);
    if (!this.#isElsewhere) return;
    this.#isElsewhere = false;
    this.#parts.dialler.waitingElsewhere(-1);
  }

  #go(choice: Choice, now: number): void {
    if (choice === "more") {
      this.#caller.deadline = now + this.#parts.patience.uploadMs;
      return this.#caller.resume();
    }
    if (choice.kind === "unplaced") {
      return this.#user.onRefused(choice.code, now, choice.extras);
    }
    this.#backendId = choice.backendId;
    this.#reach(choice.origin, choice.backendLine, choice.stored, now);
  }

  #reach(
    origin: Origin,
    backendLine: Uint8Array | undefined,
    ready: Promise<unknown> | undefined,
    now: number,
  ): void {
    this.#origin = origin;
    this.#isBlamed = false;
    this.backendLine = backendLine;
    if (!this.#isElsewhere && origin.place.kind !== "http") {
      this.#isElsewhere = true;
      this.#parts.dialler.waitingElsewhere(1);
    }
    this.#state = "connecting";
    this.onOpening(now);
    this.#connecting.reach(origin, ready, now);
  }
}

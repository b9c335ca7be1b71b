/**
 * From the head of a proxied request to its backend: who calls, whether it may, which tier it needs (its body may say),
 * where that goes. Owner: an exchange. It answers; the exchange acts.
 */
import type { RequestHead } from "../http1/request_head.ts";
import { BodyScan } from "./body_scan.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Outcome } from "../engine/ejection.ts";
import type { AwaitingEnd } from "../engine/slot.ts";
import type { Target } from "./placer.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { RequestId } from "./request_ids.ts";
import { Routing, type RoutingUser, type Unplaced } from "./routing.ts";
import { pathOf } from "./send_request.ts";
import type { TokenClaims } from "./token_gate.ts";

/** Where the request goes, why nowhere, that more of its body must be seen first, or that it waits for room. */
export type Choice = Target | Unplaced | "more" | "waiting";

/** What a choice begins with, besides the head. */
export interface ChoosingStart {
  readonly facts: RequestFacts;
  readonly id: RequestId;
  /** What a token says of the request; undefined where none is asked for. */
  readonly claims: TokenClaims | undefined;
}

/** The choice of one request. */
export class Choosing {
  readonly #caller: Caller;
  readonly #routing: Routing;
  #id: RequestId = 0;
  #claims: TokenClaims | undefined;
  #scan: BodyScan | undefined;

  /** Nothing to choose yet. */
  constructor(caller: Caller, user: RoutingUser, parts: EdgeParts) {
    this.#caller = caller;
    this.#routing = new Routing(user, parts);
  }

  /** Begins with a head, which the caller's connection holds. */
  begin(
    head: RequestHead,
    { facts, id, claims }: ChoosingStart,
    now: number,
  ): Choice {
    this.#id = id;
    this.#claims = claims;
    const { held, body, rules: { tierSources, settings } } = this.#caller;
    this.#scan = undefined;
    if (!tierSources.wantsBody(held.bytes, head)) return this.#place(head, now);
    const scan = tierSources.scan();
    this.#scan = new BodyScan(scan, facts.headEnd, settings.tierPeekBytes);
    body.begin(facts.framing, facts.contentLength, "bare");
    return this.more(() => head, now);
  }

  /** More of the body has come. */
  more(head: () => RequestHead, now: number): Choice {
    const { held, body } = this.#caller;
    const isOver = this.#scan?.read(held, body) ?? true;
    if (body.fault !== undefined) {
      return { kind: "unplaced", code: body.fault };
    }
    return isOver ? this.#place(head(), now) : "more";
  }

  /** The wait for room is over. */
  waited(head: () => RequestHead, now: number): Choice {
    const { held } = this.#caller;
    return this.#routing.waited(() => pathOf(held.bytes, head()), now);
  }

  /** The next best backend after one of which this came; undefined when none is to be tried. */
  next(
    head: () => RequestHead,
    outcome: Outcome,
    now: number,
  ): Target | undefined {
    const { held } = this.#caller;
    return this.#routing.next(() => pathOf(held.bytes, head()), outcome, now);
  }

  /** The request is wholly with the backend. */
  awaits(now: number): void {
    this.#routing.awaits(now);
  }

  /** The backend has begun to answer, or nobody waits for that any more. */
  awaitsNoMore(change: AwaitingEnd, now: number): void {
    this.#routing.awaitsNoMore(change, now);
  }

  /** The request is over, and this is what came of its backend. */
  end(outcome: Outcome, now: number): void {
    this.#scan = undefined;
    this.#routing.release(outcome, now);
  }

  #place(head: RequestHead, now: number): Target | Unplaced | "waiting" {
    const { held: { bytes }, rules, guest } = this.#caller;
    const path = () => pathOf(bytes, head);
    const scanned = this.#scan?.fields;
    this.#scan = undefined;
    const id = this.#id;
    const claims = this.#claims;
    const route = { rules, bytes, head, id, guest, scanned, claims, path };
    return this.#routing.begin(route, now);
  }
}

/**
 * Where one request goes: asks the engine, waits for room, tells what came of it, and moves to the next best backend
 * when one can't be reached. Owner: an exchange; bounded by `proxy_retries`.
 */
import type { RequestHead } from "../http1/request_head.ts";
import type { Ask, Decision, Refused } from "../engine/decision.ts";
import type { Outcome } from "../engine/ejection.ts";
import type { Lease } from "../engine/lease.ts";
import type { AwaitingEnd } from "../engine/slot.ts";
import { SESSION_ID_CHARS_MAX } from "../wire/bounds.ts";
import { OTHER } from "../http1/field_names.ts";
import { type DecisionNote, noteOf } from "./decision_note.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { EdgeRules } from "./edge_rules.ts";
import type { Guest } from "./guest.ts";
import type { JsonFields } from "./json_fields.ts";
import type { QueueEnd } from "../wire/no_capacity.ts";
import type { Target } from "./placer.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import type { RequestId } from "./request_ids.ts";
import type { RequestNotes } from "./request_notes.ts";
import { RoomWait, type RoomWaitUser } from "./room_wait.ts";
import { tierRefusal } from "./tier_rule.ts";
import { fieldText } from "./tier_sources.ts";
import type { TokenClaims } from "./token_gate.ts";

/** No backend can be chosen. */
export interface Unplaced {
  readonly kind: "unplaced";
  readonly code: RefusalCode;
  readonly extras?: RefusalExtras;
}

/** Who wants to know where a request goes. */
export interface RoutingUser extends RoomWaitUser {
  readonly notes: RequestNotes;
}

/** What a way begins with. */
export interface RoutingStart {
  /** The rules of this request. */
  readonly rules: EdgeRules;
  readonly bytes: Uint8Array;
  /** The head that lies in them. */
  readonly head: RequestHead;
  readonly id: RequestId;
  /** Who calls. */
  readonly guest: Guest;
  /** What the body says, when it was looked at. */
  readonly scanned: JsonFields | undefined;
  /** What a token says, which counts before anything that the request says itself. */
  readonly claims: TokenClaims | undefined;
  /** The target of the request. */
  readonly path: () => string;
}

/** The way of one request. */
export class Routing {
  readonly #parts: EdgeParts;
  readonly #user: RoutingUser;
  #ask: Ask | undefined;
  #askedAt = 0;
  /** How long the engine took to decide, milliseconds, where somebody wants to know. */
  #tookMs = 0;
  #target: Target | undefined;
  /** What is booked, and the engine has yet to be told the outcome of. */
  #lease: Lease | undefined;
  /** Whether that backend owes an answer. */
  #isAwaiting = false;
  #wait: RoomWait | undefined;
  #note: DecisionNote | undefined;
  #excluded: Set<string> | undefined;
  #triesLeft = 0;

  /** Nothing is asked yet. */
  constructor(user: RoutingUser, parts: EdgeParts) {
    this.#user = user;
    this.#parts = parts;
  }

  /**
   * Chooses a backend for a request, or waits for one; only a backend with several endpoints asks for the path, and then
   * at once.
   */
  begin(
    { rules, bytes, head, id, guest, scanned, claims, path }: RoutingStart,
    now: number,
  ): Target | Unplaced | "waiting" {
    const { locator } = this.#parts;
    const { tierSources, settings } = rules;
    const { ip } = guest.standing;
    this.#triesLeft = settings.retries;
    this.#excluded = undefined;
    const stickyId = claims?.stickyId ?? sessionOf(rules, bytes, head, ip);
    if (stickyId !== undefined && !isSessionId(stickyId)) {
      return { kind: "unplaced", code: "invalid_sticky_id" };
    }
    const tier = claims?.tier ?? tierSources.tierOf(bytes, head, scanned);
    const refusal = tierRefusal(tier, guest, this.#parts, now);
    if (refusal !== undefined) return { ...refusal, kind: "unplaced" };
    const ask = {
      tier,
      place: tierSources.placeOf(scanned) ?? locator.locate(ip),
      stickyId,
      isRequest: true,
      exclude: undefined,
    };
    this.#ask = ask;
    this.#askedAt = now;
    this.#note = noteOf(ask, id, this.#parts, now);
    const decision = this.#place(ask, now);
    if (decision.kind !== "unknown_tier") this.#user.notes.tier = tier;
    if (decision.kind !== "refused") {
      return this.#follow(decision, undefined, path, now);
    }
    return this.#waits(ask, now)
      ? "waiting"
      : this.#follow(decision, undefined, path, now);
  }

  /** Where the request goes that has waited for room. */
  waited(path: () => string, now: number): Target | Unplaced {
    const waited = this.#wait?.take();
    return waited === undefined
      ? { kind: "unplaced", code: "internal_error" }
      : this.#follow(waited, waited.waitedMs, path, now);
  }

  /**
   * The next best backend after the present one, of which this is what came; undefined when none is to be tried. Room is
   * not waited for: the caller learns what is wrong with the first backend sooner.
   */
  next(path: () => string, outcome: Outcome, now: number): Target | undefined {
    const target = this.#target;
    const ask = this.#ask;
    if (target === undefined || ask === undefined) return undefined;
    if (this.#triesLeft-- <= 0) return undefined;
    this.#excluded ??= new Set();
    this.#excluded.add(target.backendId);
    this.release(outcome, now);
    this.#askedAt = now;
    const exclude = this.#excluded;
    const decision = this.#place({ ...ask, exclude }, now);
    const place = this.#follow(decision, undefined, path, now);
    return place.kind === "target" ? place : undefined;
  }

  /** The request is wholly with the backend. */
  awaits(now: number): void {
    if (this.#lease === undefined || this.#isAwaiting) return;
    this.#isAwaiting = true;
    this.#parts.placer.awaiting(this.#lease, "begun", now);
  }

  /** The backend has begun to answer, or nobody waits for that any more. */
  awaitsNoMore(change: AwaitingEnd, now: number): void {
    if (this.#lease === undefined || !this.#isAwaiting) return;
    this.#isAwaiting = false;
    this.#parts.placer.awaiting(this.#lease, change, now);
  }

  /** Tells the engine what came of the backend, which gives back what was booked for the request alone; waits no more. */
  release(outcome: Outcome, now: number): void {
    this.awaitsNoMore("given_up", now);
    const lease = this.#lease;
    this.#lease = undefined;
    this.#target = undefined;
    if (lease !== undefined) this.#parts.placer.finish(lease, outcome, now);
    const waitedMs = this.#wait?.end(now);
    if (waitedMs !== undefined) this.#note?.withdrawn(waitedMs);
    this.#note = undefined;
  }

  #place(ask: Ask, now: number): Decision {
    const { placer, meter, clock } = this.#parts;
    if (meter === undefined) return placer.place(ask, now);
    const from = clock.monotonicMs();
    const decision = placer.place(ask, now);
    this.#tookMs = clock.monotonicMs() - from;
    return decision;
  }

  #waits(ask: Ask, now: number): boolean {
    if (this.#parts.load.isDraining) return false;
    this.#wait ??= new RoomWait(this.#user, this.#parts);
    return this.#wait.begin(ask, now);
  }

  #follow(
    decision: Decision,
    waitedMs: number | undefined,
    path: () => string,
    now: number,
  ): Target | Unplaced {
    // Before anything else, so that it is given back whatever happens.
    if (decision.kind === "placed") this.#lease = decision.lease;
    const tier = this.#ask?.tier ?? "";
    const { meter } = this.#parts;
    meter?.decided(decision, tier, "proxy", this.#tookMs, waitedMs);
    this.#note?.decided(decision, waitedMs);
    this.#note = undefined;
    switch (decision.kind) {
      case "placed": {
        const { placer } = this.#parts;
        const target = placer.targetOf(decision, path, this.#askedAt, now);
        if (target.kind !== "target") {
          this.release(NO_ANSWER, now);
          return { kind: "unplaced", code: "upstream_unreachable" };
        }
        this.#target = target;
        return target;
      }
      case "unknown_tier":
        return {
          kind: "unplaced",
          code: "unknown_tier",
          extras: {
            detail: decision.tier === ""
              ? "The request names no tier"
              : `Unknown tier: ${decision.tier}`,
          },
        };
      case "refused":
        return this.#refused(decision, waitedMs, now);
      case "key_reused":
        // Proxied requests name no idempotency key.
        return { kind: "unplaced", code: "internal_error" };
    }
  }

  #refused(
    refused: Refused,
    waitedMs: number | undefined,
    now: number,
  ): Unplaced {
    const { placer, load } = this.#parts;
    placer.warn(refused, this.#ask?.tier ?? "", now);
    const line = load.isDraining ? undefined : placer.queue(now);
    const queue: QueueEnd | undefined = line === undefined ? undefined : {
      state: waitedMs === undefined ? "full" : "timed_out",
      depth: line.depth,
      waitedMs: waitedMs ?? 0,
    };
    const capacity = { refused, queue };
    return { kind: "unplaced", code: "no_capacity", extras: { capacity } };
  }
}

function sessionOf(
  { stickyField, settings }: EdgeRules,
  bytes: Uint8Array,
  head: RequestHead,
  callerIp: string,
): string | undefined {
  const named = stickyField === OTHER
    ? undefined
    : fieldText(bytes, head, stickyField);
  if (named !== undefined && named !== "") return named;
  return settings.stickyByIp ? callerIp : undefined;
}

/** A backend that names no endpoint has failed the request. */
const NO_ANSWER: Outcome = { kind: "failed", answerMs: 0 };

/** Field values hold no control characters but the tab. */
function isSessionId(id: string): boolean {
  return id.length <= SESSION_ID_CHARS_MAX && !id.includes("\t");
}

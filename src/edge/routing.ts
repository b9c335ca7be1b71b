/**
 * Where one request goes: asks the engine, releases what it booked, and moves to the next best backend when one can't be
 * reached. Owner: an exchange; bounded by `proxy_retries`.
 */
import type { RequestHead } from "../http1/request_head.ts";
import {
  NO_CAPACITY_RETRY_SECONDS,
  SESSION_ID_CHARS_MAX,
} from "../wire/bounds.ts";
import { textOf } from "../http1/octets.ts";
import { OTHER, X_FORWARDED_FOR } from "../http1/field_names.ts";
import { realCaller } from "./caller_address.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { JsonFields } from "./json_fields.ts";
import type { RequestAsk, Target } from "./placer.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import { fieldText } from "./tier_sources.ts";

/** No backend can be chosen. */
export interface Unplaced {
  readonly kind: "unplaced";
  readonly code: RefusalCode;
  readonly extras?: RefusalExtras;
}

/** The way of one request. */
export class Routing {
  readonly #parts: EdgeParts;
  #ask: RequestAsk | undefined;
  #target: Target | undefined;
  #excluded: Set<string> | undefined;
  #triesLeft = 0;

  /** Nothing is asked yet. */
  constructor(parts: EdgeParts) {
    this.#parts = parts;
  }

  /** Chooses a backend for a request; only a backend with several endpoints asks for the path, and then at once. */
  begin(
    bytes: Uint8Array,
    head: RequestHead,
    callerIp: string,
    body: JsonFields | undefined,
    path: () => string,
    now: number,
  ): Target | Unplaced {
    const { tierSources, settings, locator } = this.#parts;
    this.#triesLeft = settings.retries;
    this.#excluded = undefined;
    const stickyId = this.#sessionOf(bytes, head, callerIp);
    if (stickyId !== undefined && !isSessionId(stickyId)) {
      return { kind: "unplaced", code: "invalid_sticky_id" };
    }
    this.#ask = {
      tier: tierSources.tierOf(bytes, head, body),
      place: tierSources.placeOf(body) ?? locator.locate(callerIp),
      stickyId,
      isRequest: true,
      exclude: undefined,
    };
    return this.#place(path, now);
  }

  /** The next best backend after the present one; undefined when none is to be tried. */
  next(path: () => string, now: number): Target | undefined {
    const target = this.#target;
    if (target === undefined || this.#triesLeft-- <= 0) return undefined;
    this.#excluded ??= new Set();
    this.#excluded.add(target.backendId);
    this.release(now);
    const place = this.#place(path, now);
    return place.kind === "target" ? place : undefined;
  }

  /** Gives back what was booked for the request; a session keeps its own. */
  release(now: number): void {
    const lease = this.#target?.lease;
    this.#target = undefined;
    if (lease !== undefined) this.#parts.placer.finish(lease, now);
  }

  #place(path: () => string, now: number): Target | Unplaced {
    const ask = this.#ask;
    if (ask === undefined) return { kind: "unplaced", code: "internal_error" };
    const exclude = this.#excluded;
    const answer = this.#parts.placer.place(
      exclude === undefined ? ask : { ...ask, exclude },
      path,
      now,
    );
    switch (answer.kind) {
      case "target":
        this.#target = answer;
        return answer;
      case "no_endpoint":
        return { kind: "unplaced", code: "upstream_unreachable" };
      case "unknown_tier":
        return {
          kind: "unplaced",
          code: "unknown_tier",
          extras: {
            detail: answer.tier === ""
              ? "The request names no tier"
              : `Unknown tier: ${answer.tier}`,
          },
        };
      case "refused":
        return {
          kind: "unplaced",
          code: "no_capacity",
          extras: {
            tally: answer.tally,
            fleetSize: answer.fleetSize,
            retryAfterSeconds: NO_CAPACITY_RETRY_SECONDS,
          },
        };
    }
  }

  #sessionOf(
    bytes: Uint8Array,
    head: RequestHead,
    callerIp: string,
  ): string | undefined {
    const { stickyField, settings } = this.#parts;
    const named = stickyField === OTHER
      ? undefined
      : fieldText(bytes, head, stickyField);
    if (named !== undefined && named !== "") return named;
    return settings.stickyByIp ? callerIp : undefined;
  }
}

/** The address of the caller behind the proxies that are trusted. */
export function callerIpOf(
  bytes: Uint8Array,
  { fields }: RequestHead,
  { peer, isTrusted }: Pick<Caller, "peer" | "isTrusted">,
  parts: EdgeParts,
): string {
  if (!isTrusted) return peer.ip;
  const lines: string[] = [];
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) !== X_FORWARDED_FOR) continue;
    lines.push(textOf(bytes, fields.valueStart(i), fields.valueEnd(i)));
  }
  return realCaller(peer.ip, lines, parts.trusted);
}

/** Field values hold no control characters but the tab. */
function isSessionId(id: string): boolean {
  return id.length <= SESSION_ID_CHARS_MAX && !id.includes("\t");
}

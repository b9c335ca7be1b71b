/**
 * Asks the engine where a proxied request goes, and keeps the books: holds of single requests end with them, sessions
 * are stored. Owner of no state but the instants at which sessions were last stored, bounded by {@link TOUCHES_MAX}.
 */
import type { Balancer } from "../engine/balancer.ts";
import type { Ask, Placed, Refused, UnknownTier } from "../engine/decision.ts";
import type { Lease } from "../engine/leases.ts";
import { octetsOf } from "../http1/octets.ts";
import type { Clock, Logger, Store } from "../ports.ts";
import type { Origin } from "./origin.ts";
import type { Origins } from "./origins.ts";
import { endpointFor } from "./path_rules.ts";

/** A session in steady use is stored again this often, so that its last use is known after a restart. */
const STORE_AGAIN_MS = 60_000;
/** Sessions whose last storing is remembered; without the memory one is stored again, no more. */
const TOUCHES_MAX = 100_000;
/** How long further refusals are only counted after one was logged. */
const QUIET_MS = 10_000;
/** Lines that name a backend, remembered so that none is made twice; more than there are backends. */
const LINES_MAX = 20_000;

/** A request has a place to go to. */
export interface Target {
  readonly kind: "target";
  readonly origin: Origin;
  readonly backendId: string;
  /** The fields that name us and the backend to the caller. */
  readonly backendLine: Uint8Array;
  /** What to give back with the end of the response; absent when it belongs to a session. */
  readonly lease: Lease | undefined;
  /** Settles when the session's assignment would survive a crash; absent when there is nothing to wait for. */
  readonly stored: Promise<unknown> | undefined;
}

/** The backend's endpoint is not one that can be sent to. */
export interface NoEndpoint {
  readonly kind: "no_endpoint";
  readonly backendId: string;
}

/** What is asked for one request. */
export interface RequestAsk extends Ask {
  readonly tier: string;
}

/** Places requests. */
export class Placer {
  readonly #balancer: Balancer;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #origins: Origins;
  readonly #lines = new Map<string, Uint8Array>();
  readonly #touches = new Map<string, number>();
  #refused = 0;
  #quietUntil = -Infinity;

  /** Places on the balancer's fleet. */
  constructor(parts: {
    readonly balancer: Balancer;
    readonly store: Store;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly origins: Origins;
  }) {
    this.#balancer = parts.balancer;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#origins = parts.origins;
  }

  /** Chooses and books; `path` is asked for only when the backend has several endpoints. */
  place(
    ask: RequestAsk,
    path: () => string,
    now: number,
  ): Target | NoEndpoint | Refused | UnknownTier {
    const decision = this.#balancer.place(ask, now);
    if (decision.kind === "refused") this.#warn(decision, ask.tier, now);
    if (decision.kind !== "placed") return decision;
    const { backendId, lease, registration } = decision;
    const endpoint = registration.endpoints.length === 0
      ? registration.endpoint
      : endpointFor(registration, path());
    const origin = this.#origins.get(endpoint, now);
    const isOwn = ask.stickyId === undefined;
    if (origin === undefined) {
      if (isOwn) this.finish(lease, now);
      return { kind: "no_endpoint", backendId };
    }
    return {
      kind: "target",
      origin,
      backendId,
      backendLine: this.#lineOf(backendId),
      lease: isOwn ? lease : undefined,
      stored: isOwn ? undefined : this.#keep(decision, ask, now),
    };
  }

  /** A single request is over. */
  finish(lease: Lease, now: number): void {
    this.#balancer.finish(lease, now);
  }

  /** That nothing has room is said now and then, not for each of thousands of requests. */
  #warn({ tally, fleetSize }: Refused, tier: string, now: number): void {
    this.#refused++;
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    const requests = this.#refused;
    this.#refused = 0;
    const reasons = Object.entries(tally).filter(([, count]) => count > 0);
    this.#logger.warn("No backend has room for requests", {
      requests,
      tier,
      fleetSize,
      tally: Object.fromEntries(reasons),
    });
  }

  /** A new assignment is waited for; the use of an old one is stored now and then. */
  #keep(
    { backendId, stickiness }: Placed,
    { stickyId = "", tier }: RequestAsk,
    now: number,
  ): Promise<unknown> | undefined {
    const key = `${stickyId}\0${tier}`;
    const isKept = stickiness === "kept";
    const last = this.#touches.get(key) ?? -Infinity;
    if (isKept && now - last < STORE_AGAIN_MS) return undefined;
    this.#touches.delete(key);
    if (this.#touches.size >= TOUCHES_MAX) {
      for (const oldest of this.#touches.keys()) {
        this.#touches.delete(oldest);
        break;
      }
    }
    this.#touches.set(key, now);
    const lastUsedMs = this.#clock.wallMs();
    const saved = this.#store.saveSticky({
      stickyId,
      tier,
      backendId,
      lastUsedMs,
    }).catch((error) =>
      this.#logger.error("Cannot store a session", { error })
    );
    return isKept ? undefined : saved;
  }

  #lineOf(backendId: string): Uint8Array {
    let line = this.#lines.get(backendId);
    if (line === undefined) {
      line = backendLineOf(backendId);
      if (this.#lines.size >= LINES_MAX) this.#lines.clear();
      this.#lines.set(backendId, line);
    }
    return line;
  }
}

/** Ids are the backends' own words: what can't stand in a field is left out of it. */
function backendLineOf(backendId: string): Uint8Array {
  const id = backendId.replace(/[^\x20-\x7e]/g, "?").trim();
  return octetsOf(`Via: 1.1 opsen\r\nX-Opsen-Backend: ${id}\r\n`);
}

/**
 * Asks the engine where a proxied request goes and turns its answer into an origin. Owner of no state but lines that
 * name backends, bounded by {@link LINES_MAX}.
 */
import type { Registration } from "../engine/backend.ts";
import type { Balancer } from "../engine/balancer.ts";
import type {
  Ask,
  Decision,
  Placed,
  Refused,
  Stickiness,
} from "../engine/decision.ts";
import type { Outcome } from "../engine/ejection.ts";
import type { Explanation } from "../engine/explanation.ts";
import type { Lease } from "../engine/lease.ts";
import type { Awaiting } from "../engine/slot.ts";
import type { OnWaited, QueueView } from "../engine/wait_queue.ts";
import { octetsOf } from "../http1/octets.ts";
import type { Clock, Logger, Store } from "../ports.ts";
import type { Origin } from "./origin.ts";
import type { Origins } from "./origins.ts";
import { endpointFor } from "./path_rules.ts";
import { SessionKeeping } from "./session_keeping.ts";

/** How long further refusals are only counted after one was logged. */
const QUIET_MS = 10_000;
/** Lines that name a backend, remembered so that none is made twice; more than there are backends. */
const LINES_MAX = 20_000;

/** A request has a place to go to. */
export interface Target {
  readonly kind: "target";
  readonly origin: Origin;
  readonly backendId: string;
  /** What the backend says of itself: where it may be follows from that. */
  readonly registration: Registration;
  /** The fields that name us and the backend to the caller. */
  readonly backendLine: Uint8Array;
  /** The field that names the booked GPUs to the backend; absent for tiers without. */
  readonly gpuLine: Uint8Array | undefined;
  /** How it stands to the session. */
  readonly stickiness: Stickiness;
  /** What the engine is told the outcome of. */
  readonly lease: Lease;
  /** Settles when the session would survive a crash; absent when there is nothing to wait for. */
  readonly stored: Promise<unknown> | undefined;
}

/** The backend's endpoint is not one that can be sent to. */
export interface NoEndpoint {
  readonly kind: "no_endpoint";
}

/** Places requests. */
export class Placer {
  readonly #balancer: Balancer;
  readonly #logger: Logger;
  readonly #origins: Origins;
  readonly #sessions: SessionKeeping;
  readonly #lines = new Map<string, Uint8Array>();
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
    this.#logger = parts.logger;
    this.#origins = parts.origins;
    this.#sessions = new SessionKeeping(parts);
  }

  /** Chooses and books. */
  place(ask: Ask, now: number): Decision {
    return this.#balancer.place(ask, now);
  }

  /** Waits for room; undefined when nobody may, or too many do. */
  wait(ask: Ask, now: number, onWaited: OnWaited): (() => void) | undefined {
    return this.#balancer.wait(ask, now, onWaited);
  }

  /** The waiting asks; undefined when nobody may wait. */
  queue(now: number): QueueView | undefined {
    return this.#balancer.queue(now);
  }

  /** Why an ask would be decided as it would be now. */
  explain(ask: Ask, now: number): Explanation | undefined {
    return this.#balancer.explain(ask, now);
  }

  /**
   * Where a request goes that was asked for at `since` and placed; `path` is asked for only when the backend has several
   * endpoints. Without a place to go to the request has failed: it is the backend that named none.
   */
  targetOf(
    placed: Placed,
    path: () => string,
    since: number,
    now: number,
  ): Target | NoEndpoint {
    const { backendId, lease, registration, stickiness } = placed;
    const endpoint = registration.endpoints.length === 0
      ? registration.endpoint
      : endpointFor(registration, path());
    const origin = this.#origins.get(endpoint, now);
    if (origin === undefined) return NO_ENDPOINT;
    return {
      kind: "target",
      origin,
      backendId,
      registration,
      backendLine: this.#lineOf(backendId),
      gpuLine: lease.gpus.length === 0 ? undefined : gpuLineOf(lease),
      stickiness,
      lease,
      stored: lease.stickyId === undefined
        ? undefined
        : this.#sessions.keep(placed, since, now),
    };
  }

  /** Whether a placed request waits for its answer. */
  awaiting(lease: Lease, change: Awaiting, now: number): void {
    this.#balancer.awaiting(lease, change, now);
  }

  /** A request has left its backend; called once for each that was placed. */
  finish(lease: Lease, outcome: Outcome, now: number): void {
    this.#balancer.finish(lease, outcome, now);
  }

  /** That nothing has room is said now and then, not for each of thousands of requests. */
  warn({ tally, fleetSize }: Refused, tier: string, now: number): void {
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

const NO_ENDPOINT: NoEndpoint = { kind: "no_endpoint" };

/** Ids are the backends' own words: what can't stand in a field is left out of it. */
function backendLineOf(backendId: string): Uint8Array {
  const id = backendId.replace(/[^\x20-\x7e]/g, "?").trim();
  return octetsOf(`Via: 1.1 opsen\r\nX-Opsen-Backend: ${id}\r\n`);
}

function gpuLineOf({ gpus }: Lease): Uint8Array {
  return octetsOf(`X-Opsen-GPU: ${gpus.join(",")}\r\n`);
}

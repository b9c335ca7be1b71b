/**
 * Gets a connection to an origin: one that waits, else a new one, trying each address of the origin's name in turn.
 * Owner: an approach; bounded by the addresses of one name.
 */
import type { Grantee } from "../engine/endpoint_grant.ts";
import type { GoneReason } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Reach } from "./endpoint_gate.ts";
import type { Origin } from "./origin.ts";
import { type Panicking, shielded } from "./panic.ts";
import type { OpeningUser, Upstream } from "./upstream.ts";

/** Where a connection is to lead. */
export interface Destination {
  readonly origin: Origin;
  /** The backend that it is for; absent for the API. */
  readonly registration?: Grantee | undefined;
  /** What has to settle first; absent for nothing. */
  readonly stored?: Promise<unknown> | undefined;
}

/** Who wants the connection. */
export interface ConnectingUser {
  /** In whose name it is opened. */
  readonly owner: Panicking;
  /** A connection to one address is being opened. */
  onOpening(now: number): void;
  /** A connection stands, or one that waited is free; it has no user yet. */
  onConnection(upstream: Upstream, isReused: boolean, now: number): void;
  /** One address can't be reached; others are tried. */
  onFailed(reason: GoneReason): void;
  /** No address of the origin may be connected to, and why; `onUnreachable` follows. */
  onNotAllowed(why: string, now: number): void;
  /** No address of the origin can be reached. */
  onUnreachable(now: number): void;
}

/** An attempt to reach an origin. */
export class Connecting implements OpeningUser {
  readonly #parts: EdgeParts;
  readonly #user: ConnectingUser;
  #origin: Origin | undefined;
  /** The backend that it is for; undefined for the API. */
  #grantee: Grantee | undefined;
  #opening: Upstream | undefined;
  #addresses: readonly string[] = [];
  /** The state of the rule that allowed them. */
  #age: number | undefined;
  #tried = 0;
  #attempt = 0;

  /** No attempt yet. */
  constructor(user: ConnectingUser, parts: EdgeParts) {
    this.#user = user;
    this.#parts = parts;
  }

  get owner(): Panicking {
    return this.#user.owner;
  }

  /** Whether the origin is being looked for or connected to; what comes before that is not its doing. */
  get hasBegun(): boolean {
    return this.#origin !== undefined;
  }

  /** Gets a connection; the user is told, perhaps before this returns. */
  reach(
    { origin, registration, stored }: Destination,
    now: number,
  ): void {
    this.#origin = undefined;
    this.#grantee = registration;
    if (stored !== undefined) {
      const then = { origin, registration };
      return this.#after(stored, (now) => this.reach(then, now));
    }
    const upstream = this.#takeIdle(origin);
    if (upstream === undefined) return this.open(origin, now);
    this.#user.onConnection(upstream, true, now);
  }

  /** Opens a new connection for the same backend; the user is told, perhaps before this returns. */
  open(origin: Origin, now: number): void {
    this.#origin = origin;
    this.#tried = 0;
    this.#addresses = [];
    this.#age = undefined;
    const reach = this.#parts.dialler.reach(origin, this.#grantee);
    if (!(reach instanceof Promise)) return this.#go(reach, now);
    let settled: Reach = NOWHERE;
    const found = reach.then((reach) => settled = reach);
    this.#after(found, (then) => this.#go(settled, then));
  }

  /** Gives up; an answer that comes later is not looked at. */
  abort(): void {
    this.#attempt++;
    this.#origin = undefined;
    this.#opening?.abort();
    this.#opening = undefined;
  }

  onOpened(upstream: Upstream, now: number): void {
    this.#opening = undefined;
    this.#user.onConnection(upstream, false, now);
  }

  onOpenFailed(reason: GoneReason, now: number): void {
    this.#opening = undefined;
    this.#user.onFailed(reason);
    this.#next(now);
  }

  /** A connection that waited and may be used; those that may not any more are closed. */
  #takeIdle(origin: Origin): Upstream | undefined {
    for (;;) {
      const upstream = origin.takeIdle();
      if (upstream === undefined) return undefined;
      if (this.#parts.dialler.mayUse(upstream, this.#grantee)) return upstream;
      upstream.close();
    }
  }

  #go(reach: Reach, now: number): void {
    if (reach.kind === "addresses") {
      this.#addresses = reach.ips;
      this.#age = reach.age;
    } else this.#user.onNotAllowed(reach.why, now);
    this.#next(now);
  }

  #next(now: number): void {
    const { dialler } = this.#parts;
    const origin = this.#origin;
    const address = this.#addresses[this.#tried++];
    if (address === undefined || origin === undefined) {
      return this.#user.onUnreachable(now);
    }
    // The rule may have changed since, while other addresses were tried.
    if (!dialler.isCurrent(this.#age)) return this.open(origin, now);
    this.#opening = dialler.open(
      origin,
      address,
      this.#grantee,
      this,
      this.#parts,
    );
    this.#user.onOpening(now);
  }

  #after(settled: Promise<unknown>, go: (now: number) => void): void {
    const attempt = ++this.#attempt;
    const then = () => {
      if (attempt !== this.#attempt) return;
      shielded(this.owner, this.#parts.clock.monotonicMs(), go);
    };
    settled.then(then, then);
  }
}

/** Until it is known, and when it never is. */
const NOWHERE: Reach = { kind: "addresses", ips: [] };

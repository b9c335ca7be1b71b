/** Opens connections to origins. Owner: the edge; a connection belongs to the exchange that asked for it. */
import type { Grantee } from "../engine/endpoint_grant.ts";
import type { EndpointRule } from "../trust_ports.ts";
import type { Driver } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { EndpointGate, type Reach } from "./endpoint_gate.ts";
import type { Origin } from "./origin.ts";
import type { Origins } from "./origins.ts";
import type { Resolution, Resolver } from "./resolver.ts";
import { type OpeningUser, Upstream } from "./upstream.ts";

/** What connections are opened with. */
export interface DiallerOptions {
  readonly driver: Driver;
  readonly resolver: Resolver;
  /** Awaited before the first TLS connection. */
  readonly prepareTls: () => Promise<void>;
  /** Where backends may be; absent where they may be anywhere. */
  readonly endpointRule?: EndpointRule;
}

/** Opens connections. */
export class Dialler {
  readonly #driver: Driver;
  readonly #resolver: Resolver;
  readonly #prepareTls: () => Promise<void>;
  readonly #gate: EndpointGate;
  #isTlsReady = false;

  /** No connection yet. */
  constructor(options: DiallerOptions) {
    this.#driver = options.driver;
    this.#resolver = options.resolver;
    this.#prepareTls = options.prepareTls;
    this.#gate = new EndpointGate(options.endpointRule);
  }

  /** Where the origin may be reached for a backend: nowhere when its name has no address. */
  reach(
    origin: Origin,
    grantee: Grantee | undefined,
  ): Reach | Promise<Reach> {
    const { place } = origin;
    if (place.kind === "unix") return UNIX;
    if (place.kind === "https" && !this.#isTlsReady) {
      return this.#prepared().then(() => this.reach(origin, grantee));
    }
    const reachOf = (found: Resolution): Reach =>
      found.kind === "resolved"
        ? this.#gate.reachOf(place, found.ips, grantee)
        : NOWHERE;
    const resolution = this.#resolver.resolve(place.hostname);
    return resolution instanceof Promise
      ? resolution.then(reachOf)
      : reachOf(resolution);
  }

  /** Whether the rule is still the one under which addresses were found to be allowed. */
  isCurrent(age: number | undefined): boolean {
    return this.#gate.isCurrent(age);
  }

  /** Whether a connection that waited may be used for a backend, under the rule as it is now. */
  mayUse(upstream: Upstream, grantee: Grantee | undefined): boolean {
    const { clearance, origin: { place } } = upstream;
    if (clearance === undefined) return false;
    upstream.clearance = this.#gate.renewed(clearance, place, grantee);
    return upstream.clearance !== undefined;
  }

  /** The rule may have changed: connections that wait and that it refuses now are closed. */
  recheck(origins: Origins): void {
    this.#gate.renew();
    origins.closeIdle((upstream) =>
      !this.mayUse(upstream, upstream.clearance?.grantee)
    );
  }

  async #prepared(): Promise<void> {
    await this.#prepareTls();
    this.#isTlsReady = true;
  }

  /** Begins to connect to one address of the origin. */
  open(
    origin: Origin,
    address: string,
    grantee: Grantee | undefined,
    user: OpeningUser,
    parts: EdgeParts,
  ): Upstream {
    const upstream = new Upstream(
      origin,
      user,
      parts,
      (handler) => this.#driver.connect(origin.addressOf(address), handler),
    );
    upstream.clearance = this.#gate.clear(address, grantee);
    return upstream;
  }

  /** Says how many requests wait for something that shares the isolate with the driver. */
  waitingElsewhere(change: 1 | -1): void {
    this.#driver.waitingElsewhere(change);
  }

  /** Says how many requests wait for the end of a turn of the event loop. */
  waitingForTurn(change: 1 | -1): void {
    this.#driver.waitingForTurn(change);
  }
}

const UNIX: Reach = { kind: "addresses", ips: [""] };
const NOWHERE: Reach = { kind: "addresses", ips: [] };

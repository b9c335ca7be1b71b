/** Opens connections to origins. Owner: the edge; a connection belongs to the exchange that asked for it. */
import type { Driver } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Origin } from "./origin.ts";
import type { Resolution, Resolver } from "./resolver.ts";
import { type OpeningUser, Upstream } from "./upstream.ts";

/** Opens connections. */
export class Dialler {
  readonly #driver: Driver;
  readonly #resolver: Resolver;
  readonly #prepareTls: () => Promise<void>;
  #isTlsReady = false;

  /** Connects through this driver. */
  constructor(
    driver: Driver,
    resolver: Resolver,
    prepareTls: () => Promise<void>,
  ) {
    this.#driver = driver;
    this.#resolver = resolver;
    this.#prepareTls = prepareTls;
  }

  /** Where the origin can be reached, in the order to try; empty when its name has no address. */
  addressesOf(
    origin: Origin,
  ): readonly string[] | Promise<readonly string[]> {
    const { place } = origin;
    if (place.kind === "unix") return UNIX;
    if (place.kind === "https" && !this.#isTlsReady) {
      return this.#prepared().then(() => this.addressesOf(origin));
    }
    const resolution = this.#resolver.resolve(place.hostname);
    return resolution instanceof Promise
      ? resolution.then(ipsOf)
      : ipsOf(resolution);
  }

  async #prepared(): Promise<void> {
    await this.#prepareTls();
    this.#isTlsReady = true;
  }

  /** Begins to connect to one address of the origin. */
  open(
    origin: Origin,
    address: string,
    user: OpeningUser,
    parts: EdgeParts,
  ): Upstream {
    return new Upstream(
      origin,
      user,
      parts,
      (handler) => this.#driver.connect(origin.addressOf(address), handler),
    );
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

function ipsOf(resolution: Resolution): readonly string[] {
  return resolution.kind === "resolved" ? resolution.ips : [];
}

const UNIX: readonly string[] = [""];

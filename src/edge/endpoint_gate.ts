/**
 * Holds connections to backends to the rule for where backends may be: names are looked up anew all the time, so what
 * was checked when a backend registered says little of where its name leads now. A connection that waits is asked for
 * once for each registration and each change of the rule, so requests on it cost a comparison.
 */
import { type Grantee, grantOf } from "../engine/endpoint_grant.ts";
import type { EndpointRule } from "../trust_ports.ts";
import type { OriginPlace } from "./origin.ts";

/** For whom a connection to an address was let through, and under which state of the rule. */
export interface Clearance {
  readonly ip: string;
  readonly grantee: Grantee | undefined;
  readonly age: number;
}

/** Where an origin may be connected to: addresses in the order to try, or why at none of those that its name has. */
export type Reach =
  | {
    readonly kind: "addresses";
    readonly ips: readonly string[];
    /** Under which state of the rule; absent where it was not asked. */
    readonly age?: number;
  }
  | { readonly kind: "refused"; readonly why: string };

/** What is let through, by the rule if there is one. */
export class EndpointGate {
  readonly #rule: EndpointRule | undefined;
  #age = 0;

  /** Lets everything through without a rule. */
  constructor(rule: EndpointRule | undefined) {
    this.#rule = rule;
  }

  /** The rule may have changed: what was let through before is asked for again. */
  renew(): void {
    this.#age++;
  }

  /** Those of the addresses that may be connected to; why not, when that is none of them. */
  reachOf(
    place: OriginPlace,
    ips: readonly string[],
    grantee: Grantee | undefined,
  ): Reach {
    let why: string | undefined;
    const allowed = ips.filter((ip) => {
      const refusal = this.#refusal(place, ip, grantee);
      why ??= refusal;
      return refusal === undefined;
    });
    return allowed.length === 0 && why !== undefined
      ? { kind: "refused", why }
      : { kind: "addresses", ips: allowed, age: this.#age };
  }

  /** Whether what was said in this state of the rule still holds. */
  isCurrent(age: number | undefined): boolean {
    return age === undefined || age === this.#age;
  }

  /** Lets a connection through to an address that may be connected to. */
  clear(ip: string, grantee: Grantee | undefined): Clearance {
    return { ip, grantee, age: this.#age };
  }

  /** The clearance with which a connection may be used for this registration; undefined when it may not. */
  renewed(
    clearance: Clearance,
    place: OriginPlace,
    grantee: Grantee | undefined,
  ): Clearance | undefined {
    const isSame = clearance.grantee === grantee &&
      clearance.age === this.#age;
    if (isSame || this.#rule === undefined) return clearance;
    const { ip } = clearance;
    return this.#refusal(place, ip, grantee) === undefined
      ? this.clear(ip, grantee)
      : undefined;
  }

  #refusal(
    place: OriginPlace,
    ip: string,
    grantee: Grantee | undefined,
  ): string | undefined {
    // Whoever has no registration is of our own house.
    if (place.kind === "unix" || grantee === undefined) return undefined;
    const { hostname: host, port } = place;
    return this.#rule?.refusal({ host, ip, port }, grantOf(grantee));
  }
}

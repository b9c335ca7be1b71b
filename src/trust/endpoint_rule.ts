/**
 * Where backends may be. Whoever registers one chooses where requests go, with whatever callers put into them, so the
 * choice is held to this rule: at registration and again for every address that is connected to. Owner of nothing but
 * the configured list.
 */
import { AddressRanges, canonicalAddress } from "../config/address_ranges.ts";
import { isLoopbackAddress } from "../config/public_address.ts";
import type {
  EndpointAddress,
  EndpointGrant,
  EndpointRule,
} from "../trust_ports.ts";
import { AllowList } from "./allow_list.ts";
import { addressesIn, FORBIDDEN_RANGES } from "./forbidden_ranges.ts";

/** Where this server can be reached itself, which must not be a backend of it. */
export interface OwnPlaces {
  /** What it listens on; asked each time, because ports are known late. */
  listeners(): readonly { readonly hostname: string; readonly port: number }[];
  /** Addresses of the machine; none where they can't be had. */
  addresses(): readonly string[];
}

/** Private networks (RFC 1918, RFC 6598, RFC 4193), where backends are unless the configuration says otherwise. */
const PRIVATE = new AddressRanges([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
]);

/** The rule of one server; its list can be replaced. */
export class AllowedEndpoints implements EndpointRule {
  readonly #own: OwnPlaces;
  #listed: AllowList;

  /** @param endpointAllow As `endpoint_allow` has it; empty for the default. */
  constructor(endpointAllow: readonly string[], own: OwnPlaces) {
    this.#own = own;
    this.#listed = new AllowList(endpointAllow);
  }

  /** Goes by another list from now on. */
  configure(endpointAllow: readonly string[]): void {
    this.#listed = new AllowList(endpointAllow);
  }

  refusal(
    { host, ip, port }: EndpointAddress,
    grant: EndpointGrant,
  ): string | undefined {
    const addresses = addressesIn(ip);
    if (addresses === undefined) return `"${ip}" is no address`;
    const [address = ip] = addresses;
    const place = host === address ? address : `${host} (${address})`;
    const lists = [this.#listed, new AllowList(grant.endpointAllow)];
    for (const each of addresses) {
      const what = forbiddenAs(each, port, lists);
      if (what !== undefined) {
        return `${place} is ${what}; to allow it: ${this.#lineFor(each)}`;
      }
      const isNamed = lists.some((list) => list.includesPort(host, each, port));
      if (!isNamed && this.#isOwn(each, port)) {
        return `${place} port ${port} is where this server itself listens`;
      }
    }
    if (lists.some((list) => list.includes(host, address, port))) {
      return undefined;
    }
    const because = this.#listed.isEmpty
      ? outsideDefault(address, grant.registeredFrom)
      : "not in endpoint_allow";
    return because === undefined
      ? undefined
      : `${place} is ${because}; to allow it: ${this.#lineFor(address)}`;
  }

  /** The line of server.yml that would allow the address. */
  #lineFor(address: string): string {
    const line = `endpoint_allow: ["${address}"]`;
    return this.#listed.isEmpty ? line + INSTEAD : line;
  }

  /** Whether one of our listeners takes connections to it. */
  #isOwn(address: string, port: number): boolean {
    return this.#own.listeners().some((listener) =>
      listener.port === port && this.#isAt(listener.hostname, address)
    );
  }

  #isAt(hostname: string, address: string): boolean {
    const isIpv6 = address.includes(":");
    switch (hostname) {
      case "0.0.0.0":
        return !isIpv6 && this.#isOfMachine(address);
      case "::":
        return this.#isOfMachine(address);
      case "localhost":
        return isLoopbackAddress(address);
      default:
        return canonicalAddress(hostname) === address;
    }
  }

  #isOfMachine(address: string): boolean {
    return isLoopbackAddress(address) ||
      this.#own.addresses().some((own) => canonicalAddress(own) === address);
  }
}

/** A list takes the place of the default as a whole, so whoever adds a line must know that. */
const INSTEAD =
  " (with the private ranges that backends are in, because the list takes the place of the default)";

/** What the address is that it must not be; undefined when it is none of those, or a list names it outright. */
function forbiddenAs(
  address: string,
  port: number,
  lists: readonly AllowList[],
): string | undefined {
  return RANGES.find(({ ranges, forbidden }) =>
    ranges.includes(address) &&
    !lists.some((list) => list.opens(forbidden, address, port))
  )?.forbidden.what;
}

const RANGES = FORBIDDEN_RANGES.map((forbidden) => ({
  forbidden,
  ranges: new AddressRanges([forbidden.range]),
}));

/** Why the address is not where backends are by default; undefined when it is. */
function outsideDefault(
  address: string,
  registeredFrom: string,
): string | undefined {
  if (isLoopbackAddress(address)) {
    return isLoopbackAddress(registeredFrom)
      ? undefined
      : "loopback, which the backend did not register from";
  }
  if (PRIVATE.includes(address)) return undefined;
  const from = canonicalAddress(registeredFrom);
  if (from === address) return undefined;
  return `neither private nor the address that the backend registered from${
    from === undefined ? "" : ` (${from})`
  }`;
}

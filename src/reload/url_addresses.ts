/**
 * Where a URL leads to, decided before anything is sent: the name is resolved once, every address is checked, and only
 * a checked one is connected to. A name whose answer changes in between (DNS rebinding) changes nothing then.
 */
import { AddressRanges } from "../config/address_ranges.ts";
import {
  isLoopbackAddress,
  isPublicAddress,
} from "../config/public_address.ts";

/** Resolves a name to its addresses, at least one; rejects when it has none. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** Addresses that may be connected to, or why none may. */
export type CheckedAddresses =
  | { readonly kind: "allowed"; readonly addresses: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Addresses of one name that are tried; a name with more has them for other callers. */
const ADDRESSES_MAX = 4;

/**
 * The addresses behind a URL. `allow` holds addresses and ranges that may be private or reserved; this machine may be
 * meant by its address or as `localhost`, but not by a name of somebody else's choice.
 */
export async function checkedAddresses(
  url: URL,
  allow: readonly string[],
  resolve: ResolveName,
): Promise<CheckedAddresses> {
  const host = hostOf(url);
  const meansThisMachine = isThisMachine(url);
  if (url.protocol !== "https:" && !meansThisMachine) {
    return refused("it is not https, which only this machine may do without");
  }
  const addresses = isAddressHost(host)
    ? [host]
    : await resolve(host).catch(() => []);
  if (addresses.length === 0) return refused(`"${host}" has no address`);
  const allowed = new AddressRanges(allow);
  const forbidden = addresses.find((address) =>
    !isPublicAddress(address) && !allowed.includes(address) &&
    !(meansThisMachine && isLoopbackAddress(address))
  );
  if (forbidden !== undefined) {
    return refused(
      `it leads to ${forbidden}, which is no public address and not in config_url_allow`,
    );
  }
  return { kind: "allowed", addresses: addresses.slice(0, ADDRESSES_MAX) };
}

/** The host without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function isThisMachine(url: URL): boolean {
  const host = hostOf(url);
  return host === "localhost" || isLoopbackAddress(host);
}

function isAddressHost(host: string): boolean {
  return /^[0-9.]+$/.test(host) || host.includes(":");
}

function refused(reason: string): CheckedAddresses {
  return { kind: "refused", reason };
}

/** Whether an address is one of the public Internet. Here and not in a pure room, because reading IPv6 takes a package. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { AddressRanges } from "./address_ranges.ts";

/**
 * Services of cloud providers for their own machines at public addresses: Azure's wire server, which hands out secrets.
 * All other providers' metadata services are at link-local, unique local or shared addresses.
 */
const METADATA = new AddressRanges(["168.63.129.16"]);

/** Whether the address is a public unicast one; an IPv4-mapped IPv6 address is the IPv4 address. */
export function isPublicAddress(ip: string): boolean {
  return rangeOf(ip) === "unicast" && !METADATA.includes(ip);
}

/** Whether the address is this machine. */
export function isLoopbackAddress(ip: string): boolean {
  return rangeOf(ip) === "loopback";
}

/** `isIP` first, because the parser takes octal and more; addresses that hold another one (NAT64, 6to4, Teredo) have names of their own. */
function rangeOf(ip: string): string | undefined {
  return isIP(ip) === 0 ? undefined : ipaddr.process(ip).range();
}

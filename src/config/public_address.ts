/** Whether an address is one of the public Internet. Here and not in a pure room, because reading IPv6 takes a package. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { AddressRanges } from "./address_ranges.ts";
import { readIpv6 } from "./read_ipv6.ts";

/**
 * Services of cloud providers for their own machines at public addresses: Azure's wire server, which hands out secrets.
 * All other providers' metadata services are at link-local, unique local or shared addresses.
 */
const METADATA = new AddressRanges(["168.63.129.16"]);

/**
 * All of IPv6 that is given out for global unicast (IANA, RFC 4291 section 2.4). What lies outside and has no name is
 * reserved, or an IPv4 address in the deprecated form `::a.b.c.d` (section 2.5.5.1).
 */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether the address is a public unicast one; an IPv4-mapped IPv6 address is the IPv4 address. */
export function isPublicAddress(ip: string): boolean {
  const address = addressOf(ip);
  return address?.range() === "unicast" && !METADATA.includes(ip) &&
    !(address instanceof ipaddr.IPv6 && !address.match(GLOBAL_IPV6));
}

/** Whether the address is this machine. */
export function isLoopbackAddress(ip: string): boolean {
  return addressOf(ip)?.range() === "loopback";
}

/** `isIP` first, because the parser takes octal and more; addresses that hold another one (NAT64, 6to4, Teredo) have ranges of their own. */
function addressOf(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (isIP(ip) === 4) return ipaddr.IPv4.parse(ip);
  const address = readIpv6(ip);
  return address?.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

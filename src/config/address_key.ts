/** What counts as one caller: an IPv4 address, or the network of 64 bits that one IPv6 customer usually has. */
import { canonicalAddress, ipv4Bits } from "./address_ranges.ts";
import { readIpv6 } from "./read_ipv6.ts";

/** One caller, for counting. */
export interface AddressKey {
  /** The first 32 bits of an IPv6 address, 0 of an IPv4 address. */
  readonly high: number;
  /** The next 32 bits of an IPv6 address, all of an IPv4 address. */
  readonly low: number;
  /** The same as text, for maps. */
  readonly group: string;
}

/**
 * The key of an address; an IPv4-mapped IPv6 address is the IPv4 address. IPv6 networks that begin with 32 zero bits
 * share keys with IPv4: no caller can come from them (RFC 4291, section 2.5). Everything that is no address shares one
 * key, as nothing tells its callers apart.
 */
export function addressKeyOf(ip: string): AddressKey {
  const bits = ipv4Bits(ip);
  if (bits !== undefined) return { high: 0, low: bits, group: ip };
  const canonical = canonicalAddress(ip);
  if (canonical === undefined) return NO_ADDRESS;
  const mapped = ipv4Bits(canonical);
  if (mapped !== undefined) return { high: 0, low: mapped, group: canonical };
  const parts = readIpv6(canonical)?.parts ?? [];
  const [first = 0, second = 0, third = 0, fourth = 0] = parts;
  const high = first << 16 | second;
  const low = third << 16 | fourth;
  return { high, low, group: `${high}:${low}` };
}

const NO_ADDRESS: AddressKey = { high: -1, low: -1, group: "" };

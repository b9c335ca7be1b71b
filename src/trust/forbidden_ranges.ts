/**
 * Where no backend is unless somebody says so outright: addresses that hand out secrets, or that are nobody's own. Data,
 * and which addresses stand behind one that holds another.
 */
import { canonicalAddress } from "../config/address_ranges.ts";
import { readIpv6 } from "../config/read_ipv6.ts";

/** One range, and what it is. */
export interface ForbiddenRange {
  readonly range: string;
  /** As the end of "is …". */
  readonly what: string;
}

/**
 * The ranges (IANA special-purpose registries). Services of cloud providers for their own machines stand apart from the
 * ranges around them, so that whoever opens link-local addresses does not open those that hand out credentials.
 */
export const FORBIDDEN_RANGES: readonly ForbiddenRange[] = [
  ...ranges("a cloud provider's metadata service", [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.42.42",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:42::42",
  ]),
  ...ranges("link-local", ["169.254.0.0/16", "fe80::/10"]),
  ...ranges("unspecified", ["0.0.0.0/8", "::"]),
  ...ranges("multicast", ["224.0.0.0/4", "ff00::/8"]),
  ...ranges("broadcast", ["255.255.255.255"]),
];

/**
 * The address in its canonical form, and the IPv4 address that it holds if it holds one, because a translator on the way
 * may connect to that: IPv4-compatible (RFC 4291), IPv4-translated (RFC 7915), NAT64 (RFC 6052, RFC 8215), 6to4
 * (RFC 3056). Undefined for what is no address.
 */
export function addressesIn(ip: string): readonly string[] | undefined {
  const address = canonicalAddress(ip);
  if (address === undefined) return undefined;
  const held = heldIpv4(address);
  return held === undefined ? [address] : [address, held];
}

function heldIpv4(address: string): string | undefined {
  const groups = readIpv6(address)?.parts;
  if (groups === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, high = 0, low = 0] = groups;
  if (a === 0x2002) return dotted(b, c);
  const isNat64 = a === 0x64 && b === 0xff9b;
  if (isNat64) return dotted(high, low);
  if (a !== 0 || b !== 0 || c !== 0 || d !== 0) return undefined;
  const isTranslated = e === 0xffff && f === 0;
  // ::1 and :: are addresses of their own.
  const isCompatible = e === 0 && f === 0 && (high !== 0 || low > 1);
  return isTranslated || isCompatible ? dotted(high, low) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

function ranges(what: string, all: readonly string[]): ForbiddenRange[] {
  return all.map((range) => ({ range, what }));
}

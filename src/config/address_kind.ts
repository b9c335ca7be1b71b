/**
 * What an address is for: whether it is one machine's on the Internet, and may have a place there. Here and not in a pure
 * room, because reading IPv6 addresses takes a package.
 */
import { ipv4Bits } from "./address_ranges.ts";
import { readIpv6 } from "./read_ipv6.ts";

/** What an address is for. */
export type AddressKind =
  /** A machine on the Internet; an address that holds an IPv4 one is that one. */
  | { readonly kind: "public"; readonly ip: string }
  /** A machine near the one that sees it, or behind the same provider. */
  | { readonly kind: "local"; readonly what: string }
  /** No machine. */
  | { readonly kind: "reserved"; readonly what: string };

/** What the address is for, `what` as in "a … address"; undefined for what is no address. A zone is passed over. */
export function addressKind(text: string): AddressKind | undefined {
  const bits = ipv4Bits(text);
  if (bits !== undefined) return ipv4Kind(bits);
  const zone = text.indexOf("%");
  const address = readIpv6(zone === -1 ? text : text.slice(0, zone));
  if (address === undefined) return undefined;
  const { parts } = address;
  if (address.isIPv4MappedAddress()) return ipv4Kind(bitsAt(parts, 6));
  const heldAt = heldIpv4At(parts);
  if (heldAt !== undefined) {
    const held = ipv4Kind(bitsAt(parts, heldAt));
    return held.kind === "public" ? held : RESERVED;
  }
  const isLoopback = parts.every((part, at) => part === (at === 7 ? 1 : 0));
  if (isLoopback) return { kind: "local", what: "loopback" };
  return kindIn(IPV6_RANGES, bitsAt(parts, 0)) ??
    { kind: "public", ip: address.toRFC5952String() };
}

/** A range that its first 32 bits tell. */
interface Range {
  readonly network: number;
  readonly mask: number;
  readonly kind: AddressKind;
}

const RESERVED: AddressKind = { kind: "reserved", what: "reserved" };

/** The IANA registry of special IPv4 addresses, and multicast. */
const IPV4_RANGES: readonly Range[] = [
  ...ipv4("local", "private", [
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
  ]),
  ...ipv4("local", "loopback", [["127.0.0.0", 8]]),
  ...ipv4("local", "link-local", [["169.254.0.0", 16]]),
  ...ipv4("local", "shared (carrier-grade NAT)", [["100.64.0.0", 10]]),
  ...ipv4("reserved", "documentation", [
    ["192.0.2.0", 24],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
  ]),
  ...ipv4("reserved", "multicast", [["224.0.0.0", 4]]),
  ...ipv4("reserved", "benchmark", [["198.18.0.0", 15]]),
  ...ipv4("reserved", "reserved", [
    ["0.0.0.0", 8],
    ["192.0.0.0", 24],
    ["192.88.99.0", 24],
    ["240.0.0.0", 4],
  ]),
];

/** The same of IPv6. What is handed out lies in 2000::/3, and the first of the ranges for all else that holds it counts. */
const IPV6_RANGES: readonly Range[] = [
  ...ipv6("local", "private", [[0xfc000000, 7], [0xfec00000, 10]]),
  ...ipv6("local", "link-local", [[0xfe800000, 10]]),
  ...ipv6("reserved", "documentation", [[0x20010db8, 32], [0x3fff0000, 20]]),
  ...ipv6("reserved", "multicast", [[0xff000000, 8]]),
  ...ipv6("reserved", "reserved", [
    [0x20010000, 23],
    [0x00000000, 3],
    [0x40000000, 2],
    [0x80000000, 1],
  ]),
];

function ipv4(
  kind: "local" | "reserved",
  what: string,
  ranges: readonly (readonly [string, number])[],
): Range[] {
  return ranges.map(([network, prefix]) =>
    range(ipv4Bits(network) ?? 0, prefix, { kind, what })
  );
}

function ipv6(
  kind: "local" | "reserved",
  what: string,
  ranges: readonly (readonly [number, number])[],
): Range[] {
  return ranges.map(([bits, prefix]) => range(bits, prefix, { kind, what }));
}

function range(network: number, prefix: number, kind: AddressKind): Range {
  return { network, mask: -1 << (32 - prefix), kind };
}

/**
 * Where an address of 6to4 (RFC 3056) or of a translator (NAT64, RFC 6052) has its IPv4 address; undefined for any other.
 * Neither is a way to reach an address that is not public.
 */
function heldIpv4At(parts: readonly number[]): number | undefined {
  if (parts[0] === 0x2002) return 1;
  const isTranslated = parts[0] === 0x64 && parts[1] === 0xff9b &&
    parts.slice(2, 6).every((part) => part === 0);
  return isTranslated ? 6 : undefined;
}

function ipv4Kind(bits: number): AddressKind {
  return kindIn(IPV4_RANGES, bits) ?? { kind: "public", ip: dotted(bits) };
}

function kindIn(
  ranges: readonly Range[],
  bits: number,
): AddressKind | undefined {
  return ranges.find(({ network, mask }) => ((bits ^ network) & mask) === 0)
    ?.kind;
}

function dotted(bits: number): string {
  return [bits >>> 24, bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff]
    .join(".");
}

/** 32 bits from the group at an index on. */
function bitsAt(groups: readonly number[], index: number): number {
  const [high = 0, low = 0] = groups.slice(index, index + 2);
  return (high << 16) | low;
}

/**
 * Ranges of addresses, and whether an address is in one of them. Owns the ranges it was made of; the configuration
 * bounds their number. Here and not in a pure room, because reading IPv6 addresses takes a package.
 */
import type ipaddr from "ipaddr.js";
import { readIpv6 } from "./read_ipv6.ts";

/** Addresses and CIDR ranges, both families; an IPv4-mapped IPv6 address is the IPv4 address. */
export class AddressRanges {
  readonly #ipv4: readonly Ipv4Range[];
  readonly #ipv6: readonly Ipv6Range[];

  /** Throws a `TypeError` when one of them is neither an address nor a CIDR range. */
  constructor(ranges: readonly string[]) {
    const read = ranges.map(rangeOf);
    this.#ipv4 = read.filter((range) => range.kind === "ipv4");
    this.#ipv6 = read.filter((range) => range.kind === "ipv6");
  }

  /** Whether no address is in it, so that none needs to be looked up. */
  get isEmpty(): boolean {
    return this.#ipv4.length === 0 && this.#ipv6.length === 0;
  }

  /** Whether the address is in one of the ranges; a zone is passed over, and what is no address is in none. */
  includes(ip: string): boolean {
    const bits = ipv4Bits(ip);
    if (bits !== undefined) return this.#includesIpv4(bits);
    const address = readIpv6(withoutZone(ip));
    if (address === undefined) return false;
    return address.isIPv4MappedAddress()
      ? this.#includesIpv4(mappedBits(address))
      : this.#ipv6.some(({ network, prefix }) =>
        address.match(network, prefix)
      );
  }

  #includesIpv4(bits: number): boolean {
    return this.#ipv4.some(({ network, mask }) =>
      ((bits ^ network) & mask) === 0
    );
  }
}

/**
 * The one way to write an address: IPv4-mapped IPv6 addresses as IPv4, IPv6 as RFC 5952 says, without zone. Undefined
 * for what is no address.
 */
export function canonicalAddress(ip: string): string | undefined {
  if (ipv4Bits(ip) !== undefined) return ip;
  const address = readIpv6(withoutZone(ip));
  if (address === undefined) return undefined;
  return address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.toRFC5952String();
}

/** Network and mask as 32-bit numbers: most addresses are IPv4, and they are looked up with every request. */
interface Ipv4Range {
  readonly kind: "ipv4";
  readonly network: number;
  readonly mask: number;
}

interface Ipv6Range {
  readonly kind: "ipv6";
  readonly network: ipaddr.IPv6;
  readonly prefix: number;
}

const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** Bits before the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX_BITS = 96;

function rangeOf(text: string): Ipv4Range | Ipv6Range {
  const [ip = "", length, ...rest] = text.split("/");
  if (rest.length > 0) throw notARange(text);
  const bits = ipv4Bits(ip);
  if (bits !== undefined) {
    return ipv4Range(bits, prefixOf(length, IPV4_BITS, text));
  }
  const network = readIpv6(ip);
  if (network === undefined) throw notARange(text);
  const prefix = prefixOf(length, IPV6_BITS, text);
  return network.isIPv4MappedAddress()
    ? ipv4Range(mappedBits(network), Math.max(0, prefix - MAPPED_PREFIX_BITS))
    : { kind: "ipv6", network, prefix };
}

function ipv4Range(network: number, prefix: number): Ipv4Range {
  // A shift by 32 is a shift by 0.
  const mask = prefix === 0 ? 0 : -1 << (IPV4_BITS - prefix);
  return { kind: "ipv4", network, mask };
}

function prefixOf(length: string | undefined, most: number, text: string) {
  if (length === undefined) return most;
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  if (!(prefix <= most)) throw notARange(text);
  return prefix;
}

/** An IPv4 address as a number of 32 bits; undefined for any other text. No leading zeros, which some read as octal. */
export function ipv4Bits(text: string): number | undefined {
  let bits = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (part < 0 || ++dots > 3) return undefined;
      bits = (bits << 8) | part;
      part = -1;
    } else if (code >= ZERO && code <= NINE && part !== 0) {
      part = part < 0 ? code - ZERO : part * 10 + code - ZERO;
      if (part > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return dots === 3 && part >= 0 ? (bits << 8) | part : undefined;
}

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function mappedBits(address: ipaddr.IPv6): number {
  const [high = 0, low = 0] = address.parts.slice(-2);
  return (high << 16) | low;
}

/** Link-local callers arrive with the zone of our own interface, which is no part of what was configured. */
function withoutZone(ip: string): string {
  const zone = ip.indexOf("%");
  return zone === -1 ? ip : ip.slice(0, zone);
}

function notARange(text: string): TypeError {
  return new TypeError(
    `Cannot read "${text}": wanted an address or a CIDR range such as "10.0.0.0/8"`,
  );
}

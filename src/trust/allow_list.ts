/** A list of where backends may be: addresses, ranges and host names as the configuration or a credential has them. */
import { isAddressRange } from "../config/address.ts";
import { AddressRanges, canonicalAddress } from "../config/address_ranges.ts";
import { FORBIDDEN_RANGES, type ForbiddenRange } from "./forbidden_ranges.ts";

/** One list; whoever wrote it bounds its length. */
export class AllowList {
  readonly #ranges: AddressRanges;
  readonly #names: ReadonlySet<string>;
  /** Addresses and names that are allowed with one port. */
  readonly #places: ReadonlySet<string>;
  readonly #opened: ReadonlyMap<ForbiddenRange, AddressRanges>;

  /** What is no address, no range and has no port is taken for a host name. */
  constructor(entries: readonly string[]) {
    const ranges = entries.filter(isAddressRange);
    this.#ranges = new AddressRanges(ranges);
    const others = entries.filter((entry) => !isAddressRange(entry));
    this.#names = new Set(
      others.filter((o) => !HAS_PORT.test(o)).map(plainName),
    );
    this.#places = new Set(others.filter((o) => HAS_PORT.test(o)).map(placeOf));
    this.#opened = openedBy(ranges);
  }

  /** Whether nothing is in it. */
  get isEmpty(): boolean {
    return this.#ranges.isEmpty && this.#names.size === 0 &&
      this.#places.size === 0;
  }

  /** Whether it has the address, or the name that the address was found for, with any port or with this one. */
  includes(host: string, ip: string, port: number): boolean {
    return this.#ranges.includes(ip) || this.#names.has(plainName(host)) ||
      this.includesPort(host, ip, port);
  }

  /** Whether it has the address or the name with this very port. */
  includesPort(host: string, ip: string, port: number): boolean {
    return this.#places.size > 0 &&
      (this.#places.has(`${port} ${ip}`) ||
        this.#places.has(`${port} ${plainName(host)}`));
  }

  /**
   * Whether it names a forbidden address outright: by a range that holds nothing but such, or with this port.
   * `0.0.0.0/0` and a name say nothing of them, since whoever writes those thinks of the rest.
   */
  opens(forbidden: ForbiddenRange, ip: string, port: number): boolean {
    return this.#opened.get(forbidden)?.includes(ip) === true ||
      this.includesPort(ip, ip, port);
  }
}

function openedBy(
  ranges: readonly string[],
): ReadonlyMap<ForbiddenRange, AddressRanges> {
  const opened = new Map<ForbiddenRange, AddressRanges>();
  for (const forbidden of FORBIDDEN_RANGES) {
    const within = ranges.filter((range) => isWithin(range, forbidden.range));
    if (within.length > 0) opened.set(forbidden, new AddressRanges(within));
  }
  return opened;
}

function isWithin(inner: string, outer: string): boolean {
  const [address = ""] = inner.split("/");
  return new AddressRanges([outer]).includes(address) &&
    prefixOf(inner) >= prefixOf(outer);
}

const IPV6_BITS = 128;
/** Bits of an IPv4-mapped address (RFC 4291, section 2.5.5.2) before the IPv4 address. */
const MAPPED_BITS = 96;

/** The length of the prefix; of IPv4 that of the mapped address. */
function prefixOf(range: string): number {
  const [address = "", length] = range.split("/");
  if (length === undefined) return IPV6_BITS;
  return address.includes(":") ? Number(length) : MAPPED_BITS + Number(length);
}

const HAS_PORT = /:\d{1,5}$/;

/** An entry with a port, as it is asked for. */
function placeOf(entry: string): string {
  const at = entry.lastIndexOf(":");
  const host = entry.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  return `${Number(entry.slice(at + 1))} ${
    canonicalAddress(host) ?? plainName(host)
  }`;
}

/** A name is the same in any case and with the dot of the root (RFC 4343, RFC 1034 section 3.1). */
function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

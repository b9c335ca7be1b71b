/** The addresses that may call. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { type Problem, problem } from "./problems.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Addresses and CIDR ranges, both families; an IPv4-mapped IPv6 address is the IPv4 address. */
export class AddressRule {
  readonly #ranges: readonly Range[];

  /** No ranges allow everyone; throws a `TypeError` when one is not an address or CIDR range. */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map(rangeOf);
  }

  /** Whether everyone may call, so that nobody's address needs to be looked up. */
  get isOpen(): boolean {
    return this.#ranges.length === 0;
  }

  /** Why a caller from this address is refused, or undefined when it is not. */
  refusal(ip: string): Problem | undefined {
    if (this.isOpen || this.#allows(ip)) return undefined;
    const shown = ip === "" ? "unknown" : ip;
    return problem("address_not_allowed", `Address not allowed: ${shown}`);
  }

  #allows(ip: string): boolean {
    const address = addressOf(withoutZone(ip));
    return address !== undefined &&
      this.#ranges.some(([network, bits]) =>
        network.kind() === address.kind() && address.match(network, bits)
      );
  }
}

/** Bits before the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX_BITS = 96;

function rangeOf(text: string): Range {
  const [ip = "", bits, ...rest] = text.split("/");
  const network = addressOf(ip);
  if (network === undefined || rest.length > 0) throw notARange(text);
  const bitsWritten = isIP(ip) === 4 ? 32 : 128;
  const isMapped = bitsWritten === 128 && network.kind() === "ipv4";
  const skipped = isMapped ? MAPPED_PREFIX_BITS : 0;
  if (bits === undefined) return [network, bitsWritten - skipped];
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (!(prefix <= bitsWritten)) throw notARange(text);
  return [network, Math.max(0, prefix - skipped)];
}

/** `isIP` first, because the parser takes more than addresses: octal and hexadecimal parts, fewer than four. */
function addressOf(ip: string): Address | undefined {
  return isIP(ip) === 0 ? undefined : ipaddr.process(ip);
}

/** Link-local callers arrive with the zone of our own interface, which is no part of what was configured. */
function withoutZone(ip: string): string {
  const zone = ip.indexOf("%");
  return zone === -1 ? ip : ip.slice(0, zone);
}

function notARange(text: string): TypeError {
  return new TypeError(
    `Cannot allow "${text}": wanted an address or a CIDR range such as "10.0.0.0/8"`,
  );
}

/**
 * Socket addresses as the kernel lays them out: sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)) and sockaddr_un
 * (unix(7)). Pure: bytes in, values out.
 */
import ipaddr from "ipaddr.js";
import { AF_INET, AF_INET6, AF_UNIX } from "./socket_constants.ts";

/** An address and a port. */
export interface InternetAddress {
  /** Without zone; IPv4-mapped IPv6 addresses as IPv4. */
  readonly ip: string;
  readonly port: number;
}

/** The longest internet address, a sockaddr_in6. */
export const INTERNET_ADDRESS_BYTES_MAX = 28;

/** What sun_path holds, less the zero at its end. */
export const UNIX_PATH_BYTES_MAX = 107;

const SOCKADDR_IN_BYTES = 16;
const PORT_MAX = 65_535;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A sockaddr_in or sockaddr_in6. Throws a TypeError for what is no address without zone, a RangeError for a port. */
export function encodeInternetAddress(
  { ip, port }: InternetAddress,
): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) {
    throw new RangeError(`A port must be 0 to ${PORT_MAX}, found ${port}`);
  }
  const bytes = ipBytes(ip);
  const isIpv4 = bytes.length === 4;
  const address = new Uint8Array(
    isIpv4 ? SOCKADDR_IN_BYTES : INTERNET_ADDRESS_BYTES_MAX,
  );
  setFamily(address, isIpv4 ? AF_INET : AF_INET6);
  address[2] = port >> 8;
  address[3] = port & 0xff;
  // A sockaddr_in6 has the flow label in between, which stays zero.
  address.set(bytes, isIpv4 ? 4 : 8);
  return address;
}

/** Reads a sockaddr_in or sockaddr_in6; undefined for other families. */
export function decodeInternetAddress(
  address: Uint8Array,
): InternetAddress | undefined {
  const port = byteAt(address, 2) << 8 | byteAt(address, 3);
  const family = familyOf(address);
  if (family === AF_INET) return { ip: ipv4At(address, 4), port };
  if (family !== AF_INET6) return undefined;
  return isMapped(address)
    ? { ip: ipv4At(address, 20), port }
    : { ip: ipv6At(address, 8), port };
}

/** A sockaddr_un. Throws a TypeError for a path that it can't hold. */
export function encodeUnixAddress(path: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(path);
  if (
    bytes.length === 0 || bytes.length > UNIX_PATH_BYTES_MAX ||
    bytes.includes(0)
  ) {
    throw new TypeError(
      `The path of a unix socket must be 1 to ${UNIX_PATH_BYTES_MAX} bytes without zeros, found ${
        JSON.stringify(path)
      }`,
    );
  }
  const address = new Uint8Array(2 + bytes.length + 1);
  setFamily(address, AF_UNIX);
  address.set(bytes, 2);
  return address;
}

function ipBytes(ip: string): readonly number[] {
  if (ipaddr.IPv4.isValidFourPartDecimal(ip)) {
    return ipaddr.IPv4.parse(ip).toByteArray();
  }
  if (ip.includes(":") && !ip.includes("%") && ipaddr.IPv6.isValid(ip)) {
    return ipaddr.IPv6.parse(ip).toByteArray();
  }
  throw new TypeError(
    `Expected an IP address without zone, found ${JSON.stringify(ip)}`,
  );
}

function setFamily(address: Uint8Array, family: number): void {
  address[LITTLE_ENDIAN ? 0 : 1] = family;
}

function familyOf(address: Uint8Array): number {
  return byteAt(address, LITTLE_ENDIAN ? 0 : 1);
}

function isMapped(address: Uint8Array): boolean {
  for (let at = 8; at < 18; at++) if (address[at] !== 0) return false;
  return address[18] === 0xff && address[19] === 0xff;
}

function ipv4At(address: Uint8Array, at: number): string {
  return `${byteAt(address, at)}.${byteAt(address, at + 1)}.${
    byteAt(address, at + 2)
  }.${byteAt(address, at + 3)}`;
}

function ipv6At(address: Uint8Array, at: number): string {
  return new ipaddr.IPv6([...address.subarray(at, at + 16)])
    .toRFC5952String();
}

function byteAt(address: Uint8Array, at: number): number {
  return address[at] ?? 0;
}

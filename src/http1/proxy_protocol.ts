/**
 * The PROXY protocol, versions 1 and 2: what a proxy says before the first byte of a connection about who made it.
 * Source: "The PROXY protocol" of HAProxy, doc/proxy-protocol.txt, sections 2.1 and 2.2. Bounded by {@link HEADER_BYTES_MAX}.
 */
import { isIpv4, isIpv6 } from "./host.ts";
import { octetsOf, textOf } from "./octets.ts";

/** Longest line of version 1, its end included. */
const LINE_BYTES_MAX = 107;

/** Bytes of version 2 before its addresses. */
const FIXED_BYTES = 16;

/**
 * Longest rest of version 2 that is read: addresses of 216 bytes at most, and fields behind them, of which the longest
 * (the name in a certificate, tokens of clouds) have a few hundred bytes.
 */
const REST_BYTES_MAX = 4_096;

/** Most bytes that are looked at. */
export const HEADER_BYTES_MAX: number = FIXED_BYTES + REST_BYTES_MAX;

/** What stands at the beginning of a connection. */
export type ProxyHeader =
  /** Nothing can be said before more comes. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "refused"; readonly fault: ProxyFault }
  /** The proxy speaks for itself, or of nobody that has an address; what follows begins at `end`. */
  | { readonly kind: "local"; readonly end: number }
  /** Who made the connection: an IPv4 address, or an IPv6 address in any spelling. */
  | {
    readonly kind: "proxied";
    readonly end: number;
    readonly ip: string;
    readonly port: number;
  };

/** What is wrong with a header: there is none, it is another version, too long, or not as the version says. */
export type ProxyFault = "absent" | "version" | "too_long" | "malformed";

/**
 * Reads the header that bytes[start, end) begin with; end is wherever what has come so far ends. What is said of more
 * bytes is the same, once it is not `incomplete`.
 */
export function readProxyHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
): ProxyHeader {
  if (beginsLike(SIGNATURE, bytes, start, end)) {
    return end - start < FIXED_BYTES
      ? INCOMPLETE
      : readBinary(bytes, start, end);
  }
  if (!beginsLike(LINE_START, bytes, start, end)) return refused("absent");
  const last = bytes.indexOf(LF, start);
  if (last === -1 || last >= Math.min(end, start + LINE_BYTES_MAX)) {
    return end - start < LINE_BYTES_MAX ? INCOMPLETE : refused("too_long");
  }
  if (bytes[last - 1] !== CR) return refused("malformed");
  return readLine(textOf(bytes, start, last - 1), last + 1);
}

const LF = 0x0a;
const CR = 0x0d;
const LINE_START = octetsOf("PROXY ");
const SIGNATURE = octetsOf("\r\n\r\n\0\r\nQUIT\n");

const INCOMPLETE: ProxyHeader = { kind: "incomplete" };

/** Two addresses and two ports, with one space between each. */
const ADDRESSES =
  /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;

function readLine(line: string, end: number): ProxyHeader {
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: "local", end };
  const [, family, ip = "", target = "", port = "", targetPort = ""] =
    ADDRESSES.exec(line) ?? [];
  const isAddress = family === "4" ? isIpv4 : isIpv6;
  const isSound = isAddress(ip) && isAddress(target) && isPort(port) &&
    isPort(targetPort);
  return isSound
    ? { kind: "proxied", end, ip, port: Number(port) }
    : refused("malformed");
}

function isPort(text: string): boolean {
  return text !== "" && Number(text) <= 0xffff;
}

const VERSION_2 = 2;
const LOCAL = 0;
const PROXY = 1;
const UNSPECIFIED = 0;
const INTERNET = 1;
const INTERNET_6 = 2;
const UNIX = 3;
const STREAM = 1;
const DATAGRAM = 2;

/** Bytes of addresses and ports of each family; of those that are not specified none. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = {
  [UNSPECIFIED]: 0,
  [INTERNET]: 12,
  [INTERNET_6]: 36,
  [UNIX]: 216,
};

function readBinary(
  bytes: Uint8Array,
  start: number,
  end: number,
): ProxyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const versionAndCommand = view.getUint8(12);
  const familyAndTransport = view.getUint8(13);
  const length = view.getUint16(14);
  if (versionAndCommand >> 4 !== VERSION_2) return refused("version");
  const command = versionAndCommand & 0xf;
  if (command !== LOCAL && command !== PROXY) return refused("malformed");
  if (length > REST_BYTES_MAX) return refused("too_long");
  const family = familyAndTransport >> 4;
  const transport = familyAndTransport & 0xf;
  if (command === PROXY) {
    const addressBytes = ADDRESS_BYTES[family];
    if (addressBytes === undefined || transport > DATAGRAM) {
      return refused("malformed");
    }
    if (length < addressBytes) return refused("malformed");
  }
  const after = start + FIXED_BYTES + length;
  if (end < after) return INCOMPLETE;
  const isTcp = command === PROXY && transport === STREAM;
  if (isTcp && family === INTERNET) {
    const ip = bytes.subarray(start + 16, start + 20).join(".");
    return { kind: "proxied", end: after, ip, port: view.getUint16(24) };
  }
  if (isTcp && family === INTERNET_6) {
    const groups = Array.from(
      { length: 8 },
      (_, at) => view.getUint16(16 + 2 * at).toString(16),
    );
    const ip = groups.join(":");
    return { kind: "proxied", end: after, ip, port: view.getUint16(48) };
  }
  return { kind: "local", end: after };
}

/** Whether as much as has come is the beginning of the pattern, or begins with it. */
function beginsLike(
  pattern: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const length = Math.min(pattern.length, end - start);
  for (let at = 0; at < length; at++) {
    if (bytes[start + at] !== pattern[at]) return false;
  }
  return true;
}

function refused(fault: ProxyFault): ProxyHeader {
  return { kind: "refused", fault };
}

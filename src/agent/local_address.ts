/** The address of this machine on its own network. Owns no state. */
import { connect } from "./connect.ts";

/** Longest wait for a connection whose only use is its local end, milliseconds. */
const CONNECT_MS_MAX = 2000;

/** One address of one network interface. */
export interface InterfaceAddress {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/**
 * The local end of a real connection to the server, which is the one address of this machine that the server's network
 * surely knows; without a connection, and when the server runs on this very machine, the first IPv4 address of an
 * interface, since callers elsewhere can't use a loopback address; empty when there is neither.
 */
export async function localAddress(
  serverUrl: string,
  signal: AbortSignal,
  interfaces: () => readonly InterfaceAddress[] = Deno.networkInterfaces,
): Promise<string> {
  const connected = await localEnd(serverUrl, signal);
  if (connected !== "" && !isLoopback(connected)) return connected;
  return firstOutside(interfaces) ?? connected;
}

/** Whether nothing but this machine itself can reach the address. */
export function isLoopback(address: string): boolean {
  return /^127\./.test(address) || address === "::1";
}

/** Whether this machine has an address; not where it may not list them. */
export function hasAddress(
  ip: string,
  interfaces: () => readonly InterfaceAddress[],
): boolean {
  try {
    return interfaces().some(({ address }) => plainAddress(address) === ip);
  } catch {
    return false;
  }
}

async function localEnd(
  serverUrl: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    using connection = await connect(serverUrl, CONNECT_MS_MAX, signal);
    return plainAddress(connection.localAddr.hostname);
  } catch {
    return "";
  }
}

function firstOutside(
  interfaces: () => readonly InterfaceAddress[],
): string | undefined {
  try {
    return interfaces().find(({ family, address }) =>
      family === "IPv4" && !isLoopback(address)
    )?.address;
  } catch {
    return undefined;
  }
}

/** Without the zone, which means something on this machine only, and IPv4 as itself. */
function plainAddress(address: string): string {
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
}

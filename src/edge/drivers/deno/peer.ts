/** Who connected, as the runtime tells it and as the edge wants it. */
import type { Peer } from "../../driver.ts";

/** How an IPv6 address begins that stands for an IPv4 address (RFC 4291, section 2.5.5.2). */
const MAPPED = /^::ffff:(?=[0-9]+\.)/i;

/** The peer of a connection: without zone, an IPv4-mapped address as IPv4. */
export function peerOf(address: Deno.NetAddr): Peer {
  const [ip = ""] = address.hostname.split("%");
  return { ip: ip.replace(MAPPED, ""), port: address.port };
}

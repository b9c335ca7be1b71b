/**
 * Whether a caller's chain leads to an authority. The runtime checks it too, and more strictly, but only in a whole
 * handshake: a session that is resumed (also one that began before callers were asked, or under other authorities) brings
 * its chain unchecked (Deno 2.9.6). Both must agree. Bounded by {@link CHAIN_MAX}.
 */
import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** Certificates of a chain that are looked at: a leaf, and more in between than anybody uses. */
const CHAIN_MAX = 8;
/** The purpose of clients (RFC 5280, section 4.2.1.12). */
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** The chain that a peer showed, its own certificate first; empty when it showed none. */
export function chainOf(stream: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let shown = stream.getPeerCertificate(true);
  while (chain.length < CHAIN_MAX && shown?.raw !== undefined) {
    chain.push(new X509Certificate(shown.raw));
    const issuer = shown.issuerCertificate;
    if (issuer === undefined || issuer === shown) break;
    shown = issuer;
  }
  return chain;
}

/** What is wrong with the chain of a client at an instant (wall clock); undefined when it is good. */
export function objectionToChain(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  nowMs: number,
): string | undefined {
  const [leaf] = chain;
  if (leaf === undefined) return "no certificate";
  const purposes: readonly string[] | undefined = leaf.keyUsage;
  if (purposes !== undefined && !purposes.includes(CLIENT_AUTH)) {
    return "it is not for clients";
  }
  let current = leaf;
  for (let length = 0; length < CHAIN_MAX; length++) {
    if (!isInTime(current, nowMs)) return "it is out of its time";
    const below = current;
    if (authorities.some((one) => hasIssued(one, below))) return undefined;
    const issuer = chain.find((one) => one.ca && hasIssued(one, below));
    if (issuer === undefined) break;
    current = issuer;
  }
  return "no authority vouches for it";
}

function hasIssued(issuer: X509Certificate, below: X509Certificate): boolean {
  return below.checkIssued(issuer) && below.verify(issuer.publicKey);
}

function isInTime(
  { validFrom, validTo }: X509Certificate,
  nowMs: number,
): boolean {
  return Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo);
}

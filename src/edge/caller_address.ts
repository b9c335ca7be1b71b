/** Who called when proxies stand between: X-Forwarded-For, believed as far as trusted proxies wrote it. */
import {
  type AddressRanges,
  canonicalAddress,
} from "../config/address_ranges.ts";

/**
 * The caller's address. Each proxy adds the address it was called from at the right, so the list is walked from there
 * while the one who wrote the entry is trusted: the first address that is not trusted is the caller, the leftmost when
 * all are, and the peer itself when the peer isn't. An entry that is no address ends the walk, because nobody knows who
 * stood there. Empty entries are passed over (RFC 9110, section 5.6.1).
 *
 * @param peerIp Address of the connection.
 * @param forwardedFor Values of the X-Forwarded-For field lines in order; the size of a head bounds them.
 * @param trusted Proxies whose entries are believed.
 */
export function realCaller(
  peerIp: string,
  forwardedFor: readonly string[],
  trusted: AddressRanges,
): string {
  if (forwardedFor.length === 0 || !trusted.includes(peerIp)) return peerIp;
  let caller = peerIp;
  for (let line = forwardedFor.length - 1; line >= 0; line--) {
    const text = forwardedFor[line] ?? "";
    for (let end = text.length; end >= 0;) {
      const comma = end === 0 ? -1 : text.lastIndexOf(",", end - 1);
      const entry = text.slice(comma + 1, end).trim();
      end = comma;
      if (entry === "") continue;
      const address = addressOf(entry);
      if (address === undefined) return caller;
      caller = address;
      if (!trusted.includes(caller)) return caller;
    }
  }
  return caller;
}

/** Longest entry that is read: IPv6 with a dotted end has 45 characters, and brackets, a zone and a port go with it. */
const ENTRY_CHARS_MAX = 80;

/** Some proxies write the port too: `192.0.2.1:567`, `[2001:db8::1]:80`. */
function addressOf(entry: string): string | undefined {
  if (entry.length > ENTRY_CHARS_MAX) return undefined;
  const [, bracketed, dotted] =
    /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(entry) ?? [];
  if (bracketed !== undefined && !bracketed.includes(":")) return undefined;
  return canonicalAddress(bracketed ?? dotted ?? entry);
}

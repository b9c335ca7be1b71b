/** Reads IPv6 addresses from text, with the parser's two oddities taken out. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * The address in a text; undefined for any other. `isIP` first, because the parser takes more than addresses. It also
 * takes the deprecated `::a.b.c.d` (RFC 4291 section 2.5.5.1) for `::ffff:a.b.c.d`, which is another address, so that
 * is spelled in a way that it reads right.
 */
export function readIpv6(text: string): ipaddr.IPv6 | undefined {
  return isIP(text) === 6
    ? ipaddr.IPv6.parse(text.replace(/^::(?=\d+\.)/, "0::"))
    : undefined;
}

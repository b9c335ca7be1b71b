/**
 * Addresses and ranges of addresses as people write them. By hand, because `node:net` costs the client 6 MB and
 * ipaddr.js reads 010.0.0.1 as octal, which would open a network to somebody else.
 */

/** A decimal number from 0 to 255 without leading zeros. */
const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const IPV4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);

/** Characters of an IPv6 address, before {@link URL} looks at their order; no zone, which means nothing elsewhere. */
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/;

/** Whether the text is an IPv4 or IPv6 address (RFC 4291 section 2.2), without brackets or zone. */
export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** Whether the text is an address or a range in CIDR notation (RFC 4632), such as 10.0.0.0/8. */
export function isAddressRange(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  if (rest.length > 0 || !isAddress(address)) return false;
  if (prefix === undefined) return true;
  return /^(0|[1-9][0-9]{0,2})$/.test(prefix) &&
    Number(prefix) <= (isIpv4(address) ? 32 : 128);
}

function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** The dotted end of an address (`::ffff:10.0.0.1`) is checked by us: URL takes octal there too. */
function isIpv6(text: string): boolean {
  if (!IPV6_CHARACTERS.test(text) || !text.includes(":")) return false;
  const end = text.slice(text.lastIndexOf(":") + 1);
  if (end.includes(".") && !isIpv4(end)) return false;
  return URL.canParse(`http://[${text}]/`);
}

/**
 * Whether an address is one of the public Internet. Here besides `config/public_address.ts`, since node:net and the
 * package that read addresses there cost a client 8 MB of memory. Owns no state.
 */

/** Networks of IPv4 that are not public (IANA, special-purpose address registry), and Azure's service for its machines. */
const NOT_PUBLIC = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"],
  ...["168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"],
  ...["192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24"],
  ...["203.0.113.0/24", "224.0.0.0/3"],
].map((range) => {
  const [network = "", prefix] = range.split("/");
  return { network: bitsOf(network), size: 2 ** (32 - Number(prefix)) };
});

/** Whether the whole Internet means this address by it; not for a text that is no address. */
export function isPublicIp(ip: string): boolean {
  if (ip.includes(":")) return isPublicIpv6(ip);
  const isIpv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(ip) &&
    ip.split(".").every((octet) => String(Number(octet)) === octet) &&
    ip.split(".").every((octet) => Number(octet) < 256);
  return isIpv4 &&
    NOT_PUBLIC.every(({ network, size }) =>
      bitsOf(ip) < network || bitsOf(ip) >= network + size
    );
}

/** Of what is given out for global unicast (RFC 4291, section 2.4), all but special uses and those that hold IPv4. */
function isPublicIpv6(ip: string): boolean {
  if (!/^[0-9a-f:.]+$/i.test(ip)) return false;
  const host = URL.parse(`http://[${ip}]/`)?.hostname.slice(1) ?? "";
  const [first = 0, second = 0] = host.split(":").map((group) =>
    parseInt(group || "0", 16)
  );
  switch (first) {
    case 0x2001:
      return second >= 0x200 && second !== 0xdb8;
    case 0x2002:
      return false;
    case 0x3fff:
      return second >= 0x1000;
  }
  return first >= 0x2000 && first <= 0x3fff;
}

function bitsOf(ipv4: string): number {
  return ipv4.split(".").reduce((bits, octet) => bits * 256 + Number(octet), 0);
}

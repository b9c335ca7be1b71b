/** Where to connect for a URL: the host without the brackets of IPv6, and the port or the scheme's own. */
export function addressOfUrl(
  url: string,
): { readonly hostname: string; readonly port: number } {
  const { protocol, hostname, port } = new URL(url);
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port !== "" ? Number(port) : protocol === "https:" ? 443 : 80,
  };
}

/** Listening on an address: the calls, and what their failures are for whoever asked. */
import type { Libc } from "../../../../ffi/libc.ts";
import {
  decodeInternetAddress,
  encodeInternetAddress,
  INTERNET_ADDRESS_BYTES_MAX,
} from "../../../../ffi/socket_address.ts";
import {
  AF_INET,
  AF_INET6,
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_DETACH_REUSEPORT_BPF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
} from "../../../../ffi/socket_constants.ts";

import type { ListenAddress } from "../../driver.ts";

/** Connections that wait to be taken; the kernel may have a lower limit (net.core.somaxconn, 4096 by default). */
const BACKLOG = 4_096;

/**
 * What the kernel keeps of a response beyond what the caller's window lets it send: else up to 4 MB
 * (net.ipv4.tcp_wmem) for each caller that reads slowly, of a memory that all TCP connections of the machine share. Four
 * reads of ours, so that there is always something to send.
 */
const UNSENT_BYTES_MAX = 256 * 1024;

/** A descriptor that listens, and the port it got. */
export interface TcpListener {
  readonly fd: number;
  readonly port: number;
}

/** Listens on an IP address or "localhost"; throws as Deno.listen does. */
export function listenTcp(
  libc: Libc,
  { hostname, port, reusePort }: ListenAddress,
): TcpListener {
  const ip = hostname === "localhost" ? "127.0.0.1" : hostname;
  const address = encodeInternetAddress({ ip, port });
  const isIpv6 = ip.includes(":");
  const fd = libc.socket(isIpv6 ? AF_INET6 : AF_INET);
  if (fd < 0) throw listenError(libc.errno(), hostname, port);
  libc.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (reusePort) {
    libc.setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  }
  // Connections inherit it: what is written goes out at once.
  libc.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  libc.setOption(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX);
  // "::" takes IPv4 too, whatever the system's default is.
  if (isIpv6) libc.setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const own = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  if (
    libc.bind(fd, address) !== 0 || libc.listen(fd, BACKLOG) !== 0 ||
    libc.socketName(fd, own) !== 0
  ) {
    const errno = libc.errno();
    libc.close(fd);
    throw listenError(errno, hostname, port);
  }
  // A predecessor may have left behind whom the kernel is to choose; from now on it chooses among all again.
  if (reusePort) libc.setOption(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0);
  return { fd, port: decodeInternetAddress(own)?.port ?? port };
}

function listenError(errno: number, hostname: string, port: number): Error {
  const what = `Cannot listen on "${hostname}" port ${port}`;
  switch (errno) {
    case EADDRINUSE:
      return new Deno.errors.AddrInUse(`${what}: the address is in use`);
    case EACCES:
      return new Deno.errors.PermissionDenied(`${what}: not permitted`);
    case EADDRNOTAVAIL:
      return new Deno.errors.AddrNotAvailable(
        `${what}: no such address on this machine`,
      );
  }
  return new Error(`${what}: errno ${errno}`);
}

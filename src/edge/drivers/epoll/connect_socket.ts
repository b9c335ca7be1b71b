/**
 * Outgoing connections of the epoll driver. A unix socket is connected at once or its backlog is full; then it is
 * tried again for {@link UNIX_RETRY_MS}, since nothing would tell when there is room.
 */
import {
  encodeInternetAddress,
  encodeUnixAddress,
} from "../../../../ffi/socket_address.ts";
import type { Bytes } from "../../../../ffi/libc.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  ECONNREFUSED,
  IPPROTO_TCP,
  TCP_NODELAY,
} from "../../../../ffi/socket_constants.ts";
import type { ConnectAddress, Socket, SocketHandler } from "../../driver.ts";
import { EpollSocket } from "./epoll_socket.ts";
import { FailedAttempt } from "./failed_attempt.ts";
import { connectFailure, isPassing } from "./socket_errors.ts";
import type { SocketHome } from "./socket_home.ts";

/** How long a full backlog is waited for: a server that takes no connection for so long won't answer soon either. */
export const UNIX_RETRY_MS = 1_000;

/** How often it is looked at: an accept loop that is merely busy makes room within a few. */
const UNIX_RETRY_EVERY_MS = 5;

/** Where the epoll driver itself can connect to. */
export type PlainAddress = Exclude<ConnectAddress, { readonly kind: "tls" }>;

/** Begins to connect; the handler is told how that went, never before this returns. */
export function connectSocket(
  home: SocketHome,
  address: PlainAddress,
  handler: SocketHandler,
): Socket {
  switch (address.kind) {
    case "tcp":
      return connectTcp(home, address, handler);
    case "unix":
      return connectUnix(home, address.path, handler);
  }
}

function connectTcp(
  home: SocketHome,
  { ip, port }: { readonly ip: string; readonly port: number },
  handler: SocketHandler,
): Socket {
  const { libc } = home;
  const address = encoded(() => encodeInternetAddress({ ip, port }));
  const fd = address === undefined
    ? -1
    : libc.socket(ip.includes(":") ? AF_INET6 : AF_INET);
  if (address === undefined || fd < 0) return new FailedAttempt(home, handler);
  libc.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  const start = { fd, isTcp: true, isConnecting: true };
  const socket = new EpollSocket(home, start, handler);
  // Whatever else it says, the event that follows knows better.
  const isRefused = libc.connect(fd, address) !== 0 &&
    libc.errno() === ECONNREFUSED;
  if (isRefused) socket.conclude("refused");
  else socket.awaitConnection();
  return socket;
}

function connectUnix(
  home: SocketHome,
  path: string,
  handler: SocketHandler,
): Socket {
  const address = encoded(() => encodeUnixAddress(path));
  const fd = address === undefined ? -1 : home.libc.socket(AF_UNIX);
  if (address === undefined || fd < 0) return new FailedAttempt(home, handler);
  const start = { fd, isTcp: false, isConnecting: true };
  const socket = new EpollSocket(home, start, handler);
  if (!tryUnix(home, socket, address)) {
    socket.attempt(new UnixRetry(home, socket, address));
  }
  return socket;
}

/** Whether the attempt is over, one way or the other. */
function tryUnix(
  { libc }: SocketHome,
  socket: EpollSocket,
  address: Bytes,
): boolean {
  if (libc.connect(socket.fd, address) === 0) {
    socket.conclude("connected");
    return true;
  }
  const errno = libc.errno();
  if (isPassing(errno)) return false;
  socket.conclude(connectFailure(errno));
  return true;
}

/** Tries again until it is over or too late; disposed of with its socket. */
class UnixRetry implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #left = UNIX_RETRY_MS / UNIX_RETRY_EVERY_MS;

  constructor(home: SocketHome, socket: EpollSocket, address: Bytes) {
    this.#timer = setInterval(() => {
      this.#left--;
      if (tryUnix(home, socket, address)) return this[Symbol.dispose]();
      if (this.#left > 0) return;
      this[Symbol.dispose]();
      socket.conclude("unreachable");
    }, UNIX_RETRY_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function encoded(encode: () => Bytes): Bytes | undefined {
  try {
    return encode();
  } catch {
    // There is no such address, so nobody can be reached there.
    return undefined;
  }
}

/**
 * The driver for plain TCP on Linux: non-blocking sockets and epoll, called by FFI on the main isolate, so that the
 * machines are told directly and nothing is shared. TLS stands above it: late_tls.ts.
 */
import { type Libc, openLibc } from "../../../../ffi/libc.ts";
import type { Logger } from "../../../ports.ts";
import type {
  Accept,
  ConnectAddress,
  Driver,
  ListenAddress,
  Listening,
  Socket,
  SocketHandler,
} from "../../driver.ts";
import { connectSocket } from "./connect_socket.ts";
import { EpollListener } from "./epoll_listener.ts";
import { EpollLoop } from "./epoll_loop.ts";
import { listenTcp } from "./listen_tcp.ts";
import { Poller } from "./poller.ts";

/** What the driver needs. */
export interface EpollDriverOptions {
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Whether the driver would open: this is Linux and the C library may be called. Asks for no permission. */
export function epollAvailable(): boolean {
  const libc = openLibc();
  libc?.[Symbol.dispose]();
  return libc !== undefined;
}

/** Opens the driver; throws when {@link epollAvailable} says no. */
export function openEpollDriver(options: EpollDriverOptions): Driver {
  const libc = openLibc();
  if (libc === undefined) {
    throw new Error(
      "Cannot use epoll: it needs Linux on x86-64 or arm64 and permission to call the C library",
    );
  }
  try {
    return new EpollDriver(libc, new Poller(libc), options);
  } catch (error) {
    libc[Symbol.dispose]();
    throw error;
  }
}

class EpollDriver implements Driver {
  readonly name = "epoll";
  readonly #libc: Libc;
  readonly #poller: Poller;
  readonly #urgentPoller: Poller;
  readonly #loop: EpollLoop;
  readonly #options: EpollDriverOptions;
  #disposal: Promise<void> | undefined;

  constructor(libc: Libc, poller: Poller, options: EpollDriverOptions) {
    this.#libc = libc;
    this.#poller = poller;
    const urgentPoller = this.#urgentPoller = new Poller(libc, poller);
    this.#options = options;
    const { logger, now } = options;
    this.#loop = new EpollLoop({ libc, poller, urgentPoller, logger, now });
  }

  listen(address: ListenAddress, accept: Accept): Listening {
    this.#refuseDisposed();
    if (address.tls !== undefined) {
      throw new TypeError("Cannot listen for TLS on plain sockets");
    }
    const { logger, now } = this.#options;
    const { hostname, reusePort = false } = address;
    const listener = listenTcp(this.#libc, address);
    const home = this.#loop;
    const shared = { home, logger, now, accept, hostname, reusePort };
    return new EpollListener({ ...shared, ...listener });
  }

  connect(address: ConnectAddress, handler: SocketHandler): Socket {
    this.#refuseDisposed();
    if (address.kind === "tls") {
      throw new TypeError("Cannot connect by TLS on plain sockets");
    }
    return connectSocket(this.#loop, address, handler);
  }

  waitingElsewhere(change: 1 | -1): void {
    this.#loop.waitingElsewhere(change);
  }

  waitingForTurn(change: 1 | -1): void {
    this.#loop.waitingForTurn(change);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    await this.#loop.stop();
    this.#urgentPoller[Symbol.dispose]();
    this.#poller[Symbol.dispose]();
    this.#libc[Symbol.dispose]();
  }

  #refuseDisposed(): void {
    if (this.#disposal !== undefined) {
      throw new TypeError("The driver is disposed of already");
    }
  }
}

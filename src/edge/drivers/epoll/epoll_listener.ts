/**
 * A listening TCP socket on epoll. Owner: whoever asked the driver to listen. At most {@link ACCEPTS_MAX} connections
 * are taken an event. When the process has no descriptor left it rests: the connections wait with the kernel, and the
 * listener would else show itself ready again and again.
 */
import {
  chooseSocket,
  dropNewConnections,
} from "../../../../ffi/classic_bpf.ts";
import {
  decodeInternetAddress,
  INTERNET_ADDRESS_BYTES_MAX,
} from "../../../../ffi/socket_address.ts";
import {
  ECONNABORTED,
  EINTR,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPOLLIN,
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
} from "../../../../ffi/socket_constants.ts";
import type { Logger } from "../../../ports.ts";
import type { Accept, Listening, Peer } from "../../driver.ts";
import { EpollSocket } from "./epoll_socket.ts";
import type { Inhabitant, SocketHome } from "./socket_home.ts";

/** Connections taken an event: a flood of them must not keep those that stand from their bytes. */
export const ACCEPTS_MAX = 64;

/** How long a listener rests when there is no descriptor left. */
export const REST_MS = 100;

/**
 * How long a listener that shares its address still takes connections when it stops: those whose handshake it began
 * would else be reset when it closes. As long as the longest ways through the Internet, there and back.
 */
export const HANDOVER_MS = 300;

/** What a listener stands on. */
export interface ListenerParts {
  readonly home: SocketHome;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** A descriptor that listens already. */
  readonly fd: number;
  readonly hostname: string;
  readonly port: number;
  /** Whether other processes may listen at the address. */
  readonly reusePort: boolean;
  readonly accept: Accept;
}

/** One listener. */
export class EpollListener implements Listening, Inhabitant {
  readonly fd: number;
  readonly generation: number;
  readonly hostname: string;
  readonly port: number;
  readonly isUrgent = false;
  readonly #home: SocketHome;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #accept: Accept;
  readonly #isShared: boolean;
  readonly #address = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  #isClosed = false;
  #isShort = false;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #stopping: Promise<void> | undefined;
  #endPause: (() => void) | undefined;

  /** Owns the descriptor and takes connections from the next turn of the loop on. */
  constructor(parts: ListenerParts) {
    this.fd = parts.fd;
    this.hostname = parts.hostname;
    this.port = parts.port;
    this.#home = parts.home;
    this.#logger = parts.logger;
    this.#now = parts.now;
    this.#accept = parts.accept;
    this.#isShared = parts.reusePort;
    this.generation = parts.home.poller.nextGeneration();
    parts.home.poller.add(this.fd, this.generation, EPOLLIN);
    parts.home.adopt(this);
  }

  handle(): void {
    this.#takeUpTo(ACCEPTS_MAX);
  }

  #takeUpTo(most: number): void {
    const { libc } = this.#home;
    for (let taken = 0; taken < most && !this.#isClosed; taken++) {
      const fd = libc.accept(this.fd, this.#address);
      if (fd >= 0) {
        this.#isShort = false;
        this.#take(fd);
        continue;
      }
      const errno = libc.errno();
      if (isShortage(errno)) return this.#beginRest(errno);
      // This one was given up by its peer, or the call was interrupted: the next may be fine.
      if (errno !== ECONNABORTED && errno !== EINTR) return;
    }
  }

  settle(): void {}

  replaceCertificate(): never {
    throw new TypeError("Cannot replace a certificate: there is no TLS here");
  }

  /**
   * A listener that closes resets what waits to be taken and the handshakes that it has begun. So it is first seen to
   * that nothing new begins here: where others listen too, the last of them gets it (the kernel counts them in the order
   * in which they came, and this one is first); else it is not answered, asks again a second later, and is refused then.
   * Both are refused by kernels before 4.5, and then the gap is as small as can be.
   */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    const { libc } = this.#home;
    if (this.#isClosed) return;
    if (this.#isShared) {
      libc.setProgram(this.fd, SO_ATTACH_REUSEPORT_CBPF, chooseSocket(1));
      await this.#pause(HANDOVER_MS);
      if (this.#isClosed) return;
    }
    libc.setProgram(this.fd, SO_ATTACH_FILTER, dropNewConnections());
    this.#takeUpTo(Infinity);
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#rest);
    this.#endPause?.();
    this.#home.libc.close(this.fd);
    this.#home.release(this);
  }

  abort(): void {
    this.close();
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#endPause = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  #take(fd: number): void {
    const peer: Peer = decodeInternetAddress(this.#address) ?? NOBODY;
    const socket = new EpollSocket(this.#home, {
      fd,
      isTcp: true,
      isConnecting: false,
    });
    try {
      const handler = this.#accept(socket, peer, this.#now());
      if (handler === undefined) socket.close();
      else socket.attend(handler);
    } catch (error) {
      this.#logger.error("A connection was closed: it could not be taken", {
        error,
      });
      socket.close();
    }
  }

  #beginRest(errno: number): void {
    if (!this.#isShort) {
      this.#logger.error(
        "Connections wait: the process has no file descriptor left",
        { errno, hostname: this.hostname, port: this.port },
      );
    }
    this.#isShort = true;
    const { poller } = this.#home;
    poller.modify(this.fd, this.generation, 0);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      poller.modify(this.fd, this.generation, EPOLLIN);
    }, REST_MS);
  }
}

const NOBODY: Peer = { ip: "0.0.0.0", port: 0 };

function isShortage(errno: number): boolean {
  return errno === EMFILE || errno === ENFILE || errno === ENOBUFS ||
    errno === ENOMEM;
}

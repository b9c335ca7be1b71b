/**
 * The driver over the runtime's own sockets: systems without epoll, and whoever asks for it. Owner of its listeners and
 * sockets; their number is bounded by whoever accepts and connects. TLS stands above it: late_tls.ts.
 */
import type {
  Accept,
  ConnectAddress,
  Driver,
  ListenAddress,
  Listening,
  Socket,
  SocketHandler,
} from "../../driver.ts";
import { dialPlain } from "./dialling.ts";
import { Listener, type ListenerOptions } from "./listener.ts";
import { peerOf } from "./peer.ts";
import { SocketSet } from "./socket_set.ts";

/** What the driver needs. */
export type DenoDriverOptions = ListenerOptions;

/** A driver without sockets yet. */
export function openDenoDriver(options: DenoDriverOptions): Driver {
  return new DenoDriver(options);
}

class DenoDriver implements Driver {
  readonly name = "deno";
  readonly #options: DenoDriverOptions;
  readonly #sockets: SocketSet;
  readonly #listeners = new Set<Listener>();

  constructor(options: DenoDriverOptions) {
    this.#options = options;
    this.#sockets = new SocketSet(options.logger, options.now);
  }

  listen(address: ListenAddress, accept: Accept): Listening {
    const { hostname, port, reusePort = false, tls } = address;
    if (tls !== undefined) {
      throw new TypeError("Cannot listen for TLS on plain sockets");
    }
    if (reusePort) {
      // The runtime would end the process: it calls this unstable.
      throw new Deno.errors.NotSupported(
        `Cannot share "${hostname}" port ${port}: the deno driver can't, the epoll driver can`,
      );
    }
    const listener = new Listener(
      hostname,
      Deno.listen({ hostname, port }),
      (connection) => this.#take(connection, accept),
      this.#options,
    );
    this.#listeners.add(listener);
    void listener.ended.then(() => this.#listeners.delete(listener));
    return listener;
  }

  connect(address: ConnectAddress, handler: SocketHandler): Socket {
    if (address.kind === "tls") {
      throw new TypeError("Cannot connect by TLS on plain sockets");
    }
    const socket = this.#sockets.make();
    socket.dial((signal) => dialPlain(address, signal), handler);
    return socket;
  }

  /** The runtime's loop serves all of its sockets alike. */
  waitingElsewhere(_change: 1 | -1): void {}

  /** It never waits on this thread. */
  waitingForTurn(_change: 1 | -1): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener.close();
    await Promise.all(listeners.map(({ ended }) => ended));
    await this.#sockets[Symbol.asyncDispose]();
  }

  #take(connection: Deno.TcpConn, accept: Accept): void {
    try {
      connection.setNoDelay(true);
    } catch {
      // The peer is gone already; reading tells.
    }
    const socket = this.#sockets.make();
    const peer = peerOf(connection.remoteAddr);
    socket.serve(connection, () => accept(socket, peer, this.#options.now()));
  }
}

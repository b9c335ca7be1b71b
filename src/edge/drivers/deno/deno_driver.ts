/**
 * The driver over the runtime's own sockets: encrypted listeners, systems without epoll, and whoever asks for it.
 * Owner of its listeners and sockets; their number is bounded by whoever accepts and connects.
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
import { Listener } from "./listener.ts";
import { peerOf } from "./peer.ts";
import { SocketSet } from "./socket_set.ts";
import { TlsLayer, type TlsLayerOptions } from "./tls_layer.ts";

/** What the driver needs. */
export type DenoDriverOptions = TlsLayerOptions;

/** A driver without sockets yet. */
export function openDenoDriver(options: DenoDriverOptions): Driver {
  return new DenoDriver(options);
}

class DenoDriver implements Driver {
  readonly name = "deno";
  readonly #options: DenoDriverOptions;
  readonly #sockets: SocketSet;
  readonly #tls: TlsLayer;
  readonly #listeners = new Set<Listener>();

  constructor(options: DenoDriverOptions) {
    this.#options = options;
    this.#sockets = new SocketSet(options.logger, options.now);
    this.#tls = new TlsLayer(this.#sockets, options);
  }

  listen(address: ListenAddress, accept: Accept): Listening {
    const { hostname, port, tls } = address;
    const greeting = tls && this.#tls.accepting(tls, accept);
    const listener = new Listener(
      hostname,
      Deno.listen({ hostname, port }),
      (connection) => this.#take(connection, greeting?.accept ?? accept),
      this.#options,
    );
    this.#listeners.add(listener);
    listener.ended.then(() => {
      this.#listeners.delete(listener);
      greeting?.close();
    });
    return listener;
  }

  connect(address: ConnectAddress, handler: SocketHandler): Socket {
    const socket = this.#sockets.make();
    socket.dial(
      (signal) =>
        address.kind === "tls"
          ? this.#tls.dial(
            address,
            (plain, below) => this.connect(plain, below),
            signal,
          )
          : dialPlain(address, signal),
      handler,
    );
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

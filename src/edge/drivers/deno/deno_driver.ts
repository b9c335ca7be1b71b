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
import {
  type Greeting,
  TlsLayer,
  type TlsLayerOptions,
  type UpstreamTls,
} from "./tls_layer.ts";

/** What the driver needs. */
export type DenoDriverOptions = TlsLayerOptions;

/** A driver that knows TLS. */
export interface TlsDriver extends Driver {
  /** From now on the certificates of upstreams are checked like this; throws when that is not possible. */
  checkUpstreams(upstreamTls: UpstreamTls): void;
}

/** A driver without sockets yet. */
export function openDenoDriver(options: DenoDriverOptions): TlsDriver {
  return new DenoDriver(options);
}

/** A listener, and the handshakes of those who came there. */
interface OpenListener {
  readonly listener: Listener;
  readonly greeting: Greeting | undefined;
}

function withTls(listener: Listener, greeting: Greeting): Listening {
  return {
    port: listener.port,
    hostname: listener.hostname,
    replaceCertificate: (tls) => greeting.replaceCertificate(tls),
    async stop() {
      await listener.stop();
      await greeting.settled();
    },
    close() {
      listener.close();
      greeting.close();
    },
  };
}

class DenoDriver implements TlsDriver {
  readonly name = "deno";
  readonly #options: DenoDriverOptions;
  readonly #sockets: SocketSet;
  readonly #tls: TlsLayer;
  readonly #listeners = new Set<OpenListener>();

  constructor(options: DenoDriverOptions) {
    this.#options = options;
    this.#sockets = new SocketSet(options.logger, options.now);
    this.#tls = new TlsLayer(this.#sockets, options);
  }

  listen(address: ListenAddress, accept: Accept): Listening {
    const { hostname, port, reusePort = false, tls } = address;
    if (reusePort) {
      // The runtime would end the process: it calls this unstable.
      throw new Deno.errors.NotSupported(
        `Cannot share "${hostname}" port ${port}: the deno driver can't, the epoll driver without TLS can`,
      );
    }
    const greeting = tls && this.#tls.accepting(tls, accept);
    const listener = new Listener(
      hostname,
      Deno.listen({ hostname, port }),
      (connection) => this.#take(connection, greeting?.accept ?? accept),
      this.#options,
    );
    const open = { listener, greeting };
    this.#listeners.add(open);
    void listener.ended.then(() => greeting?.settled())
      .then(() => this.#listeners.delete(open));
    return greeting === undefined ? listener : withTls(listener, greeting);
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

  checkUpstreams(upstreamTls: UpstreamTls): void {
    this.#tls.checkUpstreams(upstreamTls);
  }

  /** The runtime's loop serves all of its sockets alike. */
  waitingElsewhere(_change: 1 | -1): void {}

  /** It never waits on this thread. */
  waitingForTurn(_change: 1 | -1): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    const listeners = [...this.#listeners];
    for (const { listener, greeting } of listeners) {
      listener.close();
      greeting?.close();
    }
    await Promise.all(listeners.map(({ listener }) => listener.ended));
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

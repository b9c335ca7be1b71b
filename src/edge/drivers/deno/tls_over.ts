/**
 * TLS above the plain sockets of any driver. Owner of the encrypted sockets; their number is bounded by whoever accepts
 * and connects.
 */
import type {
  Accept,
  Driver,
  ListenAddress,
  Listening,
  ServerTls,
  Socket,
  SocketHandler,
} from "../../driver.ts";
import { SocketSet } from "./socket_set.ts";
import { ServerContexts } from "./server_contexts.ts";
import {
  type Greeting,
  type TlsAddress,
  TlsLayer,
  type TlsLayerOptions,
  type UpstreamTls,
} from "./tls_layer.ts";

/** Listens and connects with TLS. Disposing of it aborts what it made; the driver below lives on. */
export interface TlsOver extends AsyncDisposable {
  /** As a driver's `listen`. */
  listen(
    address: Omit<ListenAddress, "tls">,
    tls: ServerTls,
    accept: Accept,
  ): Listening;
  /** As a driver's `connect`. */
  connect(address: TlsAddress, handler: SocketHandler): Socket;
  /** From now on the certificates of upstreams are checked like this; throws when that is not possible. */
  checkUpstreams(upstreamTls: UpstreamTls): void;
  /** Throws unless a listener could go by this. */
  refuseUnusable(tls: ServerTls): void;
}

/** Without sockets yet. */
export function openTlsOver(
  plain: Driver,
  options: TlsLayerOptions,
): TlsOver {
  const sockets = new SocketSet(options.logger, options.now);
  const layer = new TlsLayer(sockets, plain, options);
  const listeners = new Set<Listening>();
  return {
    listen(address, tls, accept) {
      const greeting = layer.accepting(tls, accept);
      const { mayGreet } = address;
      const listener = plain.listen(
        address,
        (socket, peer, now) =>
          mayGreet?.(peer.ip) === false
            ? undefined
            : greeting.accept(socket, peer, now),
      );
      const ended = () => listeners.delete(listening);
      const listening = encrypted(listener, greeting, ended);
      listeners.add(listening);
      return listening;
    },
    connect(address, handler) {
      const socket = sockets.make();
      socket.dial((signal) => layer.dial(address, signal), handler);
      return socket;
    },
    checkUpstreams: (upstreamTls) => layer.checkUpstreams(upstreamTls),
    refuseUnusable: (tls) => void new ServerContexts(tls),
    async [Symbol.asyncDispose]() {
      for (const listening of listeners) listening.close();
      await sockets[Symbol.asyncDispose]();
    },
  };
}

/** A plain listener whose callers are greeted; `ended` is called once nobody comes any more. */
function encrypted(
  listener: Listening,
  greeting: Greeting,
  ended: () => void,
): Listening {
  return {
    port: listener.port,
    hostname: listener.hostname,
    replaceCertificate: (tls) => greeting.replaceCertificate(tls),
    async stop() {
      await listener.stop();
      await greeting.settled();
      ended();
    },
    close() {
      listener.close();
      greeting.close();
      ended();
    },
  };
}

/**
 * Outgoing TLS alone, for a driver that has none of its own. Owner of its sockets; their number is bounded by whoever
 * connects.
 */
import type { Socket, SocketHandler } from "../../driver.ts";
import { dialPlain } from "./dialling.ts";
import { SocketSet } from "./socket_set.ts";
import {
  type ConnectPlain,
  type TlsAddress,
  TlsLayer,
  type TlsLayerOptions,
  type UpstreamTls,
} from "./tls_layer.ts";

/** What the connector needs. */
export interface TlsConnectorOptions extends TlsLayerOptions {
  /** What TLS stands on; the runtime's own sockets unless told. */
  readonly connectPlain?: ConnectPlain;
}

/** Connects with TLS. Disposing of it aborts what is still open. */
export interface TlsConnector extends AsyncDisposable {
  /** As a driver's `connect`. */
  connect(address: TlsAddress, handler: SocketHandler): Socket;
  /** From now on the certificates of upstreams are checked like this; throws when that is not possible. */
  checkUpstreams(upstreamTls: UpstreamTls): void;
}

/** A connector without sockets yet. */
export function openTlsConnector(options: TlsConnectorOptions): TlsConnector {
  const sockets = new SocketSet(options.logger, options.now);
  const layer = new TlsLayer(sockets, options);
  const connectPlain: ConnectPlain = options.connectPlain ??
    ((address, handler) => {
      const socket = sockets.make();
      socket.dial((signal) => dialPlain(address, signal), handler);
      return socket;
    });
  return {
    connect(address, handler) {
      const socket = sockets.make();
      socket.dial(
        (signal) => layer.dial(address, connectPlain, signal),
        handler,
      );
      return socket;
    },
    checkUpstreams: (upstreamTls) => layer.checkUpstreams(upstreamTls),
    [Symbol.asyncDispose]: () => sockets[Symbol.asyncDispose](),
  };
}

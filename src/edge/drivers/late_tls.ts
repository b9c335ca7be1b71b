/**
 * A driver and, once somebody needs it, TLS above its plain sockets. The modules for it cost 10 MB, so they are loaded
 * by {@link LateTls.prepare} and not before. Owner of the driver below and of all that stands on it.
 */
import type {
  Accept,
  ConnectAddress,
  Driver,
  ListenAddress,
  Listening,
  ServerTls,
  Socket,
  SocketHandler,
} from "../driver.ts";
import type { TlsLayerOptions, UpstreamTls } from "./deno/tls_layer.ts";
import type { TlsOver } from "./deno/tls_over.ts";

/** Plain sockets as they are, encrypted ones above them. */
export class LateTls implements Driver {
  readonly #plain: Driver;
  readonly #options: TlsLayerOptions;
  #upstreamTls: UpstreamTls;
  #tls: TlsOver | undefined;

  /** Without TLS yet. The times of the options are read when they count, so that their owner may change them. */
  constructor(plain: Driver, options: TlsLayerOptions) {
    this.#plain = plain;
    this.#options = options;
    this.#upstreamTls = options.upstreamTls;
  }

  /** That of the driver below. */
  get name(): Driver["name"] {
    return this.#plain.name;
  }

  /** To be awaited before the first call with an address or a certificate for TLS. */
  async prepare(): Promise<void> {
    const { openTlsOver } = await import("./deno/tls_over.ts");
    if (this.#tls !== undefined) return;
    const tls = openTlsOver(this.#plain, this.#options);
    tls.checkUpstreams(this.#upstreamTls);
    this.#tls = tls;
  }

  /** From now on the certificates of upstreams are checked like this; throws, and changes nothing, where that can't be. */
  checkUpstreams(upstreamTls: UpstreamTls): void {
    this.#tls?.checkUpstreams(upstreamTls);
    this.#upstreamTls = upstreamTls;
  }

  /** Throws unless a listener could go by this, as {@link Listening.replaceCertificate} does. */
  refuseUnusable(tls: ServerTls): void {
    this.#prepared.refuseUnusable(tls);
  }

  listen(address: ListenAddress, accept: Accept): Listening {
    const { tls, ...plain } = address;
    return tls === undefined
      ? this.#plain.listen(plain, accept)
      : this.#prepared.listen(plain, tls, accept);
  }

  connect(address: ConnectAddress, handler: SocketHandler): Socket {
    return address.kind === "tls"
      ? this.#prepared.connect(address, handler)
      : this.#plain.connect(address, handler);
  }

  waitingElsewhere(change: 1 | -1): void {
    this.#plain.waitingElsewhere(change);
  }

  waitingForTurn(change: 1 | -1): void {
    this.#plain.waitingForTurn(change);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The last words of what stands above go through the sockets below.
    await this.#tls?.[Symbol.asyncDispose]();
    await this.#plain[Symbol.asyncDispose]();
  }

  get #prepared(): TlsOver {
    if (this.#tls === undefined) throw new TypeError("TLS was not prepared");
    return this.#tls;
  }
}

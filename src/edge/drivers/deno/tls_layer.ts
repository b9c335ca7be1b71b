/**
 * TLS over the plain sockets of a driver, by `node:tls`. The runtime's own TLS is not used: a connection that is
 * closed in its handshake, or with bytes that its peer does not read, stays open in the background until the peer ends
 * it, and its checks can't be switched off for single connections. Owner of a connection until its handshake is done,
 * within a deadline; handshakes of callers are bounded.
 */
import { isIP } from "node:net";
import {
  connect,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  TLSSocket,
} from "node:tls";
import { Seldom } from "../../../policy/seldom.ts";
import type { Logger } from "../../../ports.ts";
import type {
  Accept,
  Certificate,
  ConnectAddress,
  Driver,
  GoneReason,
  Peer,
  ServerTls,
} from "../../driver.ts";
import { NodeTransport } from "./node_transport.ts";
import { Greeted } from "./plain_speaker.ts";
import { refuseForeignKey, ServerContexts } from "./server_contexts.ts";
import { SocketDuplex } from "./socket_duplex.ts";
import type { SocketSet } from "./socket_set.ts";
import type { Dialled } from "./transport.ts";
import { TurnTaking } from "./turn_taking.ts";

/**
 * Handshakes of callers that are under way at a time. One more ends the oldest: an honest caller is done in a few
 * round trips, so the oldest is the most likely one to be never done.
 */
const HANDSHAKES_MAX = 1024;

/** What the machines speak. HTTP/2 waits for the runtime: src/decisions/0010-http2-from-callers.md. */
const PROTOCOLS: readonly string[] = ["http/1.1"];

/** How the certificates of upstreams are checked, and what they are shown. */
export interface UpstreamTls {
  /** Authorities that are trusted besides those of the runtime, PEM; a server's own certificate counts as one. */
  readonly caCerts: readonly string[];
  /** Whether any certificate is taken. */
  readonly skipVerify: boolean;
  /** What is shown to upstreams that ask for a certificate; nothing when absent. */
  readonly certificate?: Certificate;
}

/** What TLS needs. */
export interface TlsLayerOptions {
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How long the handshake of a caller may take, from its connection on. */
  readonly handshakeTimeoutMs: number;
  /** How long connecting to an upstream may take, the handshake included. */
  readonly connectTimeoutMs: number;
  readonly upstreamTls: UpstreamTls;
}

/** An address that needs a handshake. */
export type TlsAddress = Extract<ConnectAddress, { readonly kind: "tls" }>;

/** What a listener for TLS accepts with. */
export interface Greeting {
  /** What the plain listener below accepts with. */
  readonly accept: Accept;
  /** Goes by this from now on; throws when it can't be used, and goes by the old one still. */
  replaceCertificate(tls: ServerTls): void;
  /** Settles when every handshake that is under way is over, or given up for taking too long. */
  settled(): Promise<void>;
  /** Ends the handshakes that are under way, and begins none. */
  close(): void;
}

/** How long handshakes under way may take when the listener stops: an honest caller is done in a few round trips. */
const LAST_HANDSHAKES_MS = 1_000;

/** Wraps plain sockets; what it makes is in the set. */
export class TlsLayer {
  readonly #sockets: SocketSet;
  readonly #plain: Driver;
  readonly #turns: TurnTaking;
  readonly #options: TlsLayerOptions;
  readonly #handshakes = new Set<SocketDuplex>();
  readonly #seldom = new Seldom<"certificate">();
  #upstreamTls: UpstreamTls;
  /** Made when it is first needed: it takes a moment and a megabyte. */
  #trust: SecureContext | undefined;

  /** Above this driver, without connections yet. */
  constructor(sockets: SocketSet, plain: Driver, options: TlsLayerOptions) {
    this.#sockets = sockets;
    this.#plain = plain;
    this.#turns = new TurnTaking(plain);
    this.#options = options;
    this.#upstreamTls = options.upstreamTls;
  }

  /** What a plain listener accepts with, so that `accept` gets the connections whose handshake is done. */
  accepting(tls: ServerTls, accept: Accept): Greeting {
    let contexts = new ServerContexts(tls);
    let isClosed = false;
    const own = new Map<SocketDuplex, Promise<void>>();
    const greet = async (below: SocketDuplex, peer: Peer) => {
      const transport = await this.#greet(below, peer, contexts);
      own.delete(below);
      if (transport === undefined) return;
      const socket = this.#sockets.make();
      socket.serve(transport, () => accept(socket, peer, this.#options.now()));
    };
    const close = () => {
      isClosed = true;
      for (const below of own.keys()) below.release();
    };
    return {
      accept: (plain, peer) => {
        if (isClosed) return undefined;
        const below = new Greeted(this.#turns, plain);
        own.set(below, greet(below, peer));
        return below;
      },
      replaceCertificate(tls) {
        contexts = new ServerContexts(tls);
      },
      async settled() {
        if (own.size === 0) return;
        const timer = setTimeout(close, LAST_HANDSHAKES_MS);
        await Promise.all(own.values());
        clearTimeout(timer);
      },
      close,
    };
  }

  /** Connects to the address and shakes hands with whoever has a certificate for its name. */
  async dial(address: TlsAddress, signal: AbortSignal): Promise<Dialled> {
    const below = new SocketDuplex(this.#turns);
    const { ip, port } = address;
    below.attach(this.#plain.connect({ kind: "tcp", ip, port }, below));
    const giveUp = () => below.release();
    signal.addEventListener("abort", giveUp);
    const timer = setTimeout(giveUp, this.#options.connectTimeoutMs);
    try {
      const reason = await below.connected;
      if (reason !== undefined) return { kind: "failed", reason };
      const stream = connect(this.#clientOptions(address, below));
      catchAtStart(stream);
      const transport = await secured(stream, below, "secureConnect");
      return transport === undefined
        ? { kind: "failed", reason: TLS_FAILED }
        : { kind: "connected", transport };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** From now on the certificates of upstreams are checked like this; throws when that is not possible. */
  checkUpstreams(upstreamTls: UpstreamTls): void {
    this.#trust = trustOf(upstreamTls);
    this.#upstreamTls = upstreamTls;
  }

  #clientOptions({ serverName }: TlsAddress, socket: SocketDuplex) {
    const { skipVerify } = this.#upstreamTls;
    this.#trust ??= trustOf(this.#upstreamTls);
    return {
      socket,
      // An address is checked like a name but must not be sent as one (RFC 6066, section 3).
      host: serverName,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ALPNProtocols: [...PROTOCOLS],
      rejectUnauthorized: !skipVerify,
      ...(this.#trust === undefined ? {} : { secureContext: this.#trust }),
      // Known to the implementation, but not to its types.
      allowHalfOpen: true,
    };
  }

  async #greet(
    below: SocketDuplex,
    peer: Peer,
    contexts: ServerContexts,
  ): Promise<NodeTransport | undefined> {
    if (this.#handshakes.size >= HANDSHAKES_MAX) {
      for (const oldest of this.#handshakes) {
        oldest.release();
        break;
      }
    }
    this.#handshakes.add(below);
    const timer = setTimeout(
      () => below.release(),
      this.#options.handshakeTimeoutMs,
    );
    const options = {
      ...contexts.options,
      ALPNProtocols: [...PROTOCOLS],
      allowHalfOpen: true,
    };
    try {
      const stream = new TLSSocket(below, options);
      catchAtStart(stream);
      // All that the runtime says of a caller who shows none where one is required.
      stream.once("error", ({ message }) => {
        if (message === NO_CERTIFICATE) this.#warn(peer.ip, message);
      });
      return await secured(stream, below, "secure", () => {
        const reason = contexts.objectionTo(stream);
        if (reason === undefined) return true;
        this.#warn(peer.ip, reason);
        return false;
      });
    } finally {
      clearTimeout(timer);
      this.#handshakes.delete(below);
    }
  }

  /** The caller sees a connection that breaks off, so that only the log can tell why. */
  #warn(ip: string, reason: string): void {
    const { logger, now } = this.#options;
    const moreBefore = this.#seldom.take("certificate", now());
    if (moreBefore === undefined) return;
    logger.warn("A caller's certificate is refused (tls_client_ca_file)", {
      ip,
      reason,
      ...(moreBefore > 0 && { moreBefore }),
    });
  }
}

/** Who is trusted and what is shown; undefined for the authorities of the runtime alone and no certificate. */
function trustOf(
  { caCerts, certificate }: UpstreamTls,
): SecureContext | undefined {
  if (caCerts.length === 0 && certificate === undefined) return undefined;
  if (certificate !== undefined) refuseForeignKey(certificate);
  return createSecureContext({
    ca: [...rootCertificates, ...caCerts],
    ...certificate,
  });
}

/**
 * The runtime begins a handshake one tick after its stream was made, and throws where nobody catches it, which ends the
 * process, when the handshake has failed by then: the peer spoke no TLS, or was gone, in the batch of events in which it
 * was accepted (Deno 2.9.6, `ext:deno_node/_tls_wrap.js`).
 */
function catchAtStart(stream: TLSSocket): void {
  const start: unknown = Reflect.get(stream, "_start");
  if (typeof start !== "function") return;
  Reflect.set(stream, "_start", () => {
    try {
      Reflect.apply(start, stream, []);
    } catch {
      stream.destroy(new Error("The handshake failed at its start"));
    }
  });
}

/** The runtime's words (rustls, `NoCertificatesPresented`). */
const NO_CERTIFICATE = "peer sent no certificates";

/** Why an attempt failed that got beyond the connection. */
const TLS_FAILED: GoneReason = "tls";

/** Settles when the handshake is done; undefined when it failed or the peer may not come in, and then all is closed. */
function secured(
  stream: TLSSocket,
  below: SocketDuplex,
  event: "secure" | "secureConnect",
  mayEnter: () => boolean = () => true,
): Promise<NodeTransport | undefined> {
  return new Promise((resolve) => {
    let isOver = false;
    const fail = () => {
      if (isOver) return;
      isOver = true;
      below.release();
      stream.destroy();
      resolve(undefined);
    };
    stream.on("error", fail);
    stream.once("close", fail);
    below.once("close", fail);
    stream.once(event, () => {
      if (isOver) return;
      if (!mayEnter()) return fail();
      isOver = true;
      resolve(new NodeTransport(stream, below));
    });
  });
}

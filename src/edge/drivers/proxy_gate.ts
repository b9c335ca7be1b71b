/**
 * Learns from the PROXY protocol who called when a proxy before the server says it, below TLS, whose first byte follows.
 * Owner of a connection until its header has come, within a deadline; bounded by {@link PENDING_MAX}. What follows goes
 * to the machine that the connection is for, as if the one whom the header names had made it.
 */
import { AddressRanges } from "../../config/address_ranges.ts";
import type { Logger } from "../../ports.ts";
import type { Accept, Driver, ListenAddress, Listening } from "../driver.ts";
import { BufferPool } from "../held_bytes.ts";
import { ProxyPassage } from "./proxy_passage.ts";

/**
 * Connections whose header has yet to come. Proxies send it with the first bytes, so the oldest is the most likely one
 * to be never done, and one more ends it.
 */
const PENDING_MAX = 1_024;

/** How long those may take that are pending when the listener stops: a proxy has sent the header by then. */
const LAST_HEADERS_MS = 1_000;

/** How long further proxies without a header are only counted after one was logged. */
const QUIET_MS = 10_000;

/** What the gate needs. */
export interface ProxyGateOptions {
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Whose word is taken, and how long it is waited for. */
export type ProxyGateSettings = { readonly kind: "off" } | {
  readonly kind: "on";
  /** Addresses and CIDR ranges; whoever calls from one must begin with a header, and nobody else may. */
  readonly trusted: readonly string[];
  readonly timeoutMs: number;
};

/** The gate of one server; off until it is told. */
export class ProxyGate {
  readonly #options: ProxyGateOptions;
  readonly #pool = new BufferPool();
  readonly #pending = new Set<ProxyPassage>();
  #trusted = new AddressRanges([]);
  #timeoutMs = 0;
  #quietUntil = -Infinity;
  #unsaid = 0;

  /** Takes everybody as they come. */
  constructor(options: ProxyGateOptions) {
    this.#options = options;
  }

  /** Connections that come from now on go by this. Throws, and changes nothing, for a range that is none. */
  configure(settings: ProxyGateSettings): void {
    switch (settings.kind) {
      case "off":
        this.#trusted = new AddressRanges([]);
        return;
      case "on":
        this.#trusted = new AddressRanges(settings.trusted);
        this.#timeoutMs = settings.timeoutMs;
    }
  }

  /** The driver with this gate before its listeners that are behind proxies. */
  over(plain: Driver): Driver {
    return {
      name: plain.name,
      listen: (address, accept) => this.#listen(plain, address, accept),
      connect: (address, handler) => plain.connect(address, handler),
      waitingElsewhere: (change) => plain.waitingElsewhere(change),
      waitingForTurn: (change) => plain.waitingForTurn(change),
      [Symbol.asyncDispose]: () => {
        for (const passage of this.#pending) passage.abort();
        return plain[Symbol.asyncDispose]();
      },
    };
  }

  #listen(plain: Driver, address: ListenAddress, accept: Accept): Listening {
    if (address.isBehindProxies !== true) return plain.listen(address, accept);
    const own = new Set<ProxyPassage>();
    const close = () => {
      for (const passage of own) passage.abort();
    };
    const listening = plain.listen(address, (socket, peer, now) => {
      // Nobody is trusted while the gate is off.
      if (this.#trusted.isEmpty || !this.#trusted.includes(peer.ip)) {
        return accept(socket, peer, now);
      }
      this.#makeRoom();
      const passage = new ProxyPassage(socket, peer, {
        accept,
        pool: this.#pool,
        timeoutMs: this.#timeoutMs,
        onOver: () => {
          this.#pending.delete(passage);
          own.delete(passage);
        },
        onRefused: (fault) => this.#warn(peer.ip, fault),
      });
      this.#pending.add(passage);
      own.add(passage);
      return passage;
    });
    return {
      port: listening.port,
      hostname: listening.hostname,
      replaceCertificate: (tls) => listening.replaceCertificate(tls),
      async stop() {
        await listening.stop();
        if (own.size === 0) return;
        const timer = setTimeout(close, LAST_HEADERS_MS);
        await Promise.all([...own].map(({ over }) => over));
        clearTimeout(timer);
      },
      close() {
        listening.close();
        close();
      },
    };
  }

  #makeRoom(): void {
    if (this.#pending.size < PENDING_MAX) return;
    for (const oldest of this.#pending) return oldest.abort();
  }

  /** A proxy that is trusted and sends no header is set up wrongly, which nobody would see otherwise. */
  #warn(ip: string, fault: string): void {
    const now = this.#options.now();
    if (now < this.#quietUntil) {
      this.#unsaid++;
      return;
    }
    this.#quietUntil = now + QUIET_MS;
    const unsaidBefore = this.#unsaid;
    this.#unsaid = 0;
    this.#options.logger.warn(
      "A trusted proxy began a connection without a good PROXY header: it was closed",
      { ip, fault, ...(unsaidBefore > 0 && { unsaidBefore }) },
    );
  }
}

/**
 * The server's way to the network: the driver, the edge that callers come to, the probes of backends through the same
 * sockets. Owner of all three.
 */
import { isDeepStrictEqual } from "node:util";
import program from "../../deno.json" with { type: "json" };
import type { ServerConfig } from "../config/server_keys.ts";
import type { Listening, ServerTls } from "../edge/driver.ts";
import { Edge } from "../edge/edge.ts";
import type { EdgeLoad } from "../edge/edge_parts.ts";
import type { EdgeOptions } from "../edge/edge_options.ts";
import type { UpstreamTls } from "../edge/drivers/deno/tls_layer.ts";
import { raiseFileLimit } from "../edge/drivers/file_limit.ts";
import type { EdgeSettings } from "../edge/settings.ts";
import { EdgeProber } from "../edge/edge_prober.ts";
import { Resolver } from "../edge/resolver.ts";
import { every } from "../lifecycle.ts";
import type { EventSink } from "../ports.ts";
import { PROBE_TICK_MS, Probing } from "../probe/probing.ts";
import type { Applicable } from "../reload/in_force.ts";
import {
  connectionsMax,
  edgeSettings,
  probeSettings,
  probingSettings,
} from "./door_settings.ts";
import { CERTIFICATE_LOOK_MS, CertificateWatch } from "./certificate_watch.ts";
import { type Certificates, readCertificates } from "./certificates.ts";
import { openDriver, type OpenedDriver } from "./driver.ts";
import {
  adminAddress,
  listenAddress,
  listenOn,
  unusableCertificate,
} from "./listening.ts";

/** What a front door is made of besides its configuration. */
export interface FrontDoorParts
  extends Omit<EdgeOptions, "settings" | "driver" | "prepareTls" | "resolver"> {
  /** Hears of certificates that end. */
  readonly events: EventSink;
}

/** The front door of one server. */
export class FrontDoor implements AsyncDisposable {
  readonly #parts: FrontDoorParts;
  readonly #opened: OpenedDriver;
  readonly #filesMax = raiseFileLimit();
  readonly #edge: Edge;
  readonly #prober: EdgeProber;
  readonly #probing: Probing;
  readonly #probeTimer: Disposable;
  readonly #listeners: Listening[] = [];
  #config: ServerConfig;
  /** The connections that can be held of those that are configured. */
  #connections: { readonly wanted: number; readonly held: number } | undefined;
  readonly #certificates: CertificateWatch;
  readonly #certificateTimer: Disposable;
  #listenerTls: ServerTls | undefined;
  #upstreamTls: UpstreamTls;

  private constructor(
    config: ServerConfig,
    parts: FrontDoorParts,
    opened: OpenedDriver,
    certificates: Certificates,
  ) {
    const { balancer, clock, random, logger, endpointRule } = parts;
    const { driver, prepareTls } = opened;
    const resolver = new Resolver(() => clock.monotonicMs());
    this.#config = config;
    this.#parts = parts;
    this.#opened = opened;
    this.#listenerTls = certificates.listener;
    this.#upstreamTls = certificates.upstream;
    const watch = this.#certificates = new CertificateWatch(
      config,
      certificates,
      {
        ...parts,
        logger: logger.child("tls"),
        use: (changed) => this.#use(changed),
      },
    );
    this.#edge = new Edge({
      ...parts,
      settings: this.#edgeSettings(config),
      driver,
      prepareTls,
      resolver,
      logger: logger.child("edge"),
    });
    const prober = this.#prober = new EdgeProber({
      driver,
      resolver,
      prepareTls,
      ...(endpointRule !== undefined && { endpointRule }),
      clock,
      logger: logger.child("probe"),
      version: program.version,
      settings: probeSettings(config),
    });
    const probing = this.#probing = new Probing({
      fleet: balancer,
      prober,
      clock,
      random,
      logger: logger.child("probe"),
      settings: probingSettings(config, this.#filesMax),
    });
    this.#probeTimer = every(PROBE_TICK_MS, logger, () => probing.tick());
    this.#certificateTimer = every(
      CERTIFICATE_LOOK_MS,
      logger,
      () => void watch.look(),
    );
  }

  /** Opens the driver; nobody can come in yet. */
  static async open(
    config: ServerConfig,
    parts: FrontDoorParts,
  ): Promise<FrontDoor> {
    const { logger, clock } = parts;
    const certificates = await readCertificates(config);
    const { upstream } = certificates;
    const opened = await openDriver(config, upstream, logger, clock);
    return new FrontDoor(config, parts, opened, certificates);
  }

  /** Where callers come in; the port is the real one when 0 was configured. */
  get address(): Deno.NetAddr {
    const [listening] = this.#listeners;
    if (listening === undefined) throw new Error("The server does not listen");
    const { hostname, port } = listening;
    return { transport: "tcp", hostname, port };
  }

  /** Where it listens: first for everybody, then for the management paths alone if it does. */
  get listeners(): readonly {
    readonly hostname: string;
    readonly port: number;
  }[] {
    return this.#listeners;
  }

  /** What goes on in the edge, as counts. */
  get load(): Readonly<EdgeLoad> {
    return this.#edge.load;
  }

  /** Open connections to backends and to the API. */
  get upstreamConnections(): number {
    return this.#edge.upstreamConnections;
  }

  /** When the certificates in use end, wall-clock milliseconds, by the key that names the file. */
  get certificateEnds(): ReadonlyMap<string, number> {
    return this.#certificates.ends;
  }

  /** What moves the bytes. */
  get driver(): "epoll" | "deno" {
    return this.#opened.driver.name;
  }

  /** Lets callers in. */
  async listen(): Promise<void> {
    const address = await listenAddress(this.#config, this.#listenerTls);
    this.#listeners.push(listenOn(this.#edge, address));
    const admin = await adminAddress(this.#config, address);
    if (admin === undefined) return;
    this.#listeners.push(listenOn(this.#edge, admin, true));
  }

  /** Reads and checks the files that another configuration names; what it answers puts it into force. */
  async prepare(config: ServerConfig): Promise<Applicable> {
    const certificates = await readCertificates(config);
    this.#refuseUnusable(certificates);
    return {
      apply: () => {
        this.#use(certificates);
        this.#certificates.follow(config, certificates);
        this.#opened.configure(config);
        this.#edge.configure(this.#edgeSettings(config));
        this.#prober.configure(probeSettings(config));
        this.#probing.configure(probingSettings(config, this.#filesMax));
        this.#config = config;
      },
    };
  }

  /** SHA-256 of the certificates' files as they are in use, in hexadecimal digits, by the key that names them. */
  get fileHashes(): ReadonlyMap<string, string> {
    return this.#certificates.hashes;
  }

  /** Requests to a backend fail: its probes find out more. */
  suspect(backendId: string): void {
    this.#probing.suspect(backendId);
  }

  /** Lets nobody in any more, and settles when those inside have left, at the latest at the configured deadline. */
  async drain(): Promise<void> {
    this.#edge.drain();
    const { shutdownTimeoutSeconds } = this.#config;
    if (await this.#edge.ended(shutdownTimeoutSeconds * 1000)) return;
    this.#parts.logger.warn(
      "Requests still in flight at shutdown_timeout_seconds were cut off",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#certificateTimer[Symbol.dispose]();
    this.#probeTimer[Symbol.dispose]();
    this.#probing[Symbol.dispose]();
    this.#prober[Symbol.dispose]();
    await this.#opened[Symbol.asyncDispose]();
  }

  #refuseUnusable({ listener }: Certificates): void {
    if (listener === undefined) return;
    try {
      this.#opened.refuseUnusable(listener);
    } catch (error) {
      throw unusableCertificate(error);
    }
  }

  /** Connections that stand live on, but those to backends that were made under other checks are not used again. */
  #use(certificates: Certificates): void {
    const { listener, upstream } = certificates;
    if (!isDeepStrictEqual(listener, this.#listenerTls)) {
      this.#refuseUnusable(certificates);
    }
    if (!isDeepStrictEqual(upstream, this.#upstreamTls)) {
      this.#opened.checkUpstreams(upstream);
      this.#upstreamTls = upstream;
      this.#edge.renewTls();
    }
    if (listener === undefined) return;
    for (const listening of this.#listeners) {
      listening.replaceCertificate(listener);
    }
    this.#listenerTls = listener;
  }

  /** Whoever wants more than there can be is told once. */
  #edgeSettings(config: ServerConfig): EdgeSettings {
    const { maxConnections: wanted } = config;
    if (this.#connections?.wanted !== wanted) {
      const held = connectionsMax(config, this.#filesMax, this.#parts.logger);
      this.#connections = { wanted, held };
    }
    return edgeSettings(config, this.#connections.held);
  }
}

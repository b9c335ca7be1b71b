/**
 * The server's way to the network: the driver, the edge that callers come to, the probes of backends through the same
 * sockets. Owner of all three.
 */
import program from "../../deno.json" with { type: "json" };
import type { ServerConfig } from "../config/server_keys.ts";
import type { Listening } from "../edge/driver.ts";
import { Edge, type EdgeOptions } from "../edge/edge.ts";
import type { UpstreamTls } from "../edge/drivers/deno/tls_layer.ts";
import { raiseFileLimit } from "../edge/drivers/file_limit.ts";
import type { EdgeSettings } from "../edge/settings.ts";
import { EdgeProber } from "../edge/edge_prober.ts";
import { Resolver } from "../edge/resolver.ts";
import { every } from "../lifecycle.ts";
import { PROBE_TICK_MS, Probing } from "../probe/probing.ts";
import type { Applicable } from "../reload/in_force.ts";
import {
  connectionsMax,
  edgeSettings,
  probeSettings,
  probingSettings,
} from "./door_settings.ts";
import { openDriver, type OpenedDriver, upstreamTlsOf } from "./driver.ts";
import {
  adminAddress,
  certificateOf,
  listenAddress,
  listenOn,
  unusableCertificate,
} from "./listening.ts";

/** What a front door is made of besides its configuration. */
export type FrontDoorParts = Omit<
  EdgeOptions,
  "settings" | "driver" | "prepareTls" | "resolver"
>;

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
  #upstreamTls: UpstreamTls;

  private constructor(
    config: ServerConfig,
    parts: FrontDoorParts,
    opened: OpenedDriver,
    upstreamTls: UpstreamTls,
  ) {
    const { balancer, clock, random, logger } = parts;
    const { driver, prepareTls } = opened;
    const resolver = new Resolver(() => clock.monotonicMs());
    this.#config = config;
    this.#parts = parts;
    this.#opened = opened;
    this.#upstreamTls = upstreamTls;
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
      clock,
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
  }

  /** Opens the driver; nobody can come in yet. */
  static async open(
    config: ServerConfig,
    parts: FrontDoorParts,
  ): Promise<FrontDoor> {
    const { logger, clock } = parts;
    const upstreamTls = await upstreamTlsOf(config);
    const opened = await openDriver(config, upstreamTls, logger, clock);
    return new FrontDoor(config, parts, opened, upstreamTls);
  }

  /** Where callers come in; the port is the real one when 0 was configured. */
  get address(): Deno.NetAddr {
    const [listening] = this.#listeners;
    if (listening === undefined) throw new Error("The server does not listen");
    const { hostname, port } = listening;
    return { transport: "tcp", hostname, port };
  }

  /** What moves the bytes. */
  get driver(): "epoll" | "deno" {
    return this.#opened.driver.name;
  }

  /** Lets callers in. */
  async listen(): Promise<void> {
    const address = await listenAddress(this.#config);
    this.#listeners.push(listenOn(this.#edge, address));
    const admin = await adminAddress(this.#config, address);
    if (admin === undefined) return;
    this.#listeners.push(listenOn(this.#edge, admin, true));
  }

  /** Reads and checks the files that another configuration names; what it answers puts it into force. */
  async prepare(config: ServerConfig): Promise<Applicable> {
    const upstreamTls = await upstreamTlsOf(config);
    const certificate = await certificateOf(config);
    if (certificate !== undefined) {
      try {
        this.#opened.refuseUnusable(certificate);
      } catch (error) {
        throw unusableCertificate(error);
      }
    }
    return {
      apply: () => {
        this.#checkUpstreams(upstreamTls);
        this.#opened.configure(config);
        if (certificate !== undefined) {
          for (const listening of this.#listeners) {
            listening.replaceCertificate(certificate);
          }
        }
        this.#edge.configure(this.#edgeSettings(config));
        this.#prober.configure(probeSettings(config));
        this.#probing.configure(probingSettings(config, this.#filesMax));
        this.#config = config;
      },
    };
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
    this.#probeTimer[Symbol.dispose]();
    this.#probing[Symbol.dispose]();
    this.#prober[Symbol.dispose]();
    await this.#opened[Symbol.asyncDispose]();
  }

  /** Connections to backends that were made under other checks are not used again. */
  #checkUpstreams(upstreamTls: UpstreamTls): void {
    const { caCerts, skipVerify } = this.#upstreamTls;
    const isSame = skipVerify === upstreamTls.skipVerify &&
      caCerts.join() === upstreamTls.caCerts.join();
    if (isSame) return;
    this.#opened.checkUpstreams(upstreamTls);
    this.#upstreamTls = upstreamTls;
    this.#edge.renewTls();
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

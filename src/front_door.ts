/**
 * Builds the server's front door from its configuration: the driver, the certificates, the limits, the private socket of
 * the API behind it. Owner of nothing once it is built.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ServerConfig } from "./config/server_keys.ts";
import type { Driver, ListenAddress, Listening } from "./edge/driver.ts";
import type { Edge } from "./edge/edge.ts";
import type {
  TlsConnector,
  TlsConnectorOptions,
} from "./edge/drivers/deno/tls_connector.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "./edge/drivers/epoll/open_epoll_driver.ts";
import type { EdgeSettings } from "./edge/settings.ts";
import type { Clock, Logger } from "./ports.ts";

/** A file that the configuration names can't be used. */
export class UnusableFileError extends Error {
  override readonly name = "UnusableFileError";
}

/** An address can't be listened on. */
export class CannotListenError extends Error {
  override readonly name = "CannotListenError";
  readonly address: ListenAddress;

  /** The address, and what the system said. */
  constructor(address: ListenAddress, cause: unknown) {
    super(`Cannot listen on ${address.hostname} port ${address.port}`, {
      cause,
    });
    this.address = address;
  }
}

/** A driver, and whatever stands behind it. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
  /** To be awaited before the first TLS connection to a backend. */
  readonly prepareTls: () => Promise<void>;
}

/**
 * The driver that the configuration asks for; `auto` takes epoll where it can, which is not for TLS. The runtime's TLS
 * costs 10 MB, so it is loaded by whoever needs it.
 */
export async function openDriver(
  config: ServerConfig,
  logger: Logger,
  clock: Clock,
): Promise<OpenedDriver> {
  const now = () => clock.monotonicMs();
  const upstreamTls = {
    caCerts: config.upstreamCaFile === ""
      ? []
      : [await fileOf("upstream_ca_file", config.upstreamCaFile)],
    skipVerify: config.tlsInsecureSkipVerify,
  };
  const handshakeTimeoutMs = config.proxyConnectTimeoutSeconds * 1000;
  if (wantsEpoll(config)) {
    return overEpoll({ logger, now, handshakeTimeoutMs, upstreamTls });
  }
  const { openDenoDriver } = await import(
    "./edge/drivers/deno/deno_driver.ts"
  );
  const driver = openDenoDriver({
    logger,
    now,
    handshakeTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
    upstreamTls,
  });
  return {
    driver,
    prepareTls: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}

function overEpoll(options: TlsConnectorOptions): OpenedDriver {
  const { logger, now } = options;
  let connector: TlsConnector | undefined;
  const driver = openEpollDriver({
    logger,
    now,
    connectTls(address, handler) {
      if (connector === undefined) throw new Error("TLS was not prepared");
      return connector.connect(address, handler);
    },
  });
  return {
    driver,
    async prepareTls() {
      const { openTlsConnector } = await import(
        "./edge/drivers/deno/tls_connector.ts"
      );
      connector ??= openTlsConnector(options);
    },
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await connector?.[Symbol.asyncDispose]();
    },
  };
}

/** The address of the server's own listener, with its certificate when it has one. */
export async function listenAddress(
  config: ServerConfig,
): Promise<ListenAddress> {
  const { host, port, tlsCertFile, tlsKeyFile } = config;
  const hostname = await literalOf(host, port);
  if (tlsCertFile === "") return { hostname, port };
  // One after the other, so that of two missing files the same one is named each time.
  const cert = await fileOf("tls_cert_file", tlsCertFile);
  const key = await fileOf("tls_key_file", tlsKeyFile);
  return { hostname, port, tls: { cert, key } };
}

/** Sockets take addresses; a name stands for its first. */
async function literalOf(host: string, port: number): Promise<string> {
  if (isIP(host) !== 0 || host === "localhost") return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new CannotListenError({ hostname: host, port }, error);
  }
}

/** Listens; an admin address answers the management paths alone. */
export function listenOn(
  edge: Edge,
  address: ListenAddress,
  isAdmin = false,
): Listening {
  try {
    return edge.listen(address, isAdmin);
  } catch (error) {
    const isOfTheSystem = Object.values(Deno.errors).some((kind) =>
      error instanceof kind
    );
    if (address.tls === undefined || isOfTheSystem) {
      throw new CannotListenError(address, error);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFileError(
      `Cannot use tls_cert_file and tls_key_file: ${reason}`,
      { cause: error },
    );
  }
}

async function fileOf(key: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFileError(`Cannot read ${key} "${path}": ${reason}`, {
      cause: error,
    });
  }
}

/** The address of `admin_listen` (`127.0.0.1:9000`, `[::1]:9000`), under the same certificate; undefined for none. */
export async function adminAddress(
  { adminListen }: ServerConfig,
  { tls }: ListenAddress,
): Promise<ListenAddress | undefined> {
  if (adminListen === "") return undefined;
  const colon = adminListen.lastIndexOf(":");
  const host = adminListen.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(adminListen.slice(colon + 1));
  const hostname = await literalOf(host, port);
  return tls === undefined ? { hostname, port } : { hostname, port, tls };
}

/** Files that are open without any connection: the database, the log, the runtime's own, a few to spare. */
const OTHER_FILES = 64;
/** Of the rest, the part for callers. Most of them are idle at any time, so those that need a backend too are fewer. */
const CALLERS_SHARE = 0.75;

/** The connections that can really be held: fewer than configured when the process may not open so many files. */
export function connectionsMax(
  { maxConnections }: ServerConfig,
  filesMax: number | undefined,
  logger: Logger,
): number {
  if (filesMax === undefined) return maxConnections;
  const possible = Math.max(
    1,
    Math.floor((filesMax - OTHER_FILES) * CALLERS_SHARE),
  );
  if (possible >= maxConnections) return maxConnections;
  logger.warn(
    "max_connections is more than the limit of open files allows (ulimit -n): fewer are held",
    { maxConnections, held: possible, openFiles: filesMax },
  );
  return possible;
}

/** The edge's part of the configuration. */
export function edgeSettings(
  config: ServerConfig,
  maxConnections: number,
): EdgeSettings {
  return {
    proxyEndpoints: config.proxyEndpoints,
    trustedProxies: config.trustedProxies,
    allowedAddresses: config.whitelistedIps,
    readHeaderTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
    requestTimeoutMs: config.requestTimeoutSeconds * 1000,
    idleTimeoutMs: config.idleTimeoutSeconds * 1000,
    writeStallMs: config.writeStallSeconds * 1000,
    connectTimeoutMs: config.proxyConnectTimeoutSeconds * 1000,
    retries: config.proxyRetries,
    bodyBytesMax: config.maxRequestBodyBytes,
    sseFlushIntervalMs: config.proxySseFlushIntervalMs,
    tierFieldName: config.tierFieldName,
    tierHeader: config.tierHeader,
    tierPeekBytes: config.tierPeekBytes,
    defaultTier: config.defaultTier,
    stickyHeader: config.stickyHeader,
    stickyByIp: config.stickyByIp,
    maxConnections,
    maxConnectionsPerIp: config.maxConnectionsPerIp,
  };
}

function wantsEpoll({ edgeDriver, tlsCertFile }: ServerConfig): boolean {
  switch (edgeDriver) {
    case "deno":
      return false;
    case "epoll":
      return true;
    case "auto":
      return tlsCertFile === "" && epollAvailable();
  }
}

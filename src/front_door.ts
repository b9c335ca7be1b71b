/**
 * Builds the server's front door from its configuration: the driver, the certificates, the limits, the private socket of
 * the API behind it. Owner of nothing once it is built.
 */
import type { ServerConfig } from "./config/server_keys.ts";
import type { Driver, ListenAddress } from "./edge/driver.ts";
import { openDenoDriver } from "./edge/drivers/deno/deno_driver.ts";
import { openTlsConnector } from "./edge/drivers/deno/tls_connector.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "./edge/drivers/epoll/open_epoll_driver.ts";
import type { EdgeSettings } from "./edge/settings.ts";
import type { Clock, Logger } from "./ports.ts";

/** A driver, and whatever stands behind it. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
}

/** The driver that the configuration asks for; `auto` takes epoll where it can, which is not for TLS. */
export async function openDriver(
  config: ServerConfig,
  logger: Logger,
  clock: Clock,
): Promise<OpenedDriver> {
  const now = () => clock.monotonicMs();
  const upstreamTls = {
    caCerts: config.upstreamCaFile === ""
      ? []
      : [await Deno.readTextFile(config.upstreamCaFile)],
    skipVerify: config.tlsInsecureSkipVerify,
  };
  if (!wantsEpoll(config)) {
    const driver = openDenoDriver({
      logger,
      now,
      handshakeTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
      upstreamTls,
    });
    return {
      driver,
      [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
    };
  }
  const connector = openTlsConnector({
    logger,
    now,
    handshakeTimeoutMs: config.proxyConnectTimeoutSeconds * 1000,
    upstreamTls,
  });
  const driver = openEpollDriver({
    logger,
    now,
    connectTls: connector.connect,
  });
  return {
    driver,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await connector[Symbol.asyncDispose]();
    },
  };
}

/** The address of the server's own listener, with its certificate when it has one. */
export async function listenAddress(
  config: ServerConfig,
): Promise<ListenAddress> {
  const { host: hostname, port, tlsCertFile, tlsKeyFile } = config;
  if (tlsCertFile === "") return { hostname, port };
  const [cert, key] = await Promise.all([
    Deno.readTextFile(tlsCertFile),
    Deno.readTextFile(tlsKeyFile),
  ]);
  return { hostname, port, tls: { cert, key } };
}

/** The address of `admin_listen` (`127.0.0.1:9000`, `[::1]:9000`), under the same certificate; undefined for none. */
export function adminAddress(
  { adminListen }: ServerConfig,
  { tls }: ListenAddress,
): ListenAddress | undefined {
  if (adminListen === "") return undefined;
  const colon = adminListen.lastIndexOf(":");
  const hostname = adminListen.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(adminListen.slice(colon + 1));
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

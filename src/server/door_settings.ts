/** The front door's part of the configuration: names and seconds become the edge's terms. */
import type { ServerConfig } from "../config/server_keys.ts";
import type { ProxyGateSettings } from "../edge/drivers/proxy_gate.ts";
import type { ProbeSettings } from "../edge/edge_prober.ts";
import type { EdgeSettings } from "../edge/settings.ts";
import type { Logger } from "../ports.ts";
import {
  PROBES_IN_FLIGHT_MAX,
  type ProbingSettings,
} from "../probe/probing.ts";
import { asksForTokens } from "./tokens.ts";

/** Files that are open without any connection: the database, the log, the runtime's own, a few to spare. */
const OTHER_FILES = 64;
/** Of the rest, the part for callers. Most of them are idle at any time, so those that need a backend too are fewer. */
const CALLERS_SHARE = 0.75;
/** And the part that probes may take of it, out of what is left for backends. */
const PROBES_SHARE = 0.125;

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

/** The edge's settings. */
export function edgeSettings(
  config: ServerConfig,
  maxConnections: number,
): EdgeSettings {
  return {
    proxyEndpoints: config.proxyEndpoints,
    trustedProxies: config.trustedProxies,
    allowedAddresses: config.whitelistedIps,
    blockedAddresses: config.blockedIps,
    rateExempt: config.rateLimitExempt,
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
    hasSecurityFields: !config.disableSecurityHeaders,
    corsOrigins: config.enableCors ? config.corsAllowedOrigins : undefined,
    needsToken: asksForTokens(config),
    maxConnections,
    maxConnectionsPerIp: config.maxConnectionsPerIp,
    maxRequestsPerIp: config.maxRequestsPerIp,
    proxyRequireKey: config.proxyRequireKey,
  };
}

/** Whose word about who called is taken before the first byte. */
export function proxyGateSettings(config: ServerConfig): ProxyGateSettings {
  if (!config.proxyProtocol) return { kind: "off" };
  return {
    kind: "on",
    trusted: config.trustedProxies,
    timeoutMs: config.readHeaderTimeoutSeconds * 1000,
  };
}

/** What a probe does. */
export function probeSettings(config: ServerConfig): ProbeSettings {
  return {
    type: config.healthCheckType,
    path: config.healthCheckPath,
    timeoutMs: config.healthCheckTimeoutSeconds * 1000,
  };
}

/** Whether and how often backends are probed; of few files that may be open probes take few. */
export function probingSettings(
  config: ServerConfig,
  filesMax: number | undefined,
): ProbingSettings {
  if (!config.healthCheckEnabled) return { kind: "off" };
  const possible = Math.max(
    1,
    Math.floor((filesMax ?? Infinity) * PROBES_SHARE),
  );
  return {
    kind: "on",
    intervalMs: config.healthCheckIntervalSeconds * 1000,
    concurrencyMax: Math.min(PROBES_IN_FLIGHT_MAX, possible),
    unhealthyAfter: config.healthCheckUnhealthyThreshold,
  };
}

/** What moves the server's bytes: opens the driver that the configuration asks for, with TLS above it. */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Certificate, Driver } from "../edge/driver.ts";
import {
  type DenoDriverOptions,
  openDenoDriver,
} from "../edge/drivers/deno/deno_driver.ts";
import type { UpstreamTls } from "../edge/drivers/deno/tls_layer.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../edge/drivers/epoll/open_epoll_driver.ts";
import { LateTls } from "../edge/drivers/late_tls.ts";
import type { Clock, Logger } from "../ports.ts";
import { readNamedFile, UnusableFileError } from "./named_file.ts";

/** A driver, and whatever stands behind it. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
  /** To be awaited before the first TLS connection to a backend. */
  readonly prepareTls: () => Promise<void>;
  /** From now on the certificates of backends are checked like this; throws, and changes nothing, where that can't be. */
  checkUpstreams(upstreamTls: UpstreamTls): void;
  /** From now on connecting and handshakes may take as long as this configuration says. */
  configure(config: ServerConfig): void;
  /** Throws unless listeners could show this certificate. */
  refuseUnusable(certificate: Certificate): void;
}

/** The driver that the configuration asks for; ready for TLS where a listener is to have it. */
export async function openDriver(
  config: ServerConfig,
  upstreamTls: UpstreamTls,
  logger: Logger,
  clock: Clock,
): Promise<OpenedDriver> {
  const options = { logger, now: () => clock.monotonicMs() };
  const tls = { ...options, ...timeoutsOf(config), upstreamTls };
  const driver = new LateTls(openPlain(config, options), tls);
  if (config.tlsCertFile !== "") await driver.prepare();
  return {
    driver,
    prepareTls: () => driver.prepare(),
    checkUpstreams: (next) => driver.checkUpstreams(next),
    configure: (next) => void Object.assign(tls, timeoutsOf(next)),
    refuseUnusable: (certificate) => driver.refuseUnusable(certificate),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}

function timeoutsOf(config: ServerConfig) {
  return {
    handshakeTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
    connectTimeoutMs: config.proxyConnectTimeoutSeconds * 1000,
  };
}

/** How backends' certificates are to be checked, with the authorities read from their file; rejects if it holds others. */
export async function upstreamTlsOf(
  { upstreamCaFile, tlsInsecureSkipVerify }: ServerConfig,
): Promise<UpstreamTls> {
  return {
    caCerts: upstreamCaFile === "" ? [] : [await authorities(upstreamCaFile)],
    skipVerify: tlsInsecureSkipVerify,
  };
}

/** The runtime would ignore what it can't read, and refuse every backend later. */
async function authorities(path: string): Promise<string> {
  const text = await readNamedFile("upstream_ca_file", path);
  const { X509Certificate } = await import("node:crypto");
  const certificates = text.match(CERTIFICATES) ?? [];
  try {
    if (certificates.length === 0) throw new TypeError("it holds none");
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFileError(
      `Cannot use upstream_ca_file "${path}": ${reason}`,
      { cause: error },
    );
  }
  return text;
}

/** From where each begins to where the next one does (RFC 7468). */
const CERTIFICATES =
  /-----BEGIN CERTIFICATE-----[^]*?(?=-----BEGIN CERTIFICATE-----|$)/g;

function openPlain(
  { edgeDriver }: ServerConfig,
  options: DenoDriverOptions,
): Driver {
  switch (edgeDriver) {
    case "deno":
      return openDenoDriver(options);
    case "epoll":
      return openEpollDriver(options);
    case "auto":
      return epollAvailable()
        ? openEpollDriver(options)
        : openDenoDriver(options);
  }
}

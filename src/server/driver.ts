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
import { readNamedFile } from "./named_file.ts";

/** A driver, and whatever stands behind it. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
  /** To be awaited before the first TLS connection to a backend. */
  readonly prepareTls: () => Promise<void>;
  /** From now on the certificates of backends are checked like this; throws, and changes nothing, where that can't be. */
  checkUpstreams(upstreamTls: UpstreamTls): void;
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
  const driver = new LateTls(openPlain(config, options), {
    ...options,
    handshakeTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
    connectTimeoutMs: config.proxyConnectTimeoutSeconds * 1000,
    upstreamTls,
  });
  if (config.tlsCertFile !== "") await driver.prepare();
  return {
    driver,
    prepareTls: () => driver.prepare(),
    checkUpstreams: (next) => driver.checkUpstreams(next),
    refuseUnusable: (certificate) => driver.refuseUnusable(certificate),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}

/** How backends' certificates are to be checked, with the authorities read from their file. */
export async function upstreamTlsOf(
  { upstreamCaFile, tlsInsecureSkipVerify }: ServerConfig,
): Promise<UpstreamTls> {
  return {
    caCerts: upstreamCaFile === ""
      ? []
      : [await readNamedFile("upstream_ca_file", upstreamCaFile)],
    skipVerify: tlsInsecureSkipVerify,
  };
}

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

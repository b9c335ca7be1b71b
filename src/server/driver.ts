/** What moves the server's bytes: opens the driver that the configuration asks for, and what TLS needs beside it. */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Certificate, Driver } from "../edge/driver.ts";
import type {
  TlsConnector,
  TlsConnectorOptions,
} from "../edge/drivers/deno/tls_connector.ts";
import type { UpstreamTls } from "../edge/drivers/deno/tls_layer.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../edge/drivers/epoll/open_epoll_driver.ts";
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

/**
 * The driver that the configuration asks for; `auto` takes epoll where it can, which is not for TLS. The runtime's TLS
 * costs 10 MB, so it is loaded by whoever needs it.
 */
export async function openDriver(
  config: ServerConfig,
  upstreamTls: UpstreamTls,
  logger: Logger,
  clock: Clock,
): Promise<OpenedDriver> {
  const now = () => clock.monotonicMs();
  const handshakeTimeoutMs = config.proxyConnectTimeoutSeconds * 1000;
  if (wantsEpoll(config)) {
    return overEpoll({ logger, now, handshakeTimeoutMs, upstreamTls });
  }
  const [{ openDenoDriver }, { refuseUnusable }] = await Promise.all([
    import("../edge/drivers/deno/deno_driver.ts"),
    import("../edge/drivers/deno/tls_layer.ts"),
  ]);
  const driver = openDenoDriver({
    logger,
    now,
    handshakeTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
    upstreamTls,
  });
  return {
    driver,
    prepareTls: () => Promise.resolve(),
    checkUpstreams: (next) => driver.checkUpstreams(next),
    refuseUnusable,
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

function overEpoll(options: TlsConnectorOptions): OpenedDriver {
  const { logger, now } = options;
  let { upstreamTls } = options;
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
        "../edge/drivers/deno/tls_connector.ts"
      );
      connector ??= openTlsConnector({ ...options, upstreamTls });
    },
    checkUpstreams(next) {
      connector?.checkUpstreams(next);
      upstreamTls = next;
    },
    refuseUnusable() {
      throw new TypeError("The epoll driver has no TLS for listeners");
    },
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await connector?.[Symbol.asyncDispose]();
    },
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

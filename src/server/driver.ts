/** What moves the server's bytes: opens the driver that the configuration asks for, with TLS above it. */
import type { ServerConfig } from "../config/server_keys.ts";
import { servesTls } from "../config/tls_rules.ts";
import type { Driver, ServerTls } from "../edge/driver.ts";
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
import { ProxyGate } from "../edge/drivers/proxy_gate.ts";
import type { Clock, Logger } from "../ports.ts";
import { proxyGateSettings } from "./door_settings.ts";

/** A driver, and whatever stands behind it. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
  /** To be awaited before the first TLS connection to a backend. */
  readonly prepareTls: () => Promise<void>;
  /** From now on the certificates of backends are checked like this; throws, and changes nothing, where that can't be. */
  checkUpstreams(upstreamTls: UpstreamTls): void;
  /** From now on connecting and handshakes may take as long as this configuration says, and proxies are asked so. */
  configure(config: ServerConfig): void;
  /** Throws unless listeners could go by this. */
  refuseUnusable(tls: ServerTls): void;
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
  const gate = new ProxyGate(options);
  gate.configure(proxyGateSettings(config));
  const driver = new LateTls(gate.over(openPlain(config, options)), tls);
  if (servesTls(config)) await driver.prepare();
  return {
    driver,
    prepareTls: () => driver.prepare(),
    checkUpstreams: (next) => driver.checkUpstreams(next),
    configure(next) {
      Object.assign(tls, timeoutsOf(next));
      gate.configure(proxyGateSettings(next));
    },
    refuseUnusable: (tls) => driver.refuseUnusable(tls),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}

function timeoutsOf(config: ServerConfig) {
  return {
    handshakeTimeoutMs: config.readHeaderTimeoutSeconds * 1000,
    connectTimeoutMs: config.proxyConnectTimeoutSeconds * 1000,
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
      if (epollAvailable()) return openEpollDriver(options);
      if (Deno.build.os === "linux") {
        options.logger.warn(
          "The C library can't be called (--allow-ffi), so bytes are moved by the runtime's own sockets, which is slower",
        );
      }
      return openDenoDriver(options);
  }
}

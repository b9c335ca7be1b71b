/** A prober over a real driver, and a test of it over each driver that this machine has. */
import type { ProbeOutcome } from "../../src/engine/health.ts";
import { openDenoDriver } from "../../src/edge/drivers/deno/deno_driver.ts";
import type { UpstreamTls } from "../../src/edge/drivers/deno/tls_layer.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../../src/edge/drivers/epoll/open_epoll_driver.ts";
import { LateTls } from "../../src/edge/drivers/late_tls.ts";
import type { Driver } from "../../src/edge/driver.ts";
import { EdgeProber, type ProbeSettings } from "../../src/edge/edge_prober.ts";
import { type Lookup, Resolver } from "../../src/edge/resolver.ts";
import type { Clock, ProbeTarget } from "../../src/ports.ts";
import type { EndpointRule } from "../../src/trust_ports.ts";
import { FakeLogger } from "../fakes/logger.ts";

/** Longer than a test may take: only what does not wait for it is fast enough. */
export const AMPLE_MS = 120_000;
/** A time-out that a test waits for. */
export const SHORT_MS = 400;

/** Being connected is enough. */
export const TCP: ProbeSettings = {
  type: "tcp",
  path: "/health",
  timeoutMs: AMPLE_MS,
};
/** A good status is wanted. */
export const HTTP: ProbeSettings = { ...TCP, type: "http" };

const CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** What a test may choose. */
export interface ProbeWorldOptions {
  readonly settings?: ProbeSettings;
  readonly tls?: UpstreamTls;
  readonly lookup?: Lookup;
  readonly endpointRule?: EndpointRule;
}

/** A prober and what it stands on. */
export interface ProbeWorld extends AsyncDisposable {
  readonly prober: EdgeProber;
  readonly logger: FakeLogger;
  /** Probes once. */
  readonly probe: (endpoint: string) => Promise<ProbeOutcome>;
}

/** Makes a world over the driver under test. */
export type OpenWorld = (options?: ProbeWorldOptions) => ProbeWorld;

/** Registers a test for each driver. */
export function overDrivers(
  title: string,
  run: (open: OpenWorld) => Promise<void>,
): void {
  const drivers = epollAvailable()
    ? ["epoll", "deno"] as const
    : ["deno"] as const;
  for (const name of drivers) {
    Deno.test(`${name}: ${title}`, () => run((options) => open(name, options)));
  }
}

/** A backend that registered from loopback. */
export function targetAt(endpoint: string): ProbeTarget {
  return { id: "b1", endpoint, publicIp: "", registeredFrom: "127.0.0.1" };
}

function open(
  name: Driver["name"],
  options: ProbeWorldOptions = {},
): ProbeWorld {
  const { settings = TCP, lookup, endpointRule } = options;
  const logger = new FakeLogger();
  const now = () => performance.now();
  const tls = {
    logger: new FakeLogger(),
    now,
    handshakeTimeoutMs: AMPLE_MS,
    connectTimeoutMs: AMPLE_MS,
    upstreamTls: options.tls ?? { caCerts: [], skipVerify: false },
  };
  const plain = name === "deno" ? openDenoDriver(tls) : openEpollDriver(tls);
  const driver = new LateTls(plain, tls);
  const prober = new EdgeProber({
    driver,
    resolver: new Resolver(now, lookup),
    prepareTls: () => driver.prepare(),
    ...(endpointRule !== undefined && { endpointRule }),
    clock: CLOCK,
    logger,
    version: "1.2.3",
    settings,
  });
  return {
    prober,
    logger,
    probe: (endpoint) =>
      new Promise((resolve) => prober.probe(targetAt(endpoint), resolve)),
    async [Symbol.asyncDispose]() {
      prober[Symbol.dispose]();
      await driver[Symbol.asyncDispose]();
    },
  };
}

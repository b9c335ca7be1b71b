/** Drivers with TLS above them, and tests that run once with each. */
import type { Driver } from "../../../src/edge/driver.ts";
import { openDenoDriver } from "../../../src/edge/drivers/deno/deno_driver.ts";
import type { TlsLayerOptions } from "../../../src/edge/drivers/deno/tls_layer.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../../../src/edge/drivers/epoll/open_epoll_driver.ts";
import { LateTls } from "../../../src/edge/drivers/late_tls.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { toolTest } from "../../tools.ts";
import { Stage } from "./stage.ts";

/** Longer than a test may take. */
const AMPLE_MS = 60_000;

/** What lies below TLS on this machine. */
const PLAIN_DRIVERS: Readonly<Record<string, () => Driver>> = {
  ...(epollAvailable() && { epoll: () => openEpollDriver(around()) }),
  deno: () => openDenoDriver(around()),
};

/** TLS above a driver, still to be prepared; time-outs are ample and certificates checked unless told. */
export function unprepared(
  plain: Driver,
  options: Partial<TlsLayerOptions> = {},
): LateTls {
  return new LateTls(plain, {
    ...around(),
    handshakeTimeoutMs: AMPLE_MS,
    connectTimeoutMs: AMPLE_MS,
    upstreamTls: { caCerts: [], skipVerify: false },
    ...options,
  });
}

/** Opens a stage. */
export type OpenTls = (options?: Partial<TlsLayerOptions>) => Promise<TlsStage>;

/** A stage whose driver is ready for TLS. */
export class TlsStage extends Stage {
  override readonly driver: LateTls;

  /** With a driver that is ready. */
  constructor(driver: LateTls) {
    super(driver);
    this.driver = driver;
  }
}

/** A test over each driver; `tools` are programs that it needs. */
export function tlsTest(
  title: string,
  run: (open: OpenTls) => Promise<void>,
  tools: readonly string[] = [],
): void {
  for (const [name, openPlain] of Object.entries(PLAIN_DRIVERS)) {
    toolTest(
      tools,
      `${name}: ${title}`,
      () =>
        run(async (options) => {
          const driver = unprepared(openPlain(), options);
          await driver.prepare();
          return new TlsStage(driver);
        }),
    );
  }
}

function around() {
  return { logger: new FakeLogger(), now: () => performance.now() };
}

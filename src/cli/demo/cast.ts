/** Everything the demo runs: a real server, a real client on this machine, and clients of simulated neighbours. */
import { runClient } from "../../client.ts";
import type { ClientConfig } from "../../config/client_keys.ts";
import { loadClientConfig } from "../../config/load_client_config.ts";
import { loadServerConfig } from "../../config/load_server_config.ts";
import type { ServerConfig } from "../../config/server_keys.ts";
import type { Loaded } from "../../config/load.ts";
import type { SaidFlag } from "../../config/outside_values.ts";
import { systemClock, systemRandom } from "../../lifecycle.ts";
import type { Logger } from "../../ports.ts";
import { startServer } from "../../server.ts";
import { SESSION_HEADER } from "./callers.ts";
import { type Endpoint, startEndpoint } from "./endpoint.ts";
import { Machine } from "./machine.ts";
import { HERE, NEIGHBOURS, type Spot } from "./members.ts";

/** What the demo's parts are started in. */
export interface Stage {
  readonly folder: string;
  readonly logger: Logger;
  /** Ends the clients. */
  readonly signal: AbortSignal;
}

/** The running parts. */
export interface Cast extends AsyncDisposable {
  readonly serverUrl: string;
  readonly endpoints: readonly {
    readonly name: string;
    readonly url: string;
  }[];
}

const TICK_MS = 500;
const BYTES_PER_GB = 2 ** 30;
const BLOCK_BYTES = 4096;

/** Starts everything; clients register and report by themselves. */
export async function startCast(stage: Stage): Promise<Cast> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    await startServer(await serverConfig(), {
      logger: stage.logger.child("server"),
      databasePath: `${stage.folder}/opsen.db`,
    }),
  );
  const serverUrl = `http://127.0.0.1:${server.address.port}`;

  const here = stack.use(startEndpoint("this machine", () => () => {}));
  const clients = [
    startClient(
      stage,
      await clientConfig(serverUrl, "this-machine", here, HERE),
      {},
    ),
  ];
  const endpoints = [{ name: "this-machine", url: here.url }];
  for (const { shape, spot } of NEIGHBOURS) {
    const machine = new Machine(
      shape,
      `${stage.folder}/${shape.name}`,
      systemRandom.next,
    );
    const timer = setInterval(() => machine.tick(TICK_MS), TICK_MS);
    stack.defer(() => clearInterval(timer));
    const endpoint = stack.use(
      startEndpoint(shape.name, (load) => machine.open(load)),
    );
    const config = await clientConfig(serverUrl, shape.name, endpoint, spot);
    clients.push(startClient(stage, config, machine));
    endpoints.push({ name: shape.name, url: endpoint.url });
  }
  stack.defer(async () => void await Promise.all(clients));

  const running = stack.move();
  return {
    serverUrl,
    endpoints,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** One client; a machine's files are those of the simulated one, if it is one. */
function startClient(
  stage: Stage,
  config: ClientConfig,
  machine: Machine | Record<string, never>,
): Promise<number> {
  const simulated = machine instanceof Machine
    ? {
      procRoot: machine.procRoot,
      sysRoot: machine.sysRoot,
      statfs: () => ({
        bsize: BLOCK_BYTES,
        blocks: Math.round(machine.disk.totalGb * BYTES_PER_GB / BLOCK_BYTES),
        bavail: Math.round(
          machine.disk.availableGb * BYTES_PER_GB / BLOCK_BYTES,
        ),
      }),
    }
    : {};
  return runClient(config, {
    ...simulated,
    clock: systemClock,
    random: systemRandom,
    logger: stage.logger.child(config.hostname),
    signal: stage.signal,
    environment: () => undefined,
  });
}

async function serverConfig(): Promise<ServerConfig> {
  return loadedOf(
    await loadServerConfig(said({
      host: "127.0.0.1",
      port: "0",
      sticky_header: SESSION_HEADER,
      pending_allocation_timeout_seconds: "6",
      // The screen shows what happens.
      access_log: "off",
      // Everybody in the demo calls from one address.
      rate_limit_per_minute: "0",
    })),
  );
}

async function clientConfig(
  serverUrl: string,
  name: string,
  endpoint: Endpoint,
  spot: Spot,
): Promise<ClientConfig> {
  return loadedOf(
    await loadClientConfig(said({
      server_url: serverUrl,
      client_id: name,
      hostname: name,
      endpoint_url: endpoint.url,
      window_minutes: "1",
      report_interval_seconds: "1",
      latitude: String(spot.latitude),
      longitude: String(spot.longitude),
      city: spot.name,
    })),
  );
}

/** Settings as if they were flags, with nothing from the environment or a file. */
function said(settings: Readonly<Record<string, string>>) {
  const flags: SaidFlag[] = Object.entries(settings).map(([path, value]) => ({
    path,
    flag: path,
    value,
  }));
  return {
    flags,
    env: () => undefined,
    readFile: () => ({ kind: "unreadable", found: "no file is read" } as const),
  };
}

/** The demo's own settings are right, or the demo is wrong. */
function loadedOf<Config>(loaded: Loaded<Config>): Config {
  if (loaded.kind === "invalid") {
    throw new TypeError(loaded.problems.join("; "));
  }
  return loaded.config;
}

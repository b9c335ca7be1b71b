/**
 * The server: builds its parts, runs them, takes them down in reverse. Reads like a table of contents; what happens
 * inside stands in the rooms.
 */
import program from "../deno.json" with { type: "json" };
import type { ApiSettings } from "./api/api_deps.ts";
import { apiOf } from "./api/app.ts";
import type { Connection } from "./api/endpoint.ts";
import { requestIds } from "./api/request_ids.ts";
import { Edge } from "./edge/edge.ts";
import { raiseFileLimit } from "./edge/drivers/file_limit.ts";
import { Resolver } from "./edge/resolver.ts";
import type { ServerConfig } from "./config/server_keys.ts";
import { balancerOf, staleAfterMs, STICKY_MAX } from "./decider.ts";
import type { Balancer } from "./engine/balancer.ts";
import { DecisionLog } from "./engine/decision_log.ts";
import {
  adminAddress,
  connectionsMax,
  edgeSettings,
  listenAddress,
  listenOn,
  openDriver,
} from "./front_door.ts";
import {
  aborted,
  every,
  InFlight,
  privateSocket,
  StandingServer,
  systemClock,
  systemRandom,
  within,
} from "./lifecycle.ts";
import type { Clock, Locator, Logger, Store } from "./ports.ts";
import { restore, snapshotOf } from "./snapshot.ts";
import { openStore } from "./store/open_store.ts";
import { decisionAnswerOf } from "./wire/decision_answer.ts";

/** What a server is started in. */
export interface ServerWorld {
  readonly logger: Logger;
  /** The database file; its folder exists. */
  readonly databasePath: string;
  /** The system's clocks when absent. */
  readonly clock?: Clock;
}

/** A server that accepts requests. Disposing of it finishes what is in flight and closes the database. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens; the port is the real one when 0 was configured. */
  readonly address: Deno.NetAddr;
  /** What moves its bytes. */
  readonly driver: "epoll" | "deno";
}

/** How often asks that wait are looked at for those that waited too long, milliseconds. */
const QUEUE_TICK_MS = 100;
/** A backend that was silent for this many stale limits is forgotten, as the Go server does. */
const FORGET_AFTER_STALE_LIMITS = 3;
const MS_PER_DAY = 86_400_000;

/** Places come with the GeoIP database; until then no address has one. */
const NOWHERE: Locator = { locate: () => undefined };

/** Runs a server until its world's signal aborts; the exit code. */
export async function runServer(
  config: ServerConfig,
  world: ServerWorld & { readonly signal: AbortSignal },
): Promise<number> {
  const { logger, signal } = world;
  await using server = await startServer(config, world);
  const { address: { hostname, port }, driver } = server;
  const { version } = program;
  logger.info("Listening", { hostname, port, driver, version });
  await aborted(signal);
  logger.info(
    "Stopping: nothing new is begun, requests in flight are finished",
  );
  return 0;
}

/** Starts a server; it listens when the promise settles. */
export async function startServer(
  config: ServerConfig,
  world: ServerWorld,
): Promise<RunningServer> {
  const { logger, clock = systemClock } = world;
  await using building = new AsyncDisposableStack();

  const store: Store = building.use(openStore({
    path: world.databasePath,
    logger: logger.child("store"),
    clock,
    maxBackends: config.maxBackends,
    maxSticky: STICKY_MAX,
    onLateSnapshot: (snapshot) => restore(balancer, snapshot, clock),
    whatIsKnown: () => snapshotOf(balancer, clock),
  }));
  const balancer = balancerOf(config, {
    clock,
    random: systemRandom,
    logger: logger.child("engine"),
    onForgotten: (stickyId, tier) => store.removeSticky(stickyId, tier),
  });
  restore(balancer, store.load(), clock);
  const startedAt = clock.monotonicMs();
  building.use(
    every(config.cleanupIntervalSeconds * 1000, logger, () => {
      cleanUp({ config, balancer, store, clock, logger, startedAt });
    }),
  );

  if (config.queue.enabled) {
    building.use(
      every(QUEUE_TICK_MS, logger, () => balancer.sweep(clock.monotonicMs())),
    );
  }

  const settings = apiSettings(config);
  const drain = new AbortController();
  const decisions = new DecisionLog(config.decisionLog, {
    chance: () => systemRandom.next(),
    take: (decision) => {
      const { requestId, atMs } = decision;
      const json = JSON.stringify(decisionAnswerOf(decision));
      store.saveDecision({ requestId, atMs, json });
    },
  });
  const { http, local } = apiOf({
    balancer,
    store,
    clock,
    locator: NOWHERE,
    logger,
    settings,
    decisions,
    drainSignal: drain.signal,
    isDraining: () => drain.signal.aborted,
  });
  if (settings.keys.length === 0) {
    logger.warn(
      "No server_key or api_keys: whoever reaches this port may register, report and route",
    );
  }
  const inFlight = new InFlight();
  const { path: apiSocket } = building.use(privateSocket());
  const apiListener = new StandingServer(
    {
      path: apiSocket,
      onError: (error) => {
        logger.error("Cannot answer a request", { error });
        return new Response(null, { status: 500 });
      },
    },
    async (request) =>
      await inFlight.track(
        Promise.resolve(http.fetch(request, behindTheEdge(request))),
      ),
    logger,
  );
  building.defer(async () => {
    drain.abort();
    const deadlineMs = config.shutdownTimeoutSeconds * 1000;
    // From shutdown() on, no body in flight can be read any more (denoland/deno#36809), so it comes after them.
    if (await within(deadlineMs, inFlight.ended())) {
      await within(deadlineMs, apiListener.shutdown());
    } else apiListener.cutOff();
  });

  const { driver, prepareTls } = building.use(
    await openDriver(config, logger, clock),
  );
  const edge = new Edge({
    settings: edgeSettings(
      config,
      connectionsMax(config, raiseFileLimit(), logger),
    ),
    driver,
    prepareTls,
    resolver: new Resolver(() => clock.monotonicMs()),
    apiSocket,
    local,
    balancer,
    store,
    decisions,
    locator: NOWHERE,
    logger: logger.child("edge"),
    clock,
    random: systemRandom,
  });
  building.defer(async () => {
    drain.abort();
    edge.drain();
    if (await edge.ended(config.shutdownTimeoutSeconds * 1000)) return;
    logger.warn(
      "Requests still in flight at shutdown_timeout_seconds were cut off",
    );
  });
  const address = await listenAddress(config);
  const { hostname, port } = listenOn(edge, address);
  const admin = await adminAddress(config, address);
  if (admin !== undefined) listenOn(edge, admin, true);

  const running = building.move();
  return {
    address: { transport: "tcp", hostname, port },
    driver: driver.name,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What the front door says of the caller and of the request; nobody else reaches the socket that it comes through. */
function behindTheEdge({ headers }: Request): Connection {
  const hostname = headers.get("opsen-caller") ?? "";
  const requestId = headers.get("x-request-id");
  return {
    remoteAddr: { transport: "tcp", hostname, port: 0 },
    ...(requestId !== null && { requestId }),
  };
}

function apiSettings(config: ServerConfig): ApiSettings {
  return {
    keys: keysOf(config),
    allowedAddresses: config.whitelistedIps,
    bodyBytesMax: config.maxRequestBodyBytes,
    bodyTimeoutMs: config.requestTimeoutSeconds * 1000,
    stickyHeader: config.stickyHeader,
    stickyByIp: config.stickyByIp,
    staleAfterMs: staleAfterMs(config),
    version: program.version,
    newRequestId: requestIds(systemRandom),
  };
}

/** An entry whose key can't be read yet (by its hash, in a file) must not leave the server open: it stands for no caller. */
function keysOf(config: ServerConfig): string[] {
  const apiKeys = config.apiKeys.map(({ key }) =>
    key === "" ? crypto.randomUUID() : key
  );
  return config.serverKey === "" ? apiKeys : [config.serverKey, ...apiKeys];
}

function cleanUp(
  { config, balancer, store, clock, logger, startedAt }: {
    readonly config: ServerConfig;
    readonly balancer: Balancer;
    readonly store: Store;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly startedAt: number;
  },
): void {
  const now = clock.monotonicMs();
  balancer.sweep(now);
  const silentForMs = FORGET_AFTER_STALE_LIMITS * staleAfterMs(config);
  // Nobody is called silent for a time in which nobody listened: after a long outage all would lose their sessions.
  const forgotten = now - startedAt > silentForMs
    ? balancer.removeSilent(silentForMs, now)
    : [];
  if (forgotten.length > 0) {
    logger.info("Forgot silent backends", { backends: forgotten, silentForMs });
    void store.removeBackends(forgotten);
  }
  if (config.statsRetentionDays > 0) {
    store.pruneReports(clock.wallMs() - config.statsRetentionDays * MS_PER_DAY);
  }
  store.pruneDecisions(
    clock.wallMs() - config.decisionLog.retentionDays * MS_PER_DAY,
  );
}

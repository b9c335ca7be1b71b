/**
 * The client put together: who this machine is, what is sampled of it, what its server hears. Owns everything it opens,
 * and closes it in reverse.
 */
import program from "../deno.json" with { type: "json" };
import { openNvml } from "../ffi/nvml.ts";
import { withDeadline } from "./agent/deadline.ts";
import { DrainFile } from "./agent/drain_file.ts";
import { checkEndpoints, endpointsOf } from "./agent/endpoint_check.ts";
import { cautionsOf } from "./agent/cautions.ts";
import { Credential } from "./agent/credential.ts";
import { CredentialFile } from "./agent/credential_file.ts";
import { Enrolment } from "./agent/enrolment.ts";
import { openIdentity } from "./agent/identity.ts";
import { untilDrained } from "./agent/last_drain.ts";
import { localAddress } from "./agent/local_address.ts";
import { openTransport } from "./agent/open_transport.ts";
import { OwnPlace } from "./agent/own_place.ts";
import { PlaceCache } from "./agent/place_cache.ts";
import { hasChangedSize, registrationOf } from "./agent/registration.ts";
import { reportOf } from "./agent/report.ts";
import { Sampler } from "./agent/sampler.ts";
import { readSecret } from "./agent/secret_file.ts";
import { ServerLink } from "./agent/server_link.ts";
import { ServerWord } from "./agent/server_word.ts";
import { Session } from "./agent/session.ts";
import { type Sleep, sleep as systemSleep } from "./agent/sleep.ts";
import { stateFolders, SYSTEM_STATE_FOLDER } from "./agent/state_folders.ts";
import type { Statfs } from "./collect/disk.ts";
import { type MachineOptions, openMachine } from "./collect/machine.ts";
import type { ClientConfig } from "./config/client_keys.ts";
import type { Place } from "./engine/backend.ts";
import { aborted, EndRequest, systemVariable } from "./lifecycle.ts";
import type { Clock, Logger, Random } from "./ports.ts";
import { ServiceManager } from "./service/service_manager.ts";

/** How long the end may take, milliseconds; a service manager and people at a terminal get two seconds in all. */
const FLUSH_MS_MAX = 1500;

/** What a client takes from outside; what is optional is the system's own, or a simulated machine's. */
export interface ClientWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the client; one that aborts because of SIGTERM lets the machine's sessions end first, as configured. */
  readonly signal: AbortSignal;
  readonly sleep?: Sleep;
  /** Instead of "/proc". */
  readonly procRoot?: string;
  /** Instead of "/sys". */
  readonly sysRoot?: string;
  /** Instead of "/etc". */
  readonly etcRoot?: string;
  readonly statfs?: Statfs;
  /** Reads a variable of the environment. */
  readonly environment?: (name: string) => string | undefined;
  /** Instead of "/var/lib/opsen". */
  readonly systemStateFolder?: string;
  /** Name of the operating system. */
  readonly os?: string;
  /** Where NVIDIA's library may be, instead of where this system has libraries; a simulated machine has it only here. */
  readonly nvmlPaths?: readonly string[];
  /** URL that tells a machine's place; absent for none, since no machine but a real one may ask strangers. */
  readonly placeServiceUrl?: string;
}

/** Runs a client until its world's signal aborts; the exit code. */
export async function runClient(
  config: ClientConfig,
  world: ClientWorld,
): Promise<number> {
  using stack = new DisposableStack();
  const { clock, random, logger, signal, sleep = systemSleep } = world;
  const { environment = systemVariable } = world;
  const service = stack.use(new ServiceManager({ environment, logger }));

  const machine = stack.use(openMachine({
    procRoot: world.procRoot ?? "/proc",
    sysRoot: world.sysRoot ?? "/sys",
    etcRoot: world.etcRoot ?? "/etc",
    diskPath: config.diskPath,
    statfs: world.statfs,
    now: () => clock.monotonicMs(),
    os: world.os ?? Deno.build.os,
    nvidia: nvidiaOf(world),
  }));
  const folderSources = {
    stateDir: config.stateDir,
    environment,
    systemFolder: world.systemStateFolder ?? SYSTEM_STATE_FOLDER,
  };
  const identity = stack.use(openIdentity({
    ...folderSources,
    clientId: config.clientId,
    serverUrl: config.serverUrl,
    machineId: machine.host.machineId,
    logger,
  }));
  const sampler = new Sampler({
    machine,
    windowSeconds: config.windowMinutes * 60,
    clock,
    sleep,
    logger,
  });
  const { serverUrl, serverKey, enrolTokenFile } = config;
  const credential = new Credential({
    file: await CredentialFile.of({
      folders: stateFolders(folderSources),
      clientId: identity.clientId,
      serverUrl,
    }),
    serverKey,
    logger,
  });
  const transport = stack.use(
    await openTransport({ ...config, serverKey: () => credential.key }),
  );
  const link = new ServerLink({ transport, serverUrl, clock, random, logger });
  const word = new ServerWord(logger);
  const drainFile = new DrainFile({
    path: config.drainFile,
    onChange: () => session.hurry(),
    sleep,
    logger,
  });
  await using ownPlace = new OwnPlace({
    config,
    cache: new PlaceCache(stateFolders(folderSources)),
    sources: {
      placeIn,
      serviceUrl: world.placeServiceUrl,
      interfaces: Deno.networkInterfaces,
    },
    onChange: () => session.hurry(),
    clock,
    logger,
  });
  await using metrics = await metricsOf(config, world, sampler);
  const session: Session = new Session({
    link,
    onSent: (message, result) => metrics?.sent(message, result),
    enrolment: new Enrolment({
      clientId: identity.clientId,
      credential,
      readToken: enrolTokenFile === ""
        ? undefined
        : () => readSecret("enrol_token_file", enrolTokenFile),
      link,
      clock,
      logger,
    }),
    describe: async (signal) => {
      const localIp = await localAddress(serverUrl, signal);
      return registrationOf({
        config,
        clientId: identity.clientId,
        host: machine.host,
        totals: sampler.windows.totals,
        localIp,
        whereabouts: ownPlace.at(localIp),
      });
    },
    isOutdated: (registered) =>
      ownPlace.isElsewhere(registered) ||
      (!sampler.isBehind &&
        hasChangedSize(registered, sampler.windows.totals)),
    report: () =>
      sampler.isBehind ? { kind: "filling" } : reportOf(sampler.windows),
    instance: crypto.randomUUID(),
    isDraining: () => isTerminated(signal) || drainFile.isThere,
    onSaid: (said) => word.hear(said),
    reportIntervalMs: config.reportIntervalSeconds * 1000,
    reregisterMs: config.reregisterMinutes * 60_000,
    clock,
    random,
    sleep,
    logger,
  });

  const sendsSecret = credential.key !== "" || enrolTokenFile !== "";
  for (const caution of cautionsOf({ ...config, sendsSecret })) {
    logger.warn(caution);
  }
  if (machine.obstacle !== undefined) logger.warn(machine.obstacle);
  logger.debug("Machine", { ...machine.host, clientId: identity.clientId });

  await sampler.start(signal);
  // Ready without a server: one that is away is no reason to start the client anew.
  service.ready({
    status: () =>
      link.trouble ?? `Measures ${identity.clientId} for ${serverUrl}`,
    responds: () => Promise.resolve(),
  });
  const stop = new AbortController();
  const running = Promise.all([
    sampler.run(stop.signal),
    session.run(stop.signal),
    drainFile.run(stop.signal),
    localAddress(serverUrl, signal).then((ip) =>
      checkEndpoints(endpointsOf(config, ip), logger, signal)
    ),
  ]);
  async function ended(): Promise<void> {
    await aborted(signal);
    service.stopping();
    if (!isTerminated(signal) || config.drainSeconds === 0) return;
    session.awaitEnd();
    await untilDrained({
      waitMs: config.drainSeconds * 1000,
      isDrained: () => word.isDrained,
      clock,
      sleep,
      logger,
    });
  }
  // They go on until they are stopped; one that fails ends the client at once.
  await Promise.race([running, ended()]);
  stop.abort();
  await running;

  await withDeadline(
    FLUSH_MS_MAX,
    new AbortController().signal,
    (signal) => session.flush(signal),
  );
  return 0;
}

/** The client's own metrics, where somebody wants them; what serves them is loaded then. */
async function metricsOf(
  { metricsListen }: ClientConfig,
  { clock, logger }: ClientWorld,
  sampler: Sampler,
) {
  if (metricsListen === "") return undefined;
  const { ClientMetrics } = await import("./metrics/client_metrics.ts");
  const metrics = new ClientMetrics({
    listen: metricsListen,
    version: program.version,
    report: () => {
      const outcome = reportOf(sampler.windows);
      return outcome.kind === "ready" ? outcome.report : undefined;
    },
    wallMs: () => clock.wallMs(),
    logger: logger.child("metrics"),
  });
  metrics.listen();
  return metrics;
}

/** The library tells of the real machine, which is not to be taken for a part of a simulated one. */
function nvidiaOf(
  { sysRoot, nvmlPaths, random, logger }: ClientWorld,
): MachineOptions["nvidia"] {
  if (sysRoot !== undefined && nvmlPaths === undefined) return undefined;
  const open = () => openNvml(nvmlPaths && { paths: nvmlPaths });
  return { open, random, logger };
}

/** A service manager sends SIGTERM for good, and waits; whoever presses Ctrl+C wants the prompt back, often to start anew. */
function isTerminated({ reason }: AbortSignal): boolean {
  return reason instanceof EndRequest && reason.signal === "SIGTERM";
}

/** What it takes is loaded where a database is configured; the file, larger than all of the client, is let go at once. */
async function placeIn(
  path: string,
  ip: string,
  signal: AbortSignal,
): Promise<Place | undefined> {
  const { openCityDatabase } = await import("./geo/city_database.ts");
  const { readDatabaseFile } = await import("./geo/database_file.ts");
  // A network folder that is away must not keep the client from ending.
  const bytes = await Promise.race([
    readDatabaseFile(path, signal),
    aborted(signal),
  ]);
  if (bytes === undefined) return undefined;
  const place = openCityDatabase(bytes, path).locate(ip);
  if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
  return place;
}

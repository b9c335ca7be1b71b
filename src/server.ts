/**
 * The server: builds its parts, runs them, takes them down in reverse. Reads like a table of contents; what happens
 * inside stands in the rooms.
 */
import program from "../deno.json" with { type: "json" };
import type { ServerConfig } from "./config/server_keys.ts";
import { ClosedMark } from "./server/closed_mark.ts";
import { ControlPlane } from "./server/control_plane.ts";
import { dashboardOf } from "./server/dashboard.ts";
import { balancerOf, balancerSettings, STICKY_MAX } from "./server/decider.ts";
import { DecisionLog } from "./engine/decision_log.ts";
import { Webhook } from "./events/webhook.ts";
import { fleetNews, storeNews } from "./server/fleet_news.ts";
import { FrontDoor } from "./server/front_door.ts";
import { Geography } from "./server/geography.ts";
import {
  aborted,
  type ReloadSignal,
  systemClock,
  systemRandom,
  systemVariable,
} from "./lifecycle.ts";
import type { LevelControl } from "./log/level_control.ts";
import type { Clock, EventSink, Logger, Store } from "./ports.ts";
import type { AuditEntry, StoredKey } from "./trust_ports.ts";
import type { Applicable } from "./reload/in_force.ts";
import type { StartChoice } from "./reload/start.ts";
import { hostLookup } from "./server/host_lookup.ts";
import { machineAddresses } from "./server/machine_addresses.ts";
import { Observing } from "./server/observing.ts";
import { Reloading } from "./server/reloading.ts";
import { Rates } from "./server/rates.ts";
import { warnOfReadableSecrets, withSecrets } from "./server/secrets.ts";
import { restore, snapshotOf } from "./server/snapshot.ts";
import { openTokens, prepareTokens } from "./server/tokens.ts";
import { openStore } from "./store/open_store.ts";
import { configuredKeys } from "./trust/configured_keys.ts";
import { Enrolment } from "./trust/enrolment.ts";
import { AllowedEndpoints } from "./trust/endpoint_rule.ts";
import { HashedKeyBook } from "./trust/key_book.ts";
import { Upkeep } from "./server/upkeep.ts";
import { vitalsOf } from "./server/vitals.ts";
import { ServiceManager, type Vitals } from "./service/service_manager.ts";
import { decisionAnswerOf } from "./wire/decision_answer.ts";
import type { ConfigControl } from "./wire/reload_outcome.ts";

/** What a server is started in. */
export interface ServerWorld {
  readonly logger: Logger;
  /** The database file; its folder exists. */
  readonly databasePath: string;
  /** The system's clocks when absent. */
  readonly clock?: Clock;
  /** The level of its log; absent where nobody may change it. */
  readonly logLevel?: LevelControl;
}

/** What a server that runs as a program is started in. */
export interface ProgramWorld extends ServerWorld {
  /** Ends the server. */
  readonly signal: AbortSignal;
  /** Where its configuration came from, for loading it again; absent for one that never changes. */
  readonly start?: StartChoice;
  /** Asks for that; absent where no signal does. */
  readonly reloadSignal?: ReloadSignal;
}

/** A server that accepts requests. Disposing of it finishes what is in flight and closes the database. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens; the port is the real one when 0 was configured. */
  readonly address: Deno.NetAddr;
  /** What moves its bytes. */
  readonly driver: "epoll" | "deno";
  /** Hears of what operators want to know. */
  readonly events: EventSink;
  /** How it is, in a line, and whether it responds. */
  readonly vitals: Vitals;
  /**
   * Does everything of another configuration that can fail; what it answers puts it into force. Rejects for one without
   * any key, where there was one so far, unless the server `mayOpen` to everybody; not when absent.
   */
  prepare(config: ServerConfig, mayOpen?: boolean): Promise<Applicable>;
  /** Hashes of files that the server loads by itself, as they are in use, by the key that names them. */
  fileHashes(): ReadonlyMap<string, string>;
  /** From now on the API answers for the configuration through this. */
  serveConfiguration(control: ConfigControl): void;
  /** Adds a line to the audit trail. */
  saveAudit(entry: AuditEntry): void;
}

/** Runs a server until its world's signal aborts and it has ended well; the exit code. */
export async function runServer(
  config: ServerConfig,
  world: ProgramWorld,
): Promise<number> {
  await serve(config, world);
  world.logger.info("Stopped");
  return 0;
}

async function serve(config: ServerConfig, world: ProgramWorld): Promise<void> {
  const { logger, signal, start, reloadSignal, clock = systemClock } = world;
  using service = new ServiceManager({ environment: systemVariable, logger });
  await using server = await startServer(config, world);
  using _reloading = start === undefined ? undefined : await Reloading
    .begin({ server, start, reloadSignal, service, clock, logger });
  const { address: { hostname, port }, driver } = server;
  const { version } = program;
  logger.info("Listening", { hostname, port, driver, version });
  service.ready(server.vitals);
  await aborted(signal);
  service.stopping();
  logger.info(
    "Stopping: nothing new is begun, requests in flight are finished",
  );
}

/** Starts a server; it listens when the promise settles. */
export async function startServer(
  config: ServerConfig,
  world: ServerWorld,
): Promise<RunningServer> {
  const { logger, clock = systemClock } = world;
  const random = systemRandom;
  await using building = new AsyncDisposableStack();

  const { version } = program;
  const sender = { hostname: Deno.hostname(), version };
  const events = building.use(
    new Webhook({ sender, clock, random, logger: logger.child("events") }),
  );
  events.configure(webhookTarget(config));

  const mark = new ClosedMark(world.databasePath, logger);
  const keys = new HashedKeyBook(
    () => clock.wallMs(),
    () => mark.set(),
  );
  keys.configure(configuredKeys(await withSecrets(config)));
  await warnOfReadableSecrets(config, logger);
  const store: Store = building.use(openStore({
    path: world.databasePath,
    logger: logger.child("store"),
    clock,
    maxSticky: STICKY_MAX,
    onLateSnapshot: (snapshot) => restore(balancer, snapshot, clock),
    onForeignWrites: (snapshot) => restore(balancer, snapshot, clock),
    whatIsKnown: () => snapshotOf(balancer, clock),
    onForeignTrust: (trust) => {
      followKeys(trust.keys);
      enrolment.follow(trust.tokens);
    },
    onOutage: storeNews(events),
  }));
  const balancer = balancerOf(config, {
    clock,
    random,
    onForgotten: (stickyId, tier) => void store.removeSticky(stickyId, tier),
    onLeaseEnded: (leaseId) => void store.removeLease(leaseId),
    onEvent: fleetNews({ events, logger: logger.child("engine"), clock }),
    onSuspect: (backendId) => door.suspect(backendId),
  });
  const followKeys = (stored: readonly StoredKey[]) => {
    keys.follow(stored);
    for (const backendId of keys.shutOut) balancer.remove(backendId);
  };
  const known = store.load();
  restore(balancer, known, clock);
  logger.info("State restored", {
    database: world.databasePath,
    backends: known.backends.length,
    sessions: known.sticky.length,
    leases: known.leases.length,
  });
  const trust = store.loadTrust();
  followKeys(trust.keys);
  mark.guard(keys);
  const enrolment = new Enrolment({ store, book: keys, clock }, trust.tokens);
  const upkeep = building.use(
    new Upkeep(config, { balancer, store, clock, logger }),
  );

  const decisions = new DecisionLog(config.decisionLog, {
    chance: () => random.next(),
    take: (decision) => {
      const { requestId, atMs } = decision;
      const json = JSON.stringify(decisionAnswerOf(decision));
      store.saveDecision({ requestId, atMs, json });
    },
  });
  const geography = building.use(
    await Geography.open(config, logger.child("geo")),
  );
  const { locator } = geography;
  const decider = { balancer, store, clock, locator, decisions };
  const endpointRule = new AllowedEndpoints(config.endpointAllow, {
    listeners: () => door.listeners,
    addresses: machineAddresses,
  });
  const tokens = building.use(
    await openTokens(config, clock, logger.child("jwt")),
  );
  const rates = new Rates(config, clock.monotonicMs());
  const late = { door: () => door, plane: () => plane };
  const observing = building.use(
    await Observing.open(config, {
      ...decider,
      ...late,
      environment: systemVariable,
      logger,
      events,
      random,
    }),
  );
  const plane: ControlPlane = building.use(
    new ControlPlane(config, {
      ...decider,
      rates,
      endpointRule,
      lookup: hostLookup(),
      keys,
      enrolment,
      logger,
      events,
      ...(world.logLevel !== undefined && { logLevel: world.logLevel }),
      ...observing.forApi,
      ui: dashboardOf(clock, logger, () => observing.totals(door.load)),
    }),
  );
  const door: FrontDoor = building.use(
    await FrontDoor.open(config, {
      ...decider,
      rates: rates.limiter,
      keys,
      endpointRule,
      tokens,
      events,
      logger,
      random,
      apiSocket: plane.path,
      local: plane.local,
      isSignedIn: plane.isSignedIn,
      observing: observing.forEdge,
    }),
  );
  building.defer(() => {
    upkeep.rest();
    plane.drain();
    return door.drain();
  });
  await door.listen();

  const running = building.move();
  return {
    address: door.address,
    driver: door.driver,
    events,
    vitals: vitalsOf({ balancer, store, clock, door, plane }),
    fileHashes: () => door.fileHashes,
    serveConfiguration: (control) => plane.serveConfiguration(control),
    saveAudit: (entry) => void store.saveAudit(entry),
    async prepare(next, mayOpen = false) {
      const prepared = await door.prepare(next);
      const nextKeys = configuredKeys(await withSecrets(next));
      if (!mayOpen && !keys.isOpen && keys.isOpenWith(nextKeys)) {
        throw new TypeError(NO_KEY_LEFT);
      }
      const nextTokens = await prepareTokens(tokens, next);
      const places = await geography.prepare(next);
      return {
        apply() {
          endpointRule.configure(next.endpointAllow);
          nextTokens.apply();
          places.apply();
          prepared.apply();
          balancer.reconfigure(balancerSettings(next), clock.monotonicMs());
          keys.configure(nextKeys);
          rates.configure(next, clock.monotonicMs());
          plane.configure(next);
          upkeep.configure(next);
          observing.configure(next);
          decisions.configure(next.decisionLog);
          events.configure(webhookTarget(next));
          world.logLevel?.configure(next.logLevel);
        },
      };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const NO_KEY_LEFT =
  "server_key and api_keys: found no key, wanted at least one, as there was one so far; only a start, a rollback or opsen reload --force opens a server to everybody";

function webhookTarget({ eventsUrl, eventsSecret }: ServerConfig) {
  return { url: eventsUrl, secret: eventsSecret };
}

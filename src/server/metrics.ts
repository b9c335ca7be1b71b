/** The metrics of a server put together: what is counted while it works, and what is read when somebody asks. */
import program from "../../deno.json" with { type: "json" };
import type { ServerConfig } from "../config/server_keys.ts";
import type { Balancer } from "../engine/balancer.ts";
import { every } from "../lifecycle.ts";
import {
  backendFamilies,
  backendGpuFamilies,
  coreFamilies,
} from "../metrics/backend_families.ts";
import { DecisionMetrics } from "../metrics/decision_metrics.ts";
import type { Family } from "../metrics/family.ts";
import { fleetFamilies } from "../metrics/fleet_families.ts";
import { LAG_LOOK_MS, LoopLag } from "../metrics/loop_lag.ts";
import { Page } from "../metrics/page.ts";
import {
  buildFamily,
  processFamilies,
  readProcess,
} from "../metrics/process_families.ts";
import { RequestMetrics } from "../metrics/request_metrics.ts";
import { serverFamilies } from "../metrics/server_families.ts";
import type { Clock, EventType, Logger, Store } from "../ports.ts";
import type { MetricsPage, MetricsText } from "../traffic_ports.ts";
import type { ControlPlane } from "./control_plane.ts";
import type { FrontDoor } from "./front_door.ts";

/** What is looked at when somebody asks. */
export interface MetricsParts {
  readonly balancer: Balancer;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts what operators are told of. */
  readonly events: { readonly counts: ReadonlyMap<EventType, number> };
  /** Built later than this. */
  readonly door: () => Pick<
    FrontDoor,
    "load" | "upstreamConnections" | "certificateEnds"
  >;
  readonly plane: () => Pick<ControlPlane, "configuration">;
}

/** The metrics of one server. */
export class ServerMetrics implements MetricsPage, Disposable {
  readonly decisions: DecisionMetrics = new DecisionMetrics();
  readonly requests: RequestMetrics = new RequestMetrics();
  readonly #lag = new LoopLag();
  readonly #lagTimer: Disposable;
  readonly #build = buildFamily("opsen_build", program.version);
  readonly #page: Page;
  #config: ServerConfig;

  /** Counts from now on. */
  constructor(config: ServerConfig, parts: MetricsParts) {
    this.#config = config;
    this.decisions.configure(tierNames(config));
    this.#lagTimer = every(
      LAG_LOOK_MS,
      parts.logger,
      (lateMs) => this.#lag.take(lateMs),
    );
    this.#page = new Page(() => this.#families(parts));
  }

  /** Goes by another configuration from now on; what was counted stays counted. */
  configure(config: ServerConfig): void {
    this.#config = config;
    this.decisions.configure(tierNames(config));
  }

  render(accept: string | null): Promise<MetricsText> | undefined {
    return this.#config.metrics.enabled ? this.#page.render(accept) : undefined;
  }

  [Symbol.dispose](): void {
    this.#lagTimer[Symbol.dispose]();
  }

  #families(parts: MetricsParts) {
    const { balancer, clock } = parts;
    const { perCore, perGpu } = this.#config.metrics;
    const figures = balancer.figures(clock.monotonicMs());
    const { backends } = figures;
    const usual: readonly Family[] = [
      this.#build,
      ...this.decisions.families,
      ...this.requests.families,
      ...this.#serverFamilies(parts),
      ...this.#lag.families,
      ...processFamilies(readProcess()),
      ...fleetFamilies(figures),
      ...backendFamilies(backends),
    ];
    const askedFor = [
      ...perCore ? coreFamilies(backends) : [],
      ...perGpu ? backendGpuFamilies(backends) : [],
    ];
    return { usual, askedFor };
  }

  #serverFamilies(parts: MetricsParts): readonly Family[] {
    const { balancer, store, clock, logger, events } = parts;
    const now = clock.monotonicMs();
    const door = parts.door();
    const control = parts.plane().configuration;
    const queue = balancer.queue(now);
    return serverFamilies({
      ...door.load,
      upstreamConnections: door.upstreamConnections,
      certificateEnds: door.certificateEnds,
      queue: queue && {
        ...queue,
        byTier: { ...noneOf(tierNames(this.#config)), ...queue.byTier },
      },
      isPanic: balancer.panic(now) !== undefined,
      events: events.counts,
      store: store.counts(),
      isStoreDegraded: store.status().kind === "degraded",
      config: control && {
        version: control.current().version,
        refused: control.refusedCount,
      },
      logLinesLost: logger.sink?.lostLines,
    });
  }
}

function tierNames({ tiers }: ServerConfig): readonly string[] {
  return tiers.map(({ name }) => name);
}

function noneOf(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, 0]));
}

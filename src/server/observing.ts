/**
 * Who hears of what passes through a server: its metrics, its access log, its traces. Owner of nothing but the list;
 * each of them owns its own state.
 */
import type { ServerConfig } from "../config/server_keys.ts";
import { AccessLog } from "../log/access_log.ts";
import type { Random } from "../ports.ts";
import type {
  DecisionMeter,
  MetricsPage,
  ProblemMeter,
  RequestObserver,
  RequestRecord,
  RequestTracer,
  TrafficTotals,
} from "../traffic_ports.ts";
import { type MetricsParts, ServerMetrics } from "./metrics.ts";
import type { OpenTelemetryTracer } from "../trace/request_tracer.ts";
import { openTracer, traceSettings, type TracingParts } from "./tracing.ts";

/** What those who hear are built from. */
export interface ObservingParts extends MetricsParts, TracingParts {
  readonly random: Random;
}

/** Those who hear. */
export class Observing implements Disposable {
  readonly #metrics: ServerMetrics;
  readonly #observers: RequestObserver[];
  readonly #accessLog: AccessLog | undefined;
  readonly #tracer: OpenTelemetryTracer | undefined;
  /** What the API tells. */
  readonly forApi: {
    readonly meter: DecisionMeter;
    readonly problems: ProblemMeter;
    readonly metrics: MetricsPage;
  };
  /** What the edge tells. */
  readonly forEdge: {
    readonly observer: RequestObserver;
    readonly tracer?: RequestTracer;
    readonly meter?: DecisionMeter;
  };

  private constructor(
    config: ServerConfig,
    parts: ObservingParts,
    tracer: OpenTelemetryTracer | undefined,
  ) {
    const { clock, random, logger: { sink } } = parts;
    const metrics = this.#metrics = new ServerMetrics(config, parts);
    this.#observers = [metrics.requests];
    if (sink !== undefined) {
      this.#accessLog = new AccessLog(config, { sink, clock, random });
      this.#observers.push(this.#accessLog);
    }
    this.#tracer = tracer;
    if (tracer !== undefined) this.#observers.push(tracer);
    const meter = metrics.decisions;
    this.forApi = { meter, problems: metrics.requests.ofApi, metrics };
    this.forEdge = {
      observer: { ended: (record) => this.#ended(record) },
      meter,
      ...(tracer !== undefined && { tracer }),
    };
  }

  /** Hears from now on, as far as the configuration wants it. */
  static async open(
    config: ServerConfig,
    parts: ObservingParts,
  ): Promise<Observing> {
    return new Observing(config, parts, await openTracer(config, parts));
  }

  /** What has passed, and what goes on in the edge, as the dashboard shows it. */
  totals(
    { connections, inFlight }: Pick<TrafficTotals, "connections" | "inFlight">,
  ): TrafficTotals {
    const { decisions, requests } = this.#metrics;
    return {
      connections,
      inFlight,
      ...decisions.totals,
      requests: requests.totals,
    };
  }

  /** Goes by another configuration from now on. */
  configure(config: ServerConfig): void {
    this.#accessLog?.configure(config);
    this.#tracer?.configure(traceSettings(config));
    this.#metrics.configure(config);
  }

  [Symbol.dispose](): void {
    this.#metrics[Symbol.dispose]();
  }

  #ended(record: RequestRecord): void {
    for (const observer of this.#observers) observer.ended(record);
  }
}

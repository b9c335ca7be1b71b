/**
 * Who hears of what passes through a server: its metrics, its access log, its traces. Owner of nothing but the list;
 * each of them owns its own state.
 */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Clock, Logger, Random } from "../ports.ts";
import type {
  DecisionMeter,
  RequestObserver,
  RequestRecord,
  RequestTracer,
} from "../traffic_ports.ts";

/** What those who hear are built from. */
export interface ObservingParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** Those who hear. */
export class Observing implements Disposable {
  readonly #observers: RequestObserver[] = [];

  constructor(_config: ServerConfig, _parts: ObservingParts) {}

  /** What the edge tells. */
  readonly forEdge: {
    readonly observer: RequestObserver;
    readonly tracer?: RequestTracer;
    readonly meter?: DecisionMeter;
  } = { observer: { ended: (record) => this.#ended(record) } };

  /** Goes by another configuration from now on. */
  configure(_config: ServerConfig): void {}

  [Symbol.dispose](): void {}

  #ended(record: RequestRecord): void {
    for (const observer of this.#observers) observer.ended(record);
  }
}

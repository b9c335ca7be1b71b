/** What a balancer is told when it is built, and what of it can change while it runs. */
import type { OnLeaseEnded } from "./draining.ts";
import type { OnFleetEvent } from "./fleet_event.ts";
import type { HealthThresholds } from "./health.ts";
import type { PanicMode } from "./panic.ts";
import type { AdaptiveOptions, EjectionOptions } from "./routing_options.ts";
import type { OnForgotten } from "./sticky.ts";
import type { Tier } from "./tier.ts";
import type { QueueOptions } from "./wait_queue.ts";

/** The rule that chooses, with its settings. */
export type Routing =
  | { readonly mode: "classic" }
  | { readonly mode: "adaptive"; readonly options: AdaptiveOptions };

/** Settings that can change while a balancer runs. */
export interface BalancerSettings {
  /** What callers can ask for. */
  readonly tiers: readonly Tier[];
  /** The rule that chooses. */
  readonly routing: Routing;
  /** A backend whose last report is older takes nothing, milliseconds. */
  readonly staleAfterMs: number;
  /** A GPU hotter than this is not free, degrees Celsius; 0 goes by each card's own limit. */
  readonly gpuMaxTemperatureC: number;
  /** How long a lease lives that nobody renews, milliseconds. */
  readonly holdMs: number;
  /** Whether other tiers of a session prefer the backends it already uses. */
  readonly stickyAffinity: boolean;
  /** Probes in a row that change a backend's health. */
  readonly health: HealthThresholds;
  /** When backends that fail requests are left out; undefined for never. */
  readonly ejection: EjectionOptions | undefined;
  /** Whether probes are believed when more than half of the backends that report are out. */
  readonly panic: PanicMode;
  /** Waiting for room; undefined when nobody waits. */
  readonly queue: QueueOptions | undefined;
  /** Bound of the fleet; when it is lowered, those that are there stay. */
  readonly maxBackends: number;
  /** Bound of the sticky assignments; the least recently used gives way. */
  readonly maxSticky: number;
}

/** Settings of a balancer, and what it is given for good. */
export interface BalancerOptions extends BalancerSettings {
  /** A number from 0 (included) to 1 (excluded), for choices between near equals. */
  readonly chance: () => number;
  /** Number of the first lease; later ones count on from there. */
  readonly firstLeaseId?: number;
  /** Told of assignments that end without a new one in their place. */
  readonly onForgotten?: OnForgotten;
  /** Told of leases that end because their backend's drain is over. */
  readonly onLeaseEnded?: OnLeaseEnded;
  /** Told of a backend that takes work each time a request to it fails: a probe may find out more. */
  readonly onSuspect?: (backendId: string) => void;
  /** Told what happens to backends. */
  readonly onEvent?: OnFleetEvent;
}

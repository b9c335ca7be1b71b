/** What a balancer is told when it is built. */
import type { HealthThresholds } from "./health.ts";
import type { AdaptiveOptions, EjectionOptions } from "./routing_options.ts";
import type { OnForgotten } from "./sticky.ts";
import type { Tier } from "./tier.ts";
import type { QueueOptions } from "./wait_queue.ts";

/** The rule that chooses, with its settings. */
export type Routing =
  | { readonly mode: "classic" }
  | { readonly mode: "adaptive"; readonly options: AdaptiveOptions };

/** Settings of a balancer. */
export interface BalancerOptions {
  /** What callers can ask for. */
  readonly tiers: readonly Tier[];
  /** The rule that chooses. */
  readonly routing: Routing;
  /** A backend whose last report is older takes nothing, milliseconds. */
  readonly staleAfterMs: number;
  /** How long a lease lives that nobody renews, milliseconds. */
  readonly holdMs: number;
  /** Whether other tiers of a session prefer the backends it already uses. */
  readonly stickyAffinity: boolean;
  /** Probes in a row that change a backend's health. */
  readonly health: HealthThresholds;
  /** When backends that fail requests are left out; undefined for never. */
  readonly ejection: EjectionOptions | undefined;
  /** Waiting for room; undefined when nobody waits. */
  readonly queue: QueueOptions | undefined;
  /** Bound of the fleet. */
  readonly maxBackends: number;
  /** Bound of the sticky assignments; the least recently used gives way. */
  readonly maxSticky: number;
  /** A number from 0 (included) to 1 (excluded), for choices between near equals. */
  readonly chance: () => number;
  /** Number of the first lease; later ones count on from there. */
  readonly firstLeaseId?: number;
  /** Told of assignments that end without a new one in their place. */
  readonly onForgotten?: OnForgotten;
  /** Told of backends that are left out because requests to them failed, and of their return. */
  readonly onEjection?: OnEjection;
}

/** Told that a backend is left out until an instant, or that it is back (undefined). */
export type OnEjection = (
  backendId: string,
  until: number | undefined,
) => void;

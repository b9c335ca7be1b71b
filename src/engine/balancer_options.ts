/** What a balancer is told when it is built. */
import type { HealthThresholds } from "./health.ts";
import type { OnForgotten } from "./sticky.ts";
import type { Tier } from "./tier.ts";

/** Settings of a balancer. */
export interface BalancerOptions {
  /** What callers can ask for. */
  readonly tiers: readonly Tier[];
  /** A backend whose last report is older takes nothing, milliseconds. */
  readonly staleAfterMs: number;
  /** How long an unconfirmed hold lasts, milliseconds. */
  readonly holdMs: number;
  /** Whether other tiers of a session prefer the backends it already uses. */
  readonly stickyAffinity: boolean;
  /** Probes in a row that change a backend's health. */
  readonly health: HealthThresholds;
  /** Bound of the fleet. */
  readonly maxBackends: number;
  /** Bound of the sticky assignments; the least recently used gives way. */
  readonly maxSticky: number;
  /** Told of assignments that end without a new one in their place. */
  readonly onForgotten?: OnForgotten;
}

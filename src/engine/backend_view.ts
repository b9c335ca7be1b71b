/** One backend as operators see it, with the reason in words when nothing can be placed on it. */
import type { Registration, Report } from "./backend.ts";
import type { BalancerParts } from "./balancer_parts.ts";
import type { DrainView } from "./drain.ts";
import { mayRunIn } from "./place_rule.ts";
import type { Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** One backend as operators see it. Instants are monotonic milliseconds. */
export interface BackendView {
  /** What it said of itself. */
  readonly registration: Registration;
  /** Its last report. */
  readonly report: Report | undefined;
  /** Last registration or report. */
  readonly lastSeenAt: number;
  /** Heard of within the stale limit. */
  readonly active: boolean;
  /** What probes found out. */
  readonly health: "unknown" | "healthy" | "unhealthy";
  /** Smoothed latency of successful probes; 0 before the first. */
  readonly latencyMs: number;
  /** When it was last probed. */
  readonly lastProbeAt: number | undefined;
  /** What live holds take here. */
  readonly held: {
    readonly leases: number;
    readonly vcpu: number;
    readonly memoryGb: number;
    readonly storageGb: number;
  };
  /** Requests that it works on. */
  readonly inFlight: number;
  /** Whether it is left out for a while because requests to it failed. */
  readonly isEjected: boolean;
  /** How far it is drained; undefined when it is in service. */
  readonly drain: DrainView | undefined;
  /** Why nothing can be placed here now, in words; undefined when at least one tier fits. */
  readonly obstacle: string | undefined;
}

/** Every backend, first registered first. */
export function viewsOf(
  { fleet, rule, draining, settings }: BalancerParts,
  now: number,
): BackendView[] {
  const { tiers, staleAfterMs } = settings;
  return fleet.slots.map((slot) => {
    const drain = draining.view(slot.registration.id);
    return viewOf(slot, rule, tiers, staleAfterMs, now, drain);
  });
}

/** The view of one backend at the instant `now`. */
function viewOf(
  slot: Slot,
  rule: Rule,
  tiers: readonly Tier[],
  staleAfterMs: number,
  now: number,
  drain: DrainView | undefined,
): BackendView {
  return {
    registration: slot.registration,
    report: slot.report,
    lastSeenAt: slot.lastSeenAt,
    active: now - slot.lastSeenAt <= staleAfterMs,
    health: slot.health.kind,
    latencyMs: slot.latencyMs ?? 0,
    lastProbeAt: slot.lastProbeAt,
    held: {
      leases: slot.held.leases,
      vcpu: slot.held.vcpu,
      memoryGb: slot.held.memoryGb,
      storageGb: slot.held.storageGb,
    },
    inFlight: slot.inFlight,
    isEjected: slot.isEjected,
    drain,
    obstacle: obstacle(slot, rule, tiers, staleAfterMs, now),
  };
}

function obstacle(
  slot: Slot,
  rule: Rule,
  tiers: readonly Tier[],
  staleAfterMs: number,
  now: number,
): string | undefined {
  if (slot.report === undefined) return "no report yet";
  if (!slot.fresh) {
    const age = Math.round((now - slot.reportedAt) / 1000);
    return `last report ${age} s ago, stale after ${
      Math.round(staleAfterMs / 1000)
    } s`;
  }
  if (slot.isDown) return "unhealthy: probes fail";
  if (slot.isEjected) return "ejected: requests to it failed";
  if (slot.isDraining) return "draining: it takes nothing new";
  const allowed = tiers.filter((tier) => mayRunIn(slot, tier));
  if (allowed.length === 0) return "no tier may run in its country";
  const lacking = new Set<string>();
  for (const tier of allowed) {
    const [lack] = rule.lacks(slot, tier, false);
    if (lack === undefined) return undefined;
    lacking.add(lack.reason);
  }
  return `no tier fits: lacks ${[...lacking].join(", ")}`;
}

/**
 * The one mutable entry point of the engine: register, report, probe, place, release, sweep. All calls are
 * synchronous, and all take the instant (`now`, monotonic milliseconds) as an argument: nothing happens between
 * choosing a backend and booking it. The registration and report columns are bounded by `maxBackends`.
 */
import type { Registration, Report } from "./backend.ts";
import type { Ask, Decision } from "./decision.ts";
import type { Tier } from "./tier.ts";

/** Settings of a {@link Balancer}. */
export interface BalancerOptions {
  /** What callers can ask for. */
  readonly tiers: readonly Tier[];
  /** A backend whose last report is older takes nothing, milliseconds. */
  readonly staleAfterMs: number;
  /** How long an unconfirmed hold lasts, milliseconds. */
  readonly holdMs: number;
  /** Whether other tiers of a session prefer the backends it already uses. */
  readonly stickyAffinity: boolean;
  /** Bound of the fleet. */
  readonly maxBackends: number;
  /** Bound of the sticky assignments; the least recently used gives way. */
  readonly maxSticky: number;
}

/** Outcome of one active probe. */
export type ProbeOutcome = { readonly ok: true; readonly latencyMs: number } | { readonly ok: false };

/** One backend as operators see it. Instants are monotonic milliseconds. */
export interface BackendView {
  readonly registration: Registration;
  readonly report: Report | undefined;
  /** Last registration or report. */
  readonly lastSeenAt: number;
  /** Heard of within the stale limit. */
  readonly active: boolean;
  readonly health: "unknown" | "healthy" | "unhealthy";
  /** Smoothed latency of successful probes; 0 before the first. */
  readonly latencyMs: number;
  readonly lastProbeAt: number | undefined;
  /** What live leases hold here. */
  readonly held: { readonly leases: number; readonly vcpu: number; readonly memoryGb: number; readonly storageGb: number };
  /** Why nothing can be placed here now, in words; undefined when at least one tier fits. */
  readonly obstacle: string | undefined;
}

/** A session's assignment, as given back at start or dropped by the engine. */
export interface Assignment {
  readonly stickyId: string;
  readonly tier: string;
  readonly backendId: string;
}

export declare class Balancer {
  constructor(options: BalancerOptions);
  /** Adds a backend or replaces what it said of itself; `fleet_full` when `maxBackends` are there already. */
  register(registration: Registration, now: number): "registered" | "updated" | "fleet_full";
  /** Takes a report; its room counts from now on. */
  report(id: string, report: Report, now: number): "accepted" | "unknown_backend";
  /** Chooses a backend and books the room, or says why not. */
  place(ask: Ask, now: number): Decision;
  /** Ends a hold; false when it had ended already. */
  release(leaseId: number, now: number): boolean;
  /** Ends every hold; returns how many there were. */
  releaseAll(): number;
  /** Takes the outcome of a probe. */
  probe(id: string, outcome: ProbeOutcome, now: number): "accepted" | "unknown_backend";
  /** Forgets backends not heard of for that long, with their holds and assignments; returns their ids. */
  removeSilent(silentForMs: number, now: number): string[];
  /** Gives an assignment of an earlier run back; ignored when its backend is not registered. */
  restore(assignment: Assignment): void;
  /** Every backend, first registered first. */
  backends(now: number): BackendView[];
  /** Number of backends. */
  readonly size: number;
  /** Number of backends heard of within the stale limit. */
  activeCount(now: number): number;
}

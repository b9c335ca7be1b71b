/**
 * What active probes have found out about one backend. `unknown` is routable: a backend is given work before its first
 * probe, and only a run of failures takes it away.
 */

/** The state of one backend's health; each state carries what it needs to leave it. */
export type Health =
  | {
    readonly kind: "unknown";
    readonly passes: number;
    readonly fails: number;
  }
  | { readonly kind: "healthy"; readonly fails: number }
  | {
    readonly kind: "unhealthy";
    readonly passes: number;
    readonly since: number;
  };

/** How many probes in a row change the state. */
export interface HealthThresholds {
  /** Failures that make a backend unhealthy. */
  readonly unhealthyAfter: number;
  /** Successes that make it healthy. */
  readonly healthyAfter: number;
}

/** Outcome of one active probe. */
export type ProbeOutcome = { readonly ok: true; readonly latencyMs: number } | {
  readonly ok: false;
};

/** The state before the first probe. */
export const UNPROBED: Health = { kind: "unknown", passes: 0, fails: 0 };

/** Weight of the newest successful probe in the smoothed latency. */
export const LATENCY_SMOOTHING = 0.3;

/** The state after one more probe, at the instant `now`. */
export function afterProbe(
  health: Health,
  ok: boolean,
  limits: HealthThresholds,
  now: number,
): Health {
  switch (health.kind) {
    case "unknown": {
      const passes = ok ? health.passes + 1 : 0;
      const fails = ok ? 0 : health.fails + 1;
      if (passes >= limits.healthyAfter) return { kind: "healthy", fails: 0 };
      if (fails >= limits.unhealthyAfter) {
        return { kind: "unhealthy", passes: 0, since: now };
      }
      return { kind: "unknown", passes, fails };
    }
    case "healthy": {
      const fails = ok ? 0 : health.fails + 1;
      return fails >= limits.unhealthyAfter
        ? { kind: "unhealthy", passes: 0, since: now }
        : { kind: "healthy", fails };
    }
    case "unhealthy": {
      const passes = ok ? health.passes + 1 : 0;
      return passes >= limits.healthyAfter
        ? { kind: "healthy", fails: 0 }
        : { ...health, passes };
    }
  }
}

/** The smoothed latency after one more successful probe, milliseconds. */
export function smoothedLatencyMs(
  previousMs: number | undefined,
  latestMs: number,
): number {
  return previousMs === undefined
    ? latestMs
    : previousMs + LATENCY_SMOOTHING * (latestMs - previousMs);
}

/** How the adaptive rule weighs what it knows. The figures are those of the simulated fleets that it was tuned on. */

/** What happens to a machine that would pass a target: it costs points, comes after all others, or is left out. */
export type Guard = "penalty" | "prefer" | "strict" | "off";

/** How much each term of the score counts. */
export interface Weights {
  /** Points per kilometre, for sessions. */
  readonly distance: number;
  /** Points that the distance of a session comes near and never reaches; 0 for no bound. */
  readonly distanceMax: number;
  /** Points per percent of CPU use. */
  readonly cpu: number;
  /** Points per percent of memory use. */
  readonly memory: number;
  /** Points per percent of GPU use. */
  readonly gpu: number;
  /** Points per millisecond. */
  readonly latency: number;
  /** Points per kilometre, for single requests. */
  readonly requestDistance: number;
}

/** Load that was placed and is not in the reports yet. */
export interface LedgerOptions {
  /** Share of a tier's cores that a session is expected to use, 0 to 1. */
  readonly cpuShare: number;
  /** Share of a tier's memory that a session is expected to use, 0 to 1. */
  readonly memoryShare: number;
  /** How long a session takes to fill its memory. */
  readonly settleMs: number;
}

/** Room that is kept free. */
export interface HeadroomOptions {
  /** From this share on a machine counts as nearly full. */
  readonly knee: number;
  /** Points of a machine that is full. */
  readonly kneeWeight: number;
  /** What passing a target means. */
  readonly guard: Guard;
  /** Points for passing a target under the guard `penalty`. */
  readonly guardWeight: number;
  /** Share of the cores to stay below. */
  readonly targetCpu: number;
  /** Share of the memory to stay below. */
  readonly targetMemory: number;
  /** Share of a tier's cores that must be free by the reports; 1 counts on no session using less than it asked for. */
  readonly fitCpuShare: number;
}

/** How response times of single requests are learned. */
export interface ResponseOptions {
  /** How steeply response times grow with requests in flight. */
  readonly kappa: number;
  /** Weight of a new response time in the running mean of logarithms. */
  readonly alpha: number;
  /** After this time without news a backend counts as an average one. */
  readonly tauMs: number;
  /** Response time that an error counts as, at least. */
  readonly errorPenaltyMs: number;
}

/** Which scores count as equal: those within either. */
export interface NearTieOptions {
  /** Percent of the best score. */
  readonly bandPct: number;
  /** Points above the best score. */
  readonly bandPoints: number;
}

/** When a backend that fails is left out for a while. */
export interface EjectionOptions {
  /** Errors in a row. */
  readonly consecutive: number;
  /** Running share of errors, 0 to 1. */
  readonly errorRate: number;
  /** How long the first time; each further time is twice as long. */
  readonly baseMs: number;
  /** How long at most. */
  readonly maxMs: number;
  /** Part of the fleet that may be out, percent. */
  readonly maxSharePct: number;
}

/** Everything that the adaptive rule reads. */
export interface AdaptiveOptions {
  /** How much each term counts. */
  readonly weights: Weights;
  /** Load that does not show yet. */
  readonly ledger: LedgerOptions;
  /** Room that is kept free. */
  readonly headroom: HeadroomOptions;
  /** A GPU used as much or more is not free, percent. */
  readonly gpuBusyPct: number;
  /** How response times are learned. */
  readonly response: ResponseOptions;
  /** Which scores count as equal. */
  readonly nearTie: NearTieOptions;
  /** Servers that place on the same backends and don't know of each other. */
  readonly peers: number;
}

/** The documented defaults. */
export const ADAPTIVE_DEFAULTS: AdaptiveOptions = {
  weights: {
    distance: 1,
    distanceMax: 3000,
    cpu: 1,
    memory: 1,
    gpu: 1.5,
    latency: 1,
    requestDistance: 0.02,
  },
  ledger: { cpuShare: 0.85, memoryShare: 0.9, settleMs: 300_000 },
  headroom: {
    knee: 0.7,
    kneeWeight: 150,
    guard: "penalty",
    guardWeight: 1000,
    targetCpu: 0.85,
    targetMemory: 0.97,
    fitCpuShare: 0.5,
  },
  gpuBusyPct: 50,
  response: { kappa: 3, alpha: 0.03, tauMs: 10_000, errorPenaltyMs: 1000 },
  nearTie: { bandPct: 3, bandPoints: 1 },
  peers: 1,
};

/** The documented defaults. */
export const EJECTION_DEFAULTS: EjectionOptions = {
  consecutive: 5,
  errorRate: 0.5,
  baseMs: 5000,
  maxMs: 60_000,
  maxSharePct: 30,
};

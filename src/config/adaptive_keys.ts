/** Groups inside `routing`: those that only the adaptive mode reads, and ejection, which both modes have. */
import { choice, number, whole } from "./key.ts";

/** Weight of one term of the score; a thousandfold weight drowns every other term. */
const WEIGHT = { min: 0, max: 1000 } as const;

/** A share of a whole. */
const SHARE = { min: 0, max: 1 } as const;

/** What each term of the score counts. */
export const WEIGHTS_KEYS = {
  distance: number({
    help:
      "Points for each kilometre between caller and backend, fewer for those far away by distance_max",
    default: 1,
    ...WEIGHT,
  }),
  distance_max: number({
    help:
      "Points that the distance of a session comes near and never reaches: the farther away, the less another kilometre counts; 0 for no bound, every kilometre counts alike",
    default: 3000,
    min: 0,
    max: 1_000_000,
  }),
  cpu: number({
    help: "Points for each percent of CPU use",
    default: 1,
    ...WEIGHT,
  }),
  memory: number({
    help: "Points for each percent of memory use",
    default: 1,
    ...WEIGHT,
  }),
  gpu: number({
    help: "Points for each percent of GPU use, for tiers with GPUs",
    default: 1.5,
    ...WEIGHT,
  }),
  latency: number({
    help:
      "Points for each millisecond of latency, or for proxied requests of the response time to expect",
    default: 1,
    ...WEIGHT,
  }),
  request_distance: number({
    help:
      "Points for each kilometre in place of distance, for proxied requests",
    default: 0.02,
    ...WEIGHT,
  }),
};

/** Load of new sessions that the reports do not show yet. */
export const LEDGER_KEYS = {
  cpu_share: number({
    help: "Share of its tier's cores that a new session is expected to use",
    default: 0.85,
    ...SHARE,
  }),
  memory_share: number({
    help: "Share of its tier's memory that a new session is expected to use",
    default: 0.9,
    ...SHARE,
  }),
  settle_seconds: whole({
    help:
      "Time a new session takes to fill its memory; until then the rest is kept for it",
    default: 300,
    min: 0,
    max: 86_400,
  }),
};

/** Room that is kept free. */
export const HEADROOM_KEYS = {
  knee: number({
    help:
      "Fill from which on a machine's score gets worse; the fill is the larger of its memory's use and its CPU's use as a share of target_cpu",
    default: 0.7,
    min: 0,
    max: 0.99,
  }),
  knee_weight: number({
    help:
      "Points for a machine that would be full; they grow with the square from none at the knee",
    default: 150,
    min: 0,
    max: 100_000,
  }),
  guard: choice({
    help:
      "What becomes of a machine that would pass a target: penalty adds points, prefer takes it when no other fits, strict never takes it, off takes it like any other",
    default: "penalty",
    choices: ["penalty", "prefer", "strict", "off"],
  }),
  guard_weight: number({
    help: "Points that the guard adds when it is penalty",
    default: 1000,
    min: 0,
    max: 1_000_000,
  }),
  target_cpu: number({
    help: "Largest share of a machine's cores that should be in use",
    default: 0.85,
    open: true,
    ...SHARE,
  }),
  target_memory: number({
    help: "Largest share of a machine's memory that should be in use",
    default: 0.97,
    open: true,
    ...SHARE,
  }),
  fit_cpu_share: number({
    help:
      "Share of a tier's cores that must be free by the reports; 1 never counts on sessions using less than they asked for",
    default: 0.5,
    open: true,
    ...SHARE,
  }),
};

/** How response times are learned. */
export const RESPONSE_KEYS = {
  kappa: number({
    help:
      "How steeply the response time to expect grows with requests in flight per core",
    default: 3,
    min: 0,
    max: 100,
  }),
  alpha: number({
    help: "Weight of a new response time in the running mean of its backend",
    default: 0.03,
    open: true,
    ...SHARE,
  }),
  tau_seconds: number({
    help:
      "Time in which what was learned of a backend without requests fades to the fleet's median, so that it is tried again",
    default: 10,
    min: 0,
    max: 3600,
    open: true,
  }),
  error_penalty_ms: whole({
    help: "Response time that an error counts as, at least",
    default: 1000,
    min: 0,
    max: 600_000,
  }),
};

/** Which scores count as equal. */
export const NEAR_TIE_KEYS = {
  band_pct: number({
    help: "Scores this close to the best, in percent, count as equal",
    default: 3,
    min: 0,
    max: 100,
  }),
  band_points: number({
    help: "Scores this close to the best, in points, count as equal",
    default: 1,
    min: 0,
    max: 10_000,
  }),
};

/** When a backend that fails is left out. */
export const EJECTION_KEYS = {
  consecutive: whole({
    help: "Errors in a row that take a backend out",
    default: 5,
    min: 1,
    max: 1000,
  }),
  error_rate: number({
    help:
      "Share of errors, as a running mean, above which a backend is taken out",
    default: 0.5,
    open: true,
    ...SHARE,
  }),
  base_seconds: number({
    help: "Time a backend stays out the first time; it doubles each time after",
    default: 5,
    min: 0,
    max: 3600,
    open: true,
  }),
  max_seconds: number({
    help: "Longest time a backend stays out",
    default: 60,
    min: 0,
    max: 86_400,
    open: true,
  }),
  max_share_pct: number({
    help: "Largest part of the fleet that may be out at once, in percent",
    default: 30,
    min: 0,
    max: 100,
  }),
};

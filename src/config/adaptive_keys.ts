/** Groups inside `routing` that only the adaptive mode reads. Names and defaults are settled, the mode is not built. */
import { choice, number, whole } from "./key.ts";

/** Weight of one term of the score; a thousandfold weight drowns every other term. */
const WEIGHT = { min: 0, max: 1000 } as const;

/** A share of a whole. */
const SHARE = { min: 0, max: 1 } as const;

/** How much each term of the score counts. */
export const WEIGHTS_KEYS = {
  distance: number({
    help: "Weight of a kilometre of distance",
    default: 1,
    ...WEIGHT,
  }),
  cpu: number({
    help: "Weight of a percent of CPU use",
    default: 1,
    ...WEIGHT,
  }),
  memory: number({
    help: "Weight of a percent of memory use",
    default: 1,
    ...WEIGHT,
  }),
  gpu: number({
    help: "Weight of a percent of GPU use",
    default: 1.5,
    ...WEIGHT,
  }),
  latency: number({
    help: "Weight of a millisecond of latency",
    default: 1,
    ...WEIGHT,
  }),
  request_distance: number({
    help: "Weight of a kilometre of distance for proxied requests",
    default: 0.02,
    ...WEIGHT,
  }),
};

/** Load that was placed and is not in the reports yet. */
export const LEDGER_KEYS = {
  cpu_share: number({
    help: "Share of a tier's cores that a session is expected to use",
    default: 0.85,
    ...SHARE,
  }),
  memory_share: number({
    help: "Share of a tier's memory that a session is expected to use",
    default: 0.9,
    ...SHARE,
  }),
  settle_seconds: whole({
    help: "Time a session takes to fill its memory",
    default: 300,
    min: 0,
    max: 86_400,
  }),
};

/** Room that is kept free. */
export const HEADROOM_KEYS = {
  knee: number({
    help: "Share of a machine from which on it counts as nearly full",
    default: 0.7,
    min: 0,
    max: 0.99,
  }),
  knee_weight: number({
    help: "How much a nearly full machine is disliked",
    default: 150,
    min: 0,
    max: 100_000,
  }),
  guard: choice({
    help: "What happens to a machine that would pass a target",
    default: "penalty",
    choices: ["penalty", "prefer", "strict", "off"],
  }),
  guard_weight: number({
    help: "Penalty of a machine that would pass a target",
    default: 1000,
    min: 0,
    max: 1_000_000,
  }),
  target_cpu: number({
    help: "Share of the cores to stay below",
    default: 0.85,
    open: true,
    ...SHARE,
  }),
  target_memory: number({
    help: "Share of the memory to stay below",
    default: 0.97,
    open: true,
    ...SHARE,
  }),
};

/** How response times are learned. */
export const RESPONSE_KEYS = {
  kappa: number({
    help: "How steeply response times grow with requests in flight",
    default: 3,
    min: 0,
    max: 100,
  }),
  alpha: number({
    help: "Weight of a new response time in the running mean",
    default: 0.03,
    open: true,
    ...SHARE,
  }),
  tau_seconds: number({
    help: "Time after which a backend without news is tried again",
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
    help: "Scores this close, in percent, count as equal",
    default: 3,
    min: 0,
    max: 100,
  }),
  band_points: number({
    help: "Scores this close, in points, count as equal",
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
    help: "Share of errors that takes a backend out",
    default: 0.5,
    open: true,
    ...SHARE,
  }),
  base_seconds: number({
    help: "Time a backend stays out the first time",
    default: 5,
    min: 0,
    max: 3600,
    open: true,
  }),
  max_seconds: number({
    help: "Time a backend stays out at most",
    default: 60,
    min: 0,
    max: 86_400,
    open: true,
  }),
  max_share_pct: number({
    help: "Part of the fleet that may be out, in percent",
    default: 30,
    min: 0,
    max: 100,
  }),
};

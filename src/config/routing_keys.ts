/** The `routing` block: how a backend is chosen. Names and defaults of the adaptive mode are settled, it is not built. */
import { choice, group, number, whole } from "./key.ts";

/** Weight of one term of the score; a thousandfold weight drowns every other term. */
const WEIGHT = { min: 0, max: 1000 } as const;

/** A share of a whole. */
const SHARE = { min: 0, max: 1 } as const;

const WEIGHTS = {
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

const LEDGER = {
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

const HEADROOM = {
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

const RESPONSE = {
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

const NEAR_TIE = {
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

const EJECTION = {
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

/** The keys inside `routing`. */
export const ROUTING_KEYS = {
  mode: choice({
    help: "The rule that chooses",
    default: "classic",
    choices: ["classic"],
    planned: ["adaptive"],
  }),
  weights: group(WEIGHTS, {
    help: "How much each term of the score counts",
    state: "planned",
  }),
  ledger: group(LEDGER, {
    help: "Load that was placed and is not in the reports yet",
    state: "planned",
  }),
  headroom: group(HEADROOM, {
    help: "Room that is kept free on each machine",
    state: "planned",
  }),
  gpu_busy_pct: number({
    help: "A GPU used more than this is not free",
    default: 50,
    min: 0,
    max: 100,
    state: "planned",
  }),
  response: group(RESPONSE, {
    help: "How response times of proxied requests are learned",
    state: "planned",
  }),
  near_tie: group(NEAR_TIE, {
    help: "Which scores count as equal",
    state: "planned",
  }),
  peers: whole({
    help: "Number of servers that share the backends",
    default: 1,
    min: 1,
    max: 100,
    state: "planned",
  }),
  ejection: group(EJECTION, {
    help: "When a backend that fails is left out for a while",
    state: "planned",
  }),
};

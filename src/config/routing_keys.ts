/** The `routing` block: how a backend is chosen. */
import {
  EJECTION_KEYS,
  HEADROOM_KEYS,
  LEDGER_KEYS,
  NEAR_TIE_KEYS,
  RESPONSE_KEYS,
  WEIGHTS_KEYS,
} from "./adaptive_keys.ts";
import { choice, group, number, whole } from "./key.ts";

/** The keys inside `routing`. */
export const ROUTING_KEYS = {
  mode: choice({
    help: "The rule that chooses",
    default: "classic",
    choices: ["classic"],
    planned: ["adaptive"],
  }),
  weights: group(WEIGHTS_KEYS, {
    help: "How much each term of the score counts",
    state: "planned",
  }),
  ledger: group(LEDGER_KEYS, {
    help: "Load that was placed and is not in the reports yet",
    state: "planned",
  }),
  headroom: group(HEADROOM_KEYS, {
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
  response: group(RESPONSE_KEYS, {
    help: "How response times of proxied requests are learned",
    state: "planned",
  }),
  near_tie: group(NEAR_TIE_KEYS, {
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
  ejection: group(EJECTION_KEYS, {
    help: "When a backend that fails is left out for a while",
    state: "planned",
  }),
};

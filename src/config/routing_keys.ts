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
    help:
      "The rule that chooses: classic goes by the reported averages, adaptive also by what was placed since and by how backends answer",
    default: "adaptive",
    choices: ["adaptive", "classic"],
  }),
  weights: group(WEIGHTS_KEYS, {
    help: "What each term of the score counts; the lowest score wins",
  }),
  ledger: group(LEDGER_KEYS, {
    help: "Load of new sessions that the reports do not show yet",
  }),
  headroom: group(HEADROOM_KEYS, {
    help: "Room to leave free on each machine",
  }),
  gpu_busy_pct: number({
    help: "A GPU whose use in percent is this or more is not free",
    default: 50,
    min: 0,
    max: 100,
    open: true,
  }),
  response: group(RESPONSE_KEYS, {
    help:
      "How the response time to expect of a backend is learned, for proxied requests",
  }),
  near_tie: group(NEAR_TIE_KEYS, {
    help:
      "Which scores count as equal: of two such backends, drawn by chance, the less filled one is taken; for sessions only when peers is above 1",
  }),
  peers: whole({
    help: "Servers that place load on the same backends, this one included",
    default: 1,
    min: 1,
    max: 100,
  }),
  ejection: group(EJECTION_KEYS, {
    help: "When a backend whose requests fail is left out, and for how long",
  }),
};

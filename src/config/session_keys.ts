/** Server keys: who stays where, what waits, what can be asked for. */
import { flag, group, list, text, whole } from "./key.ts";
import { DAY_SECONDS } from "./limits.ts";
import { ROUTING_KEYS } from "./routing_keys.ts";
import { FIELD_NAME, NAME, orEmpty } from "./text_format.ts";
import { DEFAULT_TIERS, TIER_KEYS } from "./tier_keys.ts";

/** Sessions and the room that is promised to them. */
export const SESSION_KEYS = {
  sticky_header: text({
    help: "HTTP field that holds the id of a session, none for no sessions",
    default: "",
    format: orEmpty(FIELD_NAME),
  }),
  sticky_by_ip: flag({
    help: "Take the caller's address when a request has no such field",
    default: false,
  }),
  sticky_affinity_enabled: flag({
    help: "Place further tiers of a session where it is already",
    default: true,
  }),
  pending_allocation_timeout_seconds: whole({
    help: "Time that promised room is held",
    default: 120,
    min: 1,
    max: DAY_SECONDS,
  }),
};

/** How a backend is chosen. */
export const DECISION_KEYS = {
  routing: group(ROUTING_KEYS, { help: "How a backend is chosen" }),
  queue: group({
    enabled: flag({
      help: "Let a request wait for room when no backend fits",
      default: false,
    }),
    max_length: whole({
      help: "Requests that may wait at once; further ones are refused",
      default: 1000,
      min: 1,
      max: 1_000_000,
    }),
    max_wait_seconds: whole({
      help: "Time a request may wait, before request_timeout_seconds begins",
      default: 30,
      min: 1,
      max: 3600,
    }),
  }, { help: "Waiting for room" }),
};

/** What can be asked for. */
export const TIERS_KEYS = {
  default_tier: text({
    help: "Tier of a proxied request that names none",
    default: "lite",
    format: orEmpty(NAME),
  }),
  tiers: list({
    help: "Tiers that can be asked for; the default ones when empty",
    of: group(TIER_KEYS, { help: "A tier" }),
    default: DEFAULT_TIERS,
    itemsMax: 1000,
  }),
};

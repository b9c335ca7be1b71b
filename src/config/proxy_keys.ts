/** Server keys: the reverse proxy, its time-outs, how a request names its tier, and what browsers are told. */
import { flag, list, text, whole } from "./key.ts";
import { DAY_SECONDS } from "./limits.ts";
import {
  ANY_TEXT,
  FIELD_NAME,
  orEmpty,
  ORIGIN,
  PATH_PREFIX,
} from "./text_format.ts";

/** Time-outs that keep slow callers from holding the server. */
export const TIMEOUT_KEYS = {
  read_header_timeout_seconds: whole({
    help: "Time a caller has to send the head of a request",
    default: 10,
    min: 1,
    max: DAY_SECONDS,
  }),
  request_timeout_seconds: whole({
    help:
      "Time until the head of a response, 0 for no limit; never cuts a stream",
    default: 30,
    min: 0,
    max: DAY_SECONDS,
  }),
  idle_timeout_seconds: whole({
    help: "Time a connection may be silent",
    default: 120,
    min: 1,
    max: DAY_SECONDS,
  }),
  write_stall_seconds: whole({
    help: "Time a caller may take nothing of a response",
    default: 30,
    min: 1,
    max: DAY_SECONDS,
  }),
};

/** What is proxied, and how. */
export const PROXY_KEYS = {
  proxy_endpoints: list({
    help: 'Prefixes of the paths that go to backends, "/" or "*" for all',
    of: text({ help: "A prefix of paths", format: PATH_PREFIX }),
    default: [],
  }),
  proxy_sse_flush_interval_ms: whole({
    help:
      "How long pieces of a stream are gathered; -1 passes each on at once, 0 waits for a full buffer",
    default: -1,
    min: -1,
    max: 600_000,
  }),
  proxy_connect_timeout_seconds: whole({
    help: "Time to connect to a backend",
    default: 5,
    min: 1,
    max: 3600,
  }),
  proxy_retries: whole({
    help: "Further backends that are tried when one can't be reached",
    default: 2,
    min: 0,
    max: 100,
  }),
  tier_field_name: text({
    help: "Field of a JSON body, or of the query, that names the tier",
    default: "tier",
    format: orEmpty(ANY_TEXT),
  }),
  tier_header: text({
    help: "HTTP field that names the tier",
    default: "X-Tier",
    format: orEmpty(FIELD_NAME),
  }),
  tier_peek_bytes: whole({
    help: "How much of a body is searched for the tier",
    default: 65_536,
    min: 0,
    max: 16_777_216,
  }),
};

/** Fields of responses that browsers act on. */
export const BROWSER_KEYS = {
  enable_cors: flag({
    help: "Let pages of other origins call",
    default: false,
  }),
  cors_allowed_origins: list({
    help: 'Origins that may call, "*" for all',
    of: text({
      help: 'An origin such as https://app.example.com, or "*"',
      format: ORIGIN,
    }),
    default: [],
    itemsMax: 1000,
  }),
  disable_security_headers: flag({
    help: "Leave out X-Frame-Options and its like, when a proxy sets them",
    default: false,
  }),
};

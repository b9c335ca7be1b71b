/** Server keys: where it listens, what it says, where it keeps its data. */
import { choice, flag, group, list, number, text, whole } from "./key.ts";
import {
  CENTURY_DAYS,
  CONNECTIONS_MAX,
  DAY_SECONDS,
  PORT_MAX,
} from "./limits.ts";
import {
  ADDRESS_RANGE,
  HOST,
  HOST_AND_PORT,
  HTTP_URL,
  orEmpty,
  PATH,
  SECRET,
} from "./text_format.ts";

/** Where the database is kept when nobody says otherwise. */
export const DEFAULT_DATABASE = "/opt/opsen/opsen.db";

/** Sockets, start and stop. */
export const LISTEN_KEYS = {
  port: whole({
    help: "Port to listen on, 0 for any free one",
    default: 8080,
    min: 0,
    max: PORT_MAX,
    needsRestart: true,
  }),
  host: text({
    help: "Address to listen on",
    default: "0.0.0.0",
    format: HOST,
    needsRestart: true,
  }),
  admin_listen: text({
    help: "Further address and port for the management paths",
    default: "",
    format: orEmpty(HOST_AND_PORT),
    needsRestart: true,
  }),
  reuse_port: flag({
    help: "Let a second process listen on the same port, to hand over to it",
    default: false,
    needsRestart: true,
  }),
  edge_driver: choice({
    help: "How bytes are moved; auto takes epoll where there is one",
    default: "auto",
    choices: ["auto", "epoll", "deno"],
    needsRestart: true,
  }),
  max_connections: whole({
    help: "Connections held at once",
    default: 20_000,
    min: 1,
    max: CONNECTIONS_MAX,
  }),
  max_connections_per_ip: whole({
    help: "Connections held at once per address, 0 for no limit",
    default: 0,
    min: 0,
    max: CONNECTIONS_MAX,
  }),
  shutdown_timeout_seconds: whole({
    help: "Time that requests in flight have to end when the server stops",
    default: 30,
    min: 0,
    max: DAY_SECONDS,
  }),
  ready_min_active: whole({
    help:
      "Backends that must have been heard of within stale_minutes before /_opsen/readyz says that the server is ready",
    default: 0,
    min: 0,
    max: 1_000_000,
  }),
};

/** Logs and notifications. */
export const LOG_KEYS = {
  log_level: choice({
    help: "Least level that is logged",
    default: "info",
    choices: ["debug", "info", "warn", "error", "fatal"],
  }),
  json_logging: flag({
    help: "Log one JSON object per line",
    default: false,
    needsRestart: true,
  }),
  access_log: choice({
    help:
      "Which requests are logged: errors are answers from 500 on and those that break off",
    default: "errors",
    choices: ["off", "errors", "all", "sample"],
  }),
  access_log_sample_pct: number({
    help:
      "Part of the requests that access_log: sample logs, in percent; failed ones are always logged",
    default: 1,
    min: 0,
    max: 100,
  }),
  audit_retention_days: whole({
    help: "Days that the audit trail is kept",
    default: 90,
    min: 1,
    max: CENTURY_DAYS,
  }),
  decision_log: group({
    entries: whole({
      help: "Newest decisions kept in memory, 0 for none",
      default: 1000,
      min: 0,
      max: 1_000_000,
    }),
    sample_pct: whole({
      help:
        "Part of the decisions written to the database, in percent, 0 for none",
      default: 0,
      min: 0,
      max: 100,
    }),
    retention_days: whole({
      help: "Days that written decisions are kept",
      default: 7,
      min: 1,
      max: CENTURY_DAYS,
    }),
  }, { help: "Record of the decisions and their reasons" }),
  events_url: text({
    help: "URL that events are posted to",
    default: "",
    format: orEmpty(HTTP_URL),
    secret: true,
  }),
  events_secret: text({
    help: "Key that events are signed with (HMAC-SHA256), none for unsigned",
    default: "",
    format: SECRET,
    secret: true,
  }),
};

/** The configuration's own life. */
export const RELOAD_KEYS = {
  watch_config: flag({
    help: "Load the configuration again when its file changes",
    default: false,
  }),
  config_url: text({
    help:
      "URL of a YAML file whose keys stand above those of the local file; https unless on this machine",
    default: "",
    format: orEmpty(HTTP_URL),
    secret: true,
  }),
  config_url_interval_seconds: whole({
    help: "Time between two looks at config_url",
    default: 60,
    min: 1,
    max: DAY_SECONDS,
  }),
  config_url_allow: list({
    help:
      "Private or reserved addresses and ranges that config_url may lead to",
    of: text({ help: "An address or a range", format: ADDRESS_RANGE }),
    default: [],
  }),
};

/** The database. */
export const DATABASE_KEYS = {
  database: text({
    help:
      "SQLite file; when the key is absent and its folder can't be written, opsen.db in the working directory",
    default: DEFAULT_DATABASE,
    format: PATH,
    aliases: ["db"],
    needsRestart: true,
  }),
  stats_retention_days: whole({
    help: "Days that reports are kept",
    default: 7,
    min: 1,
    max: CENTURY_DAYS,
  }),
  db_max_open_conns: whole({
    help: "Accepted without effect: an embedded database has no pool",
    default: 25,
    min: 0,
    max: CONNECTIONS_MAX,
    state: "no_effect",
  }),
  db_max_idle_conns: whole({
    help: "Accepted without effect: an embedded database has no pool",
    default: 5,
    min: 0,
    max: CONNECTIONS_MAX,
    state: "no_effect",
  }),
  db_conn_max_lifetime: whole({
    help: "Accepted without effect: an embedded database has no pool",
    default: 300,
    min: 0,
    max: CONNECTIONS_MAX,
    state: "no_effect",
  }),
};

/** All keys of client.yml, in the order of the example and of `--help`. */
import {
  choice,
  type ConfigOf,
  flag,
  group,
  list,
  text,
  whole,
} from "./key.ts";
import { DAY_SECONDS } from "./limits.ts";
import { PLACE_KEYS } from "./place_keys.ts";
import { role } from "./role.ts";
import {
  HTTP_URL,
  ID,
  LOOPBACK_AND_PORT,
  NAME,
  orEmpty,
  PATH,
  PATH_PREFIX,
  SECRET,
} from "./text_format.ts";

const SERVER_KEYS = {
  server_url: text({
    help: "URL of the server",
    default: "http://localhost:8080",
    format: HTTP_URL,
    aliases: ["server"],
  }),
  server_key: text({
    help: "The server's key; better in OPSEN_SERVER_KEY than in a flag",
    default: "",
    format: SECRET,
    secret: true,
  }),
  server_key_file: text({
    help:
      "File that holds server_key; a relative path is looked for in $CREDENTIALS_DIRECTORY first",
    default: "",
    format: orEmpty(PATH),
  }),
  server_ca_file: text({
    help: "Authority of the server's certificate, besides the system's",
    default: "",
    format: orEmpty(PATH),
  }),
  tls_cert_file: text({
    help: "Certificate that this machine shows to the server",
    default: "",
    format: orEmpty(PATH),
  }),
  tls_key_file: text({
    help: "Private key of that certificate",
    default: "",
    format: orEmpty(PATH),
  }),
  insecure_tls: flag({
    help: "Take any certificate of the server; for tests only",
    default: false,
  }),
  enrol_token_file: text({
    help: "File with a token that is traded for a credential of this machine",
    default: "",
    format: orEmpty(PATH),
  }),
  reregister_minutes: whole({
    help: "Time after which this machine registers again, to be safe",
    default: 10,
    min: 1,
    max: 10_080,
  }),
};

const IDENTITY_KEYS = {
  client_id: text({
    help: "Id of this machine; when empty, one is made and kept",
    default: "",
    format: orEmpty(ID),
    aliases: ["id"],
  }),
  hostname: text({
    help: "Name of this machine; when empty, the system's",
    default: "",
    format: orEmpty(NAME),
  }),
  state_dir: text({
    help: "Folder the id is kept in; when empty, the first that can be used",
    default: "",
    format: orEmpty(PATH),
  }),
  endpoint_url: text({
    help:
      "URL that callers are sent to; when empty, http://ADDRESS:11000 of this machine",
    default: "",
    format: orEmpty(HTTP_URL),
  }),
  endpoints: list({
    help: "Further URLs by path",
    of: group({
      url: text({ help: "URL that callers are sent to", format: HTTP_URL }),
      paths: list({
        help: "Paths that belong to it",
        of: text({
          help: 'A path, a prefix that ends in "*", or "*"',
          format: PATH_PREFIX,
        }),
        itemsMax: 1000,
      }),
    }, { help: "A URL and its paths" }),
    default: [],
    itemsMax: 100,
  }),
};

const MEASURE_KEYS = {
  window_minutes: whole({
    help: "Time that use is averaged over",
    default: 15,
    min: 1,
    max: 1440,
    aliases: ["window"],
  }),
  report_interval_seconds: whole({
    help: "Time between two reports",
    default: 60,
    min: 1,
    max: 3600,
    aliases: ["interval"],
  }),
  disk_path: text({
    help: "A path on the disk that sessions use",
    default: "/",
    format: PATH,
    aliases: ["disk"],
  }),
};

const OPERATION_KEYS = {
  drain_file: text({
    help: "While this file exists, the machine takes no new sessions",
    default: "",
    format: orEmpty(PATH),
  }),
  drain_seconds: whole({
    help:
      "Time that sessions have to end when this machine's client is asked to (SIGTERM), 0 to end at once",
    default: 0,
    min: 0,
    max: DAY_SECONDS,
  }),
  metrics_listen: text({
    help:
      "Address and port to serve metrics on, on this machine alone (127.0.0.1:9777)",
    default: "",
    format: orEmpty(LOOPBACK_AND_PORT),
  }),
  log_level: choice({
    help: "Least level that is logged",
    default: "info",
    choices: ["debug", "info", "warn", "error", "fatal"],
  }),
  json_logging: flag({
    help: "Log one JSON object per line",
    default: false,
  }),
};

const GEOGRAPHY_KEYS = {
  skip_geolocation: flag({
    help: "Don't look up where this machine is",
    default: false,
  }),
  geoip_db_path: text({
    help: "GeoLite2-City.mmdb to look it up in",
    default: "",
    format: orEmpty(PATH),
  }),
  ...PLACE_KEYS,
};

/** The client's part of the configuration. */
export const CLIENT_ROLE = role("client", {
  Server: SERVER_KEYS,
  Identity: IDENTITY_KEYS,
  Measuring: MEASURE_KEYS,
  Places: GEOGRAPHY_KEYS,
  Operation: OPERATION_KEYS,
});

/** The client's configuration as the program sees it. */
export type ClientConfig = ConfigOf<typeof CLIENT_ROLE.keys>;

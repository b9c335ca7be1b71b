/** All keys of server.yml, in the order of the example and of `--help`. */
import { ACCESS_KEYS } from "./access_keys.ts";
import { FLEET_KEYS } from "./fleet_keys.ts";
import { type ConfigOf, flag, text } from "./key.ts";
import {
  DATABASE_KEYS,
  LISTEN_KEYS,
  LOG_KEYS,
  RELOAD_KEYS,
} from "./listen_keys.ts";
import { OBSERVE_KEYS } from "./observe_keys.ts";
import { PLACE_KEYS } from "./place_keys.ts";
import { BROWSER_KEYS, PROXY_KEYS, TIMEOUT_KEYS } from "./proxy_keys.ts";
import { role } from "./role.ts";
import { DECISION_KEYS, SESSION_KEYS, TIERS_KEYS } from "./session_keys.ts";
import { orEmpty, PATH } from "./text_format.ts";
import { TLS_KEYS } from "./tls_keys.ts";

const GEOGRAPHY_KEYS = {
  geoip_db_path: text({
    help: "GeoLite2-City.mmdb, none for no places",
    default: "",
    format: orEmpty(PATH),
  }),
  geoip_private_is_local: flag({
    help: "Callers with private addresses are where the server is",
    default: false,
  }),
  ...PLACE_KEYS,
};

/** The server's part of the configuration. */
export const SERVER_ROLE = role("server", {
  Listening: LISTEN_KEYS,
  Access: ACCESS_KEYS,
  "Time-outs": TIMEOUT_KEYS,
  TLS: TLS_KEYS,
  Browsers: BROWSER_KEYS,
  Backends: FLEET_KEYS,
  Tiers: TIERS_KEYS,
  Sessions: SESSION_KEYS,
  Decisions: DECISION_KEYS,
  "Reverse proxy": PROXY_KEYS,
  Places: GEOGRAPHY_KEYS,
  Database: DATABASE_KEYS,
  Logs: LOG_KEYS,
  Observing: OBSERVE_KEYS,
  Reload: RELOAD_KEYS,
});

/** The server's configuration as the program sees it. */
export type ServerConfig = ConfigOf<typeof SERVER_ROLE.keys>;

/** Server keys: who may ask, how much, and how that is proved. */
import { API_KEY_KEYS } from "./api_key_keys.ts";
import { flag, list, text, textOrGroup, whole } from "./key.ts";
import { JWT } from "./jwt_keys.ts";
import { CONNECTIONS_MAX } from "./limits.ts";
import {
  ADDRESS_RANGE,
  ENDPOINT_PLACE,
  orEmpty,
  PATH,
  SECRET,
} from "./text_format.ts";

const RANGE = text({ help: "An address or a range", format: ADDRESS_RANGE });

/** Keys, networks and limits. */
export const ACCESS_KEYS = {
  server_key: text({
    help:
      "Key that clients must send; better in OPSEN_SERVER_KEY than in a flag",
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
  api_keys: list({
    help: "Further keys that are accepted",
    of: textOrGroup(API_KEY_KEYS, {
      help: "A key, or what is known of it",
      textKey: "key",
      format: SECRET,
      secret: true,
    }),
    default: [],
    itemsMax: 1000,
  }),
  whitelisted_ips: list({
    help: "Addresses and ranges that may call, none for all",
    of: RANGE,
    default: [],
  }),
  blocked_ips: list({
    help: "Addresses and ranges that may not call",
    of: RANGE,
    default: [],
  }),
  trusted_proxies: list({
    help: "Proxies whose forwarding fields are believed",
    of: RANGE,
    default: [],
  }),
  proxy_protocol: flag({
    help: "Take the PROXY protocol from trusted proxies",
    default: false,
  }),
  proxy_require_key: flag({
    help: "Ask for a key on proxied paths too",
    default: false,
  }),
  endpoint_allow: list({
    help:
      "Where backends may be; when empty: private ranges, the address that registers, and loopback only if it registers from there",
    of: text({
      help:
        "An address, a range or a host name; an address or a name with a port allows exactly that, even where this server listens",
      format: ENDPOINT_PLACE,
    }),
    default: [],
  }),
  rate_limit_per_minute: whole({
    help: "Requests per minute and address, 0 for no limit",
    default: 60,
    min: 0,
    max: 10_000_000,
  }),
  rate_limit_burst: whole({
    help: "Requests an address may send at once",
    default: 120,
    min: 0,
    max: 10_000_000,
  }),
  rate_limit_exempt: list({
    help: "Addresses and ranges without a rate limit",
    of: RANGE,
    default: [],
  }),
  max_requests_per_ip: whole({
    help: "Requests in progress at once per address, 0 for no limit",
    default: 0,
    min: 0,
    max: CONNECTIONS_MAX,
  }),
  max_request_body_bytes: whole({
    help: "Largest request body",
    default: 10_485_760,
    min: 1,
    max: 2 ** 40,
  }),
  jwt: JWT,
};

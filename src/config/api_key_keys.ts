/** The keys of one entry of `api_keys` in its long form; the short form is the key itself. */
import { choice, type ConfigOf, list, optional, text, whole } from "./key.ts";
import { INSTANT, KEY_HASH, NAME, orEmpty, SECRET } from "./text_format.ts";

/** What can be said of an API key. */
export const API_KEY_KEYS = {
  name: text({
    help: "Name of the key in logs and in the audit trail",
    default: "",
    format: orEmpty(NAME),
  }),
  key: text({
    help: "The key itself",
    default: "",
    format: SECRET,
    secret: true,
  }),
  key_hash: text({
    help: "SHA-256 of the key, instead of the key",
    default: "",
    format: orEmpty(KEY_HASH),
    secret: true,
  }),
  key_file: text({
    help: "File that holds the key, instead of the key",
    default: "",
  }),
  scopes: optional(list({
    help: "What the key may do; everything when absent",
    of: choice({
      help: "One thing a key may do",
      choices: ["route", "read", "admin", "agent"],
    }),
    itemsMax: 4,
  })),
  tiers: optional(list({
    help: "Tiers the key may ask for; all when absent",
    of: text({ help: "Name of a tier", format: NAME }),
  })),
  rate_limit_per_minute: whole({
    help: "Requests per minute with the key, 0 for no limit of its own",
    default: 0,
    min: 0,
    max: 10_000_000,
  }),
  expires: text({
    help: "When the key stops being accepted",
    default: "",
    format: orEmpty(INSTANT),
  }),
};

/** An API key as configured. */
export type ApiKeyConfig = ConfigOf<typeof API_KEY_KEYS>;

/** The `jwt` block: tokens on proxied paths. */
import { choice, group, list, text, whole } from "./key.ts";
import { HTTP_URL, orEmpty } from "./text_format.ts";

/** The key `jwt`. */
export const JWT = group({
  jwks_url: text({
    help: "URL of the signing keys",
    default: "",
    format: orEmpty(HTTP_URL),
  }),
  key_file: text({
    help: "File with the signing key, instead of a URL",
    default: "",
  }),
  issuer: text({ help: "Issuer that tokens must name", default: "" }),
  audience: text({ help: "Audience that tokens must name", default: "" }),
  algorithms: list({
    help: "Signature algorithms that are accepted",
    of: choice({
      help: "A signature algorithm (RFC 7518)",
      choices: [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "HS256",
        "HS384",
        "HS512",
      ],
    }),
    default: ["RS256", "ES256", "EdDSA"],
    itemsMax: 13,
  }),
  leeway_seconds: whole({
    help: "How far clocks may differ",
    default: 30,
    min: 0,
    max: 600,
  }),
  claims: group({
    tier: text({
      help: "Claim that holds the tier",
      default: "",
    }),
    sticky_id: text({
      help: "Claim that holds the id of the session",
      default: "",
    }),
  }, { help: "What is taken from a token" }),
}, {
  help: "Tokens on proxied paths, off without jwks_url and key_file",
});

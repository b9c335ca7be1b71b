/** Rules between the keys of the `jwt` block. */
import { isLoopbackAddress } from "./public_address.ts";
import { type Objection, problem } from "./rule.ts";
import type { ServerConfig } from "./server_keys.ts";

/** Keys come from one place, which nobody but the issuer can write to, and are of a kind that may be shown there. */
export function jwtRule({ jwt }: ServerConfig): Objection[] {
  const { jwksUrl, keyFile, issuer, audience, algorithms } = jwt;
  if (jwksUrl !== "" && keyFile !== "") {
    const found = "a value, and one for jwt.jwks_url too";
    return [problem("jwt.key_file", found, "one of them", ["jwt.jwks_url"])];
  }
  if (jwksUrl !== "" && !isProtected(new URL(jwksUrl))) {
    const found = "http to another machine";
    const wanted =
      "https, because whoever is on the way could put keys of its own there";
    return [problem("jwt.jwks_url", found, wanted, [])];
  }
  const secret = algorithms.filter((name) => name.startsWith("HS"));
  if (jwksUrl !== "" && secret.length > 0) {
    const wanted = "jwt.key_file for them: keys at a URL are no secrets";
    return [
      problem("jwt.algorithms", secret.join(", "), wanted, ["jwt.jwks_url"]),
    ];
  }
  if (algorithms.length === 0 && (jwksUrl !== "" || keyFile !== "")) {
    const wanted = "at least one, because no token is good without";
    return [problem("jwt.algorithms", "none", wanted, [])];
  }
  if (jwksUrl !== "" && issuer === "" && audience === "") {
    const message =
      "jwt has neither issuer nor audience: a token that the same keys signed for another application is taken too";
    const because = ["jwt.issuer", "jwt.audience"];
    return [{ kind: "warning", path: "jwt.jwks_url", because, message }];
  }
  const isOff = jwksUrl === "" && keyFile === "";
  if (!isOff || (issuer === "" && audience === "")) return [];
  const path = issuer === "" ? "jwt.audience" : "jwt.issuer";
  const found = "a value, but no key to check tokens with";
  return [problem(path, found, "jwt.jwks_url or jwt.key_file", ["jwt"])];
}

function isProtected({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return isLoopbackAddress(host) || /^(?:.+\.)?localhost\.?$/i.test(host);
}

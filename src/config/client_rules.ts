/** Rules between keys of client.yml. */
import type { ClientConfig } from "./client_keys.ts";
import { type Objection, problem } from "./rule.ts";

/** A certificate without its key shows nothing, where somebody wanted it shown. */
export function clientCertificateRule(
  { tlsCertFile, tlsKeyFile }: ClientConfig,
): Objection[] {
  if ((tlsCertFile === "") === (tlsKeyFile === "")) return [];
  const [path, missing] = tlsCertFile === ""
    ? ["tls_key_file", "tls_cert_file"]
    : ["tls_cert_file", "tls_key_file"];
  const found = `a value, but none for ${missing}`;
  return [problem(path, found, "both or neither", [missing])];
}

/** A database that nobody will look into. */
export function geoipDatabaseRule(
  { geoipDbPath, latitude, longitude, skipGeolocation }: ClientConfig,
): Objection[] {
  if (geoipDbPath === "") return [];
  const paths = ["geoip_db_path"];
  if (latitude !== undefined && longitude !== undefined) {
    const because = ["latitude", "longitude"];
    const reason = "latitude and longitude say where this machine is";
    return [{ kind: "unread", paths, because, reason }];
  }
  if (!skipGeolocation) return [];
  const reason = "skip_geolocation is true";
  return [{ kind: "unread", paths, because: ["skip_geolocation"], reason }];
}

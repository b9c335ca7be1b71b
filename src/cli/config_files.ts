/** Files that a configuration names and that can't be read or used here, for `opsen config check`. */
import type { ClientConfig } from "../config/client_keys.ts";
import type { Notice } from "../config/notice.ts";
import {
  type ReferencedFile,
  referencedFiles,
} from "../config/referenced_files.ts";
import type { ServerConfig } from "../config/server_keys.ts";

/** A configuration and whose it is. */
export type RoleConfig =
  | { readonly role: "server"; readonly config: ServerConfig }
  | { readonly role: "client"; readonly config: ClientConfig };

/** One warning for each: whoever checks may be on another machine than the one that is to read them. */
export async function unreadableFiles(
  named: RoleConfig,
): Promise<readonly Notice[]> {
  const notices: Notice[] = [];
  for (const { key, path } of filesOf(named)) {
    const reason = await whyUnreadable(path);
    if (reason === undefined) continue;
    const message = `${key} "${path}" can't be read here: ${reason}`;
    notices.push({ level: "warn", key, message });
  }
  const problem = await whyNoPlaces(named);
  if (problem !== undefined) {
    const key = "geoip_db_path";
    notices.push({ level: "warn", key, message: `${key}: ${problem}` });
  }
  return notices;
}

function filesOf(named: RoleConfig): readonly ReferencedFile[] {
  if (named.role === "server") return referencedFiles(named.config);
  const { config } = named;
  return [
    { key: "server_key_file", path: config.serverKeyFile },
    { key: "server_ca_file", path: config.serverCaFile },
    { key: "tls_cert_file", path: config.tlsCertFile },
    { key: "tls_key_file", path: config.tlsKeyFile },
    { key: "enrol_token_file", path: config.enrolTokenFile },
  ].filter(({ path }) => path !== "");
}

/** What is wrong with the GeoIP database, which is more than being readable. */
async function whyNoPlaces(
  { role, config }: RoleConfig,
): Promise<string | undefined> {
  const { geoipDbPath } = config;
  if (geoipDbPath === "") return undefined;
  if (role === "client" && config.skipGeolocation) return undefined;
  const { readCityDatabase } = await import("../geo/city_database.ts");
  try {
    await readCityDatabase(geoipDbPath);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function whyUnreadable(path: string): Promise<string | undefined> {
  try {
    using _file = await Deno.open(path);
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no such file";
    if (error instanceof Deno.errors.PermissionDenied) {
      return "permission denied";
    }
    return error instanceof Error ? error.message : String(error);
  }
}

/** Loads client.yml with everything that stands above it. */
import { CLIENT_ROLE, type ClientConfig } from "./client_keys.ts";
import { clientCertificateRule, geoipDatabaseRule } from "./client_rules.ts";
import { withClientCredentials } from "./credentials.ts";
import { load, type Loaded, type LoadInput } from "./load.ts";
import { placeRule } from "./place_rule.ts";
import { serverKeyRule } from "./server_key_rule.ts";

/** The client's configuration. */
export async function loadClientConfig(
  input: LoadInput,
): Promise<Loaded<ClientConfig>> {
  const loaded = await load(CLIENT_ROLE, [
    placeRule,
    serverKeyRule,
    clientCertificateRule,
    geoipDatabaseRule,
  ], input);
  if (loaded.kind === "invalid") return loaded;
  const config = withClientCredentials(loaded.config, input);
  return { ...loaded, config };
}

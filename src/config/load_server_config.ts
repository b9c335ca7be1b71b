/** Loads server.yml with everything that stands above it. */
import { withServerCredentials } from "./credentials.ts";
import { load, type Loaded, type LoadInput } from "./load.ts";
import { SERVER_ROLE, type ServerConfig } from "./server_keys.ts";
import { SERVER_RULES } from "./server_rules.ts";
import { DEFAULT_TIERS } from "./tier_keys.ts";

/** The server's configuration. An empty list of tiers means the default ones, as in the Go program. */
export async function loadServerConfig(
  input: LoadInput,
): Promise<Loaded<ServerConfig>> {
  const loaded = await load(SERVER_ROLE, SERVER_RULES, input);
  if (loaded.kind === "invalid") return loaded;
  const config = withServerCredentials(loaded.config, input);
  const tiers = config.tiers.length > 0 ? config.tiers : DEFAULT_TIERS;
  return { ...loaded, config: { ...config, tiers } };
}

/** Loads client.yml with everything that stands above it. */
import { CLIENT_ROLE, type ClientConfig } from "./client_keys.ts";
import { load, type Loaded, type LoadInput } from "./load.ts";
import { placeRule } from "./place_rule.ts";

/** The client's configuration. */
export async function loadClientConfig(
  input: LoadInput,
): Promise<Loaded<ClientConfig>> {
  return await load(CLIENT_ROLE, [placeRule], input);
}

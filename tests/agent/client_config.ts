/** The client's configuration in tests. */
import {
  CLIENT_ROLE,
  type ClientConfig,
} from "../../src/config/client_keys.ts";
import { defaultsOf } from "../../src/config/default_of.ts";

/** Every key at its default, but for those given. No test asks strangers where it runs. */
export function clientConfig(given: Partial<ClientConfig> = {}): ClientConfig {
  return {
    ...defaultsOf(CLIENT_ROLE.keys) as ClientConfig,
    skipGeolocation: true,
    ...given,
  };
}

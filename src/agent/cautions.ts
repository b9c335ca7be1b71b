/** What someone should know about a configuration that works. Owns no state. */
import type { ClientConfig } from "../config/client_keys.ts";
import { isLoopback } from "./local_address.ts";
import { addressOfUrl } from "./url_address.ts";

/** One sentence each, without a final period. */
export function cautionsOf(
  config: Pick<ClientConfig, "serverUrl" | "insecureTls"> & {
    /** Whether a key, a token or a credential goes to the server. */
    readonly sendsSecret: boolean;
  },
): readonly string[] {
  const cautions: string[] = [];
  const { protocol, host } = new URL(config.serverUrl);
  const { hostname } = addressOfUrl(config.serverUrl);
  if (
    protocol === "http:" && config.sendsSecret &&
    !isOnThisMachine(hostname)
  ) {
    cautions.push(
      `The key goes to "${host}" unencrypted, for everyone on the way to read: use an https "server_url"`,
    );
  }
  if (protocol === "https:" && config.insecureTls) {
    cautions.push(
      `Any certificate of "${host}" is taken ("insecure_tls"), so anyone on the way can be the server and get the key`,
    );
  }
  return cautions;
}

/** Whether a host is this machine, so that nobody else is on the way to it. */
export function isOnThisMachine(hostname: string): boolean {
  return isLoopback(hostname) || /(?:^|\.)localhost\.?$/i.test(hostname);
}

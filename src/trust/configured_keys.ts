/** The keys of a configuration, as the key book takes them. */
import { endMs } from "../policy/instant.ts";
import { configuredHash } from "../config/key_hash.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import { keyHash } from "../wire/key_text.ts";
import type { ConfiguredKey } from "./key_book.ts";

/** The part of a configuration that keys are in, with the contents of their files in it. */
export type KeysConfig = Pick<ServerConfig, "serverKey" | "apiKeys">;

/** First `server_key`, which may do everything, then `api_keys` in their order. Empty keys open nothing and are none. */
export function configuredKeys(
  { serverKey, apiKeys }: KeysConfig,
): readonly ConfiguredKey[] {
  const server = serverKey === "" ? [] : [{
    principal: { ...UNBOUND, name: "server_key" },
    hash: keyHash(serverKey),
  }];
  return [...server, ...apiKeys.flatMap(apiKey)];
}

const UNBOUND = {
  scopes: undefined,
  tiers: undefined,
  expiresMs: undefined,
  backendId: undefined,
  endpointAllow: [],
  ratePerMinute: 0,
};

function apiKey(
  config: KeysConfig["apiKeys"][number],
  index: number,
): readonly ConfiguredKey[] {
  const { key, keyHash: written, scopes, tiers, expires } = config;
  const hash = key === "" ? configuredHash(written) : keyHash(key);
  if (hash === undefined) return [];
  const principal = {
    ...UNBOUND,
    name: config.name === "" ? `api_keys[${index}]` : config.name,
    scopes,
    tiers,
    expiresMs: expires === "" ? undefined : endMs(expires),
    ratePerMinute: config.rateLimitPerMinute,
  };
  return [{ principal, hash }];
}

/** Rules between keys of server.yml. */
import { isReservedKeyName } from "../policy/key_name.ts";
import { quoted } from "./given.ts";
import { jwtRule } from "./jwt_rule.ts";
import { placeRule } from "./place_rule.ts";
import { ROUTING_RULES } from "./routing_rules.ts";
import { type Objection, problem, type Rule } from "./rule.ts";
import { serverKeyRule } from "./server_key_rule.ts";
import type { ServerConfig } from "./server_keys.ts";
import { certificateNamesRule, clientAuthorityRule } from "./tls_rules.ts";

/** All rules of the server. */
export const SERVER_RULES: readonly Rule<ServerConfig>[] = [
  placeRule,
  localPlaceRule,
  certificateRule,
  certificateNamesRule,
  clientAuthorityRule,
  reusePortRule,
  tierNamesRule,
  defaultTierRule,
  tierGpuRule,
  serverKeyRule,
  apiKeysRule,
  keyNamesRule,
  keyTiersRule,
  jwtRule,
  rateLimitRule,
  proxyKeyRule,
  proxyProtocolRule,
  originsRule,
  ...ROUTING_RULES,
];

/** Private addresses can't be where the server is while nobody says where that is. */
function localPlaceRule(
  { geoipPrivateIsLocal, latitude, longitude }: ServerConfig,
): Objection[] {
  const isKnown = latitude !== undefined && longitude !== undefined;
  if (!geoipPrivateIsLocal || isKnown) return [];
  const path = "geoip_private_is_local";
  const message =
    "geoip_private_is_local has no effect without latitude and longitude of this server";
  return [{
    kind: "warning",
    path,
    because: ["latitude", "longitude"],
    message,
  }];
}

/** A certificate without its key, or the other way round, would mean plain HTTP where somebody wanted TLS. */
function certificateRule(config: ServerConfig): Objection[] {
  const pairs = [
    ["tls_cert_file", config.tlsCertFile, "tls_key_file", config.tlsKeyFile],
    [
      "upstream_cert_file",
      config.upstreamCertFile,
      "upstream_key_file",
      config.upstreamKeyFile,
    ],
  ] as const;
  return pairs.flatMap(([certName, certFile, keyName, keyFile]) => {
    if ((certFile === "") === (keyFile === "")) return [];
    const [path, missing] = certFile === ""
      ? [keyName, certName]
      : [certName, keyName];
    const found = `a value, but none for ${missing}`;
    return [problem(path, found, "both or neither", [missing])];
  });
}

/** The runtime's own sockets can't share a port without an unstable feature. */
function reusePortRule({ reusePort, edgeDriver }: ServerConfig): Objection[] {
  if (!reusePort || edgeDriver !== "deno") return [];
  const found = '"deno", which can\'t share a port as reuse_port says';
  return [problem("edge_driver", found, '"auto" or "epoll"', ["reuse_port"])];
}

function tierNamesRule({ tiers }: ServerConfig): Objection[] {
  return tiers.flatMap(({ name }, index) => {
    const first = tiers.findIndex((tier) => tier.name === name);
    if (first === index) return [];
    const found = `${quoted(name)}, which tiers[${first}] is called already`;
    return [problem(`tiers[${index}].name`, found, "another name", ["tiers"])];
  });
}

/**
 * A default tier that is not there refuses every proxied request without a tier. Set by hand that is a slip; when the
 * file only brings tiers of its own, as the documented example does, it may be meant.
 */
function defaultTierRule(
  { defaultTier, tiers }: ServerConfig,
  isSet: (path: string) => boolean,
): Objection[] {
  const isThere = tiers.some(({ name }) => name === defaultTier);
  if (isThere || tiers.length === 0 || defaultTier === "") return [];
  const names = tiers.map(({ name }) => quoted(name)).join(", ");
  if (isSet("default_tier")) {
    const wanted = `one of the tiers ${names}`;
    return [problem("default_tier", quoted(defaultTier), wanted, ["tiers"])];
  }
  const message = `default_tier is ${
    quoted(defaultTier)
  }, which is none of the tiers ${names}: proxied requests that name no tier get 400 unknown_tier`;
  return [{
    kind: "warning",
    path: "default_tier",
    because: ["tiers"],
    message,
  }];
}

function tierGpuRule({ tiers }: ServerConfig): Objection[] {
  return tiers.flatMap(
    ({ name, gpu, gpuMemoryGb, gpuModel, gpuVendor }, index) => {
      const wishes = [
        ["gpu_memory_gb", "GPU memory", gpuMemoryGb > 0],
        ["gpu_model", "a model of GPU", gpuModel !== ""],
        ["gpu_vendor", "a vendor of GPUs", gpuVendor !== ""],
      ] as const;
      return wishes.flatMap(([key, wish, isSaid]) => {
        if (gpu > 0 || !isSaid) return [];
        const path = `tiers[${index}].${key}`;
        const message = `Tier ${
          quoted(name)
        } asks for ${wish} but for no GPU, and gets none`;
        return [{
          kind: "warning" as const,
          path,
          because: ["tiers"],
          message,
        }];
      });
    },
  );
}

function apiKeysRule({ apiKeys }: ServerConfig): Objection[] {
  return apiKeys.flatMap(({ key, keyHash, keyFile }, index) => {
    const sources = [key, keyHash, keyFile].filter((text) => text !== "");
    if (sources.length === 1) return [];
    const found = sources.length === 0 ? "no key" : "several keys";
    const wanted = "one of key, key_hash and key_file";
    return [problem(`api_keys[${index}]`, found, wanted, [])];
  });
}

/** A name says in the audit trail whose key it was. */
function keyNamesRule({ apiKeys }: ServerConfig): Objection[] {
  return apiKeys.flatMap(({ name }, index) => {
    if (name === "") return [];
    const path = `api_keys[${index}].name`;
    if (isReservedKeyName(name)) {
      const found = `${quoted(name)}, which stands for somebody else`;
      return [problem(path, found, "another name", [])];
    }
    const first = apiKeys.findIndex((other) => other.name === name);
    if (first === index) return [];
    const found = `${quoted(name)}, which api_keys[${first}] is called already`;
    return [problem(path, found, "another name", ["api_keys"])];
  });
}

/** A tier may come with the next reload; more often its name is a slip, and the key is good for nothing. */
function keyTiersRule({ apiKeys, tiers: known }: ServerConfig): Objection[] {
  if (known.length === 0) return [];
  return apiKeys.flatMap(({ tiers = [] }, index) =>
    tiers.flatMap((tier, at) => {
      if (known.some(({ name }) => name === tier)) return [];
      const path = `api_keys[${index}].tiers[${at}]`;
      const names = known.map(({ name }) => quoted(name)).join(", ");
      const message = `${path} is ${
        quoted(tier)
      }, which is none of the tiers ${names}`;
      return [{ kind: "warning", path, because: ["tiers"], message }];
    })
  );
}

/** One key without the other lets nobody call. */
function originsRule(
  { enableCors, corsAllowedOrigins }: ServerConfig,
): Objection[] {
  if (enableCors === corsAllowedOrigins.length > 0) return [];
  const [path, other, message] = enableCors
    ? [
      "enable_cors",
      "cors_allowed_origins",
      "enable_cors is on, but cors_allowed_origins is empty: pages of other origins may not call",
    ]
    : [
      "cors_allowed_origins",
      "enable_cors",
      "cors_allowed_origins is without effect until enable_cors is true",
    ];
  return [{ kind: "warning", path, because: [other], message }];
}

/** The header is taken from trusted proxies alone, and there are none. */
function proxyProtocolRule(
  { proxyProtocol, trustedProxies }: ServerConfig,
): Objection[] {
  if (!proxyProtocol || trustedProxies.length > 0) return [];
  const message =
    "proxy_protocol is on, but trusted_proxies is empty: nobody's PROXY header is taken";
  const because = ["trusted_proxies"];
  return [{ kind: "warning", path: "proxy_protocol", because, message }];
}

/** Refusing everybody may be meant, when keys are to be made while it runs. */
function proxyKeyRule(config: ServerConfig): Objection[] {
  const { proxyRequireKey, serverKey, serverKeyFile, apiKeys } = config;
  const hasKeys = serverKey !== "" || serverKeyFile !== "" ||
    apiKeys.length > 0;
  if (!proxyRequireKey || hasKeys) return [];
  const message =
    "proxy_require_key is set, but no key is: proxied requests are refused until one is made with `opsen keys create`";
  const because = ["server_key", "server_key_file", "api_keys"];
  return [{ kind: "warning", path: "proxy_require_key", because, message }];
}

function rateLimitRule(config: ServerConfig): Objection[] {
  if (config.rateLimitPerMinute === 0 || config.rateLimitBurst > 0) return [];
  const found = "0, which lets no request through";
  const wanted = "at least 1, or rate_limit_per_minute: 0 for no limit";
  return [
    problem("rate_limit_burst", found, wanted, ["rate_limit_per_minute"]),
  ];
}

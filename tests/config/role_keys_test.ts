import assert from "node:assert/strict";
import {
  CLIENT_ROLE,
  type ClientConfig,
} from "../../src/config/client_keys.ts";
import type { Key, Keys } from "../../src/config/key.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import {
  SERVER_ROLE,
  type ServerConfig,
} from "../../src/config/server_keys.ts";
import { serverConfig } from "./load_text.ts";

/** Every key of a table, with those inside groups and lists. */
function everyKey(keys: Keys): readonly (readonly [string, Key])[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const shape = key.shape.kind === "list" ? key.shape.items : key.shape;
    const inner = "keys" in shape ? everyKey(shape.keys) : [];
    return [[name, key] as const, ...inner];
  });
}

for (const role of [SERVER_ROLE, CLIENT_ROLE]) {
  Deno.test(`every key of the ${role.name} is explained, without a final period`, () => {
    for (const [name, { help }] of everyKey(role.keys)) {
      assert.match(help, /^[A-Z].+[^.]$/, name);
      assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    }
  });

  Deno.test(`no flag or variable of the ${role.name} means two keys, or one of the program's own`, () => {
    const names = leavesOf(role.keys).flatMap(({ outside }) =>
      outside === undefined ? [] : [
        ...outside.flags,
        outside.variable,
        outside.flags[0]?.replace("--", "--no-"),
      ]
    );
    names.push("--config", "--help", "--version", "OPSEN_CONFIG");
    assert.equal(new Set(names).size, names.length);
  });

  Deno.test(`no key of the ${role.name} stands in two sections`, () => {
    const names = role.sections.flatMap(({ keys }) => Object.keys(keys));
    assert.deepEqual(names.toSorted(), Object.keys(role.keys).toSorted());
    assert.equal(new Set(names).size, names.length);
  });
}

Deno.test("the server's documented defaults hold", async () => {
  const { tiers, apiKeys, routing, queue, jwt, decisionLog, ...flat } =
    await serverConfig("");
  assert.deepEqual(flat, {
    port: 8080,
    host: "0.0.0.0",
    adminListen: "",
    reusePort: false,
    edgeDriver: "auto",
    maxConnections: 20000,
    maxConnectionsPerIp: 0,
    shutdownTimeoutSeconds: 30,
    readyMinActive: 0,
    ui: true,
    serverKey: "",
    whitelistedIps: [],
    blockedIps: [],
    trustedProxies: [],
    proxyProtocol: false,
    proxyRequireKey: false,
    maxRequestsPerIp: 0,
    serverKeyFile: "",
    tlsClientRequire: true,
    endpointAllow: [],
    rateLimitPerMinute: 60,
    rateLimitBurst: 120,
    rateLimitExempt: [],
    maxRequestBodyBytes: 10485760,
    readHeaderTimeoutSeconds: 10,
    requestTimeoutSeconds: 30,
    idleTimeoutSeconds: 120,
    writeStallSeconds: 30,
    tlsCertFile: "",
    tlsKeyFile: "",
    tls: [],
    tlsClientCaFile: "",
    tlsInsecureSkipVerify: false,
    upstreamCaFile: "",
    upstreamCertFile: "",
    upstreamKeyFile: "",
    enableCors: false,
    corsAllowedOrigins: [],
    disableSecurityHeaders: false,
    staleMinutes: 5,
    cleanupIntervalSeconds: 60,
    maxBackends: 10000,
    healthCheckEnabled: true,
    healthCheckType: "tcp",
    healthCheckIntervalSeconds: 10,
    healthCheckTimeoutSeconds: 2,
    healthCheckPath: "/health",
    healthCheckUnhealthyThreshold: 3,
    healthCheckHealthyThreshold: 2,
    ejectionEnabled: true,
    panic: "fail_open",
    gpuMaxTemperatureC: 0,
    defaultTier: "lite",
    stickyHeader: "",
    stickyByIp: false,
    stickyAffinityEnabled: true,
    pendingAllocationTimeoutSeconds: 120,
    proxyEndpoints: [],
    proxySseFlushIntervalMs: -1,
    proxyConnectTimeoutSeconds: 5,
    proxyRetries: 2,
    tierFieldName: "tier",
    tierHeader: "X-Tier",
    tierPeekBytes: 65536,
    geoipDbPath: "",
    geoipPrivateIsLocal: false,
    latitude: undefined,
    longitude: undefined,
    country: "",
    city: "",
    database: "/opt/opsen/opsen.db",
    statsRetentionDays: 7,
    dbMaxOpenConns: 25,
    dbMaxIdleConns: 5,
    dbConnMaxLifetime: 300,
    logLevel: "info",
    jsonLogging: false,
    accessLog: "errors",
    accessLogSamplePct: 1,
    metrics: { enabled: true, perCore: false, perGpu: false },
    tracing: { samplePct: 0 },
    auditRetentionDays: 90,
    eventsUrl: "",
    eventsSecret: "",
    watchConfig: false,
    configUrl: "",
    configUrlIntervalSeconds: 60,
    configUrlAllow: [],
  });
  assert.deepEqual(apiKeys, []);
  assert.ok(tiers.every(({ priority }) => priority === 0));
  assert.deepEqual(
    tiers.map((
      { name, vcpu, memoryGb, storageGb, gpu, gpuMemoryGb },
    ) => [name, vcpu, memoryGb, storageGb, gpu, gpuMemoryGb]),
    [
      ["small", 1, 1, 5, 0, 0],
      ["medium", 2, 4, 20, 0, 0],
      ["large", 4, 8, 30, 0, 0],
      ["gpu-inference", 8, 32, 100, 1, 16],
      ["gpu-training", 16, 64, 500, 2, 48],
      ["free", 1, 1, 0, 0, 0],
      ["lite", 1, 1, 5, 0, 0],
      ["pro-standard", 2, 4, 20, 0, 0],
      ["pro-turbo", 4, 8, 30, 0, 0],
      ["pro-max", 8, 16, 40, 0, 0],
    ],
  );
  assert.deepEqual(routing, {
    mode: "adaptive",
    weights: {
      distance: 1,
      distanceMax: 3000,
      cpu: 1,
      memory: 1,
      gpu: 1.5,
      latency: 1,
      requestDistance: 0.02,
    },
    ledger: { cpuShare: 0.85, memoryShare: 0.9, settleSeconds: 300 },
    headroom: {
      knee: 0.7,
      kneeWeight: 150,
      guard: "penalty",
      guardWeight: 1000,
      targetCpu: 0.85,
      targetMemory: 0.97,
      fitCpuShare: 0.5,
    },
    gpuBusyPct: 50,
    response: { kappa: 3, alpha: 0.03, tauSeconds: 10, errorPenaltyMs: 1000 },
    nearTie: { bandPct: 3, bandPoints: 1 },
    peers: 1,
    ejection: {
      consecutive: 5,
      errorRate: 0.5,
      baseSeconds: 5,
      maxSeconds: 60,
      maxSharePct: 30,
    },
  });
  assert.deepEqual(queue, {
    enabled: false,
    maxLength: 1000,
    maxWaitSeconds: 30,
  });
  assert.deepEqual([jwt.jwksUrl, jwt.keyFile], ["", ""]);
  assert.deepEqual(decisionLog, {
    entries: 1000,
    samplePct: 0,
    retentionDays: 7,
  });
});

Deno.test("the documented short flags set their keys", () => {
  const flagOf = (
    role: typeof SERVER_ROLE | typeof CLIENT_ROLE,
    path: string,
  ) => leavesOf(role.keys).find((leaf) => leaf.path === path)?.outside?.flags;
  assert.deepEqual(flagOf(SERVER_ROLE, "database"), ["--database", "--db"]);
  assert.deepEqual(flagOf(SERVER_ROLE, "stale_minutes"), [
    "--stale-minutes",
    "--stale",
  ]);
  assert.deepEqual(flagOf(SERVER_ROLE, "cleanup_interval_seconds"), [
    "--cleanup-interval-seconds",
    "--cleanup-interval",
  ]);
  assert.deepEqual(flagOf(CLIENT_ROLE, "server_url"), [
    "--server-url",
    "--server",
  ]);
  assert.deepEqual(flagOf(CLIENT_ROLE, "window_minutes"), [
    "--window-minutes",
    "--window",
  ]);
  assert.deepEqual(flagOf(CLIENT_ROLE, "report_interval_seconds"), [
    "--report-interval-seconds",
    "--interval",
  ]);
  assert.deepEqual(flagOf(CLIENT_ROLE, "disk_path"), ["--disk-path", "--disk"]);
  assert.deepEqual(flagOf(CLIENT_ROLE, "client_id"), ["--client-id", "--id"]);
});

/** Compiles only while the types that come out of the tables are these. */
Deno.test("the tables give the types of the configuration", async () => {
  const config: ServerConfig = await serverConfig("");
  const whole: number = config.routing.weights.requestDistance;
  const word: "adaptive" | "classic" = config.routing.mode;
  const place: number | undefined = config.latitude;
  const texts: readonly string[] = config.whitelistedIps;
  const key: string | undefined = config.apiKeys[0]?.key;
  const url: ClientConfig["serverUrl"] = "";
  // @ts-expect-error: there is no such key
  const missing: unknown = config.nonsense;
  // @ts-expect-error: a configuration is read-only
  const write = () => config.port = 1;
  assert.deepEqual(
    [whole, word, place, texts, key, url, missing, typeof write],
    [0.02, "adaptive", undefined, [], undefined, "", undefined, "function"],
  );
});

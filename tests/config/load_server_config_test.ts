import assert from "node:assert/strict";
import type { FileContent } from "../../src/config/file_reader.ts";
import { loadServerConfig } from "../../src/config/load_server_config.ts";
import { DEFAULT_TIERS } from "../../src/config/tier_keys.ts";
import { loadServerText, serverConfig, serverProblems } from "./load_text.ts";

Deno.test("without file, flags and variables the defaults hold", async () => {
  const loaded = await loadServerConfig({
    flags: [],
    env: () => undefined,
    readFile: () => ({ kind: "too_large" }),
  });
  assert.ok(loaded.kind === "loaded");
  assert.equal(loaded.config.port, 8080);
  assert.equal(loaded.config.routing.weights.requestDistance, 0.02);
  assert.deepEqual([loaded.sources.size, loaded.notices], [0, []]);
});

Deno.test("a flag wins over a variable, a variable over the file, the file over the default", async () => {
  const text = "port: 1\nhost: a\nlog_level: debug\n";
  const env = { OPSEN_PORT: "2", OPSEN_HOST: "b" };
  const flags = [{ path: "port", flag: "--port", value: "3" }];
  const loaded = await loadServerText(text, { env, flags });
  assert.ok(loaded.kind === "loaded");
  const { port, host, logLevel, staleMinutes } = loaded.config;
  assert.deepEqual([port, host, logLevel, staleMinutes], [3, "b", "debug", 5]);
  assert.deepEqual(loaded.sources.get("port"), {
    kind: "flag",
    name: "--port",
  });
  assert.deepEqual(loaded.sources.get("host"), {
    kind: "environment",
    name: "OPSEN_HOST",
  });
  assert.deepEqual(loaded.sources.get("log_level"), {
    kind: "file",
    file: "server.yml",
    line: 3,
    column: 12,
  });
  assert.equal(loaded.sources.get("stale_minutes"), undefined);
});

Deno.test("keys inside groups have flags and variables too", async () => {
  const config = await serverConfig("routing: {weights: {cpu: 2}}", {
    env: { OPSEN_ROUTING_WEIGHTS_CPU: "3", OPSEN_ROUTING_WEIGHTS_GPU: "0.5" },
  });
  const { cpu, gpu, memory } = config.routing.weights;
  assert.deepEqual([cpu, gpu, memory], [3, 0.5, 1]);
  assert.equal(
    (await serverConfig("")).routing.weights.cpu,
    1,
    "the defaults stay as they are",
  );
});

Deno.test("lists are written with commas outside the file, and flags of a list add up", async () => {
  const config = await serverConfig("whitelisted_ips: [10.0.0.1]", {
    env: { OPSEN_API_KEYS: "one, two,,", OPSEN_WHITELISTED_IPS: "10.0.0.2" },
    flags: [
      { path: "whitelisted_ips", flag: "--whitelisted-ips", value: "10.0.0.3" },
      {
        path: "whitelisted_ips",
        flag: "--whitelisted-ips",
        value: "10.0.0.0/8,::1",
      },
    ],
  });
  assert.deepEqual(config.whitelistedIps, ["10.0.0.3", "10.0.0.0/8", "::1"]);
  assert.deepEqual(config.apiKeys.map(({ key }) => key), ["one", "two"]);
});

Deno.test("an empty flag empties a value, an empty variable counts as absent", async () => {
  const config = await serverConfig(
    "server_key: abc\napi_keys: [x]\nport: 5\n",
    {
      env: { OPSEN_SERVER_KEY: "", OPSEN_PORT: "" },
      flags: [{ path: "api_keys", flag: "--api-keys", value: "" }],
    },
  );
  assert.deepEqual([config.serverKey, config.apiKeys, config.port], [
    "abc",
    [],
    5,
  ]);
});

Deno.test("flags and variables take true and false as Go does", async () => {
  for (
    const [value, wanted] of [
      ["true", true],
      ["1", true],
      ["T", true],
      ["false", false],
      ["0", false],
      ["F", false],
    ] as const
  ) {
    const config = await serverConfig("", {
      env: { OPSEN_JSON_LOGGING: value },
    });
    assert.equal(config.jsonLogging, wanted, value);
  }
  assert.deepEqual(
    await serverProblems("", { env: { OPSEN_JSON_LOGGING: "maybe" } }),
    [
      'OPSEN_JSON_LOGGING: found "maybe", wanted true or false',
    ],
  );
});

Deno.test("a service link in a variable is ignored with a warning, any other wrong value refused", async () => {
  const loaded = await loadServerText("", {
    env: { OPSEN_PORT: "tcp://10.0.0.7:8080" },
  });
  assert.ok(loaded.kind === "loaded");
  assert.equal(loaded.config.port, 8080);
  assert.deepEqual(loaded.notices, [{
    level: "warn",
    key: "port",
    message: "OPSEN_PORT is ignored: it holds a service link, not a value",
  }]);
  assert.deepEqual(await serverProblems("", { env: { OPSEN_PORT: "80a" } }), [
    'OPSEN_PORT: found "80a", wanted a whole number from 0 to 65535',
  ]);
});

Deno.test("keys without a value keep their defaults", async () => {
  const config = await serverConfig(
    "port:\ntiers:\napi_keys:\nrouting:\nserver_key: ~\nlatitude:\n",
  );
  assert.deepEqual(
    [config.port, config.tiers, config.apiKeys, config.latitude],
    [8080, DEFAULT_TIERS, [], undefined],
  );
});

Deno.test("an empty list of tiers means the default ones", async () => {
  assert.deepEqual((await serverConfig("tiers: []")).tiers, DEFAULT_TIERS);
});

Deno.test("digits without quotes are text where text is wanted, as they are written", async () => {
  const config = await serverConfig(
    "server_key: 0123\napi_keys: [1e3, 5]\ntiers: [{name: 7, vcpu: 1, memory_gb: 1}]\n",
  );
  assert.deepEqual([
    config.serverKey,
    config.apiKeys.map(({ key }) => key),
    config.tiers[0]?.name,
  ], ["0123", ["1e3", "5"], "7"]);
});

Deno.test("an API key is a text, or a group with the key inside", async () => {
  const config = await serverConfig(
    "api_keys:\n  - plain\n  - {name: ci, key: long, scopes: [route]}\n",
  );
  assert.deepEqual(
    config.apiKeys.map(({ name, key, scopes }) => [name, key, scopes]),
    [
      ["", "plain", undefined],
      ["ci", "long", ["route"]],
    ],
  );
});

Deno.test("the file of OPSEN_CONFIG is read when no flag names one", async () => {
  const read: string[] = [];
  const input = {
    flags: [],
    env: (name: string) => name === "OPSEN_CONFIG" ? "from-env.yml" : undefined,
    readFile: (path: string): FileContent => {
      read.push(path);
      return { kind: "read", bytes: new Uint8Array() };
    },
  };
  await loadServerConfig(input);
  await loadServerConfig({ ...input, configPath: "from-flag.yml" });
  assert.deepEqual(read, ["from-env.yml", "from-flag.yml"]);
});

import assert from "node:assert/strict";
import { earlyConfig } from "../../src/config/early_config.ts";
import type { Loaded } from "../../src/config/load.ts";
import { loadServerConfig } from "../../src/config/load_server_config.ts";
import { overlayName } from "../../src/config/overlay.ts";
import type { ServerConfig } from "../../src/config/server_keys.ts";
import { type Above, inputOf } from "./load_text.ts";

const NAME = "https://config.example/a.yml";

function documentOf(name: string, text: string) {
  const bytes = new TextEncoder().encode(text);
  return { name, content: { kind: "read", bytes } } as const;
}

async function layers(
  file: string,
  overlay: string,
  above: Above = {},
): Promise<Loaded<ServerConfig>> {
  return await loadServerConfig({
    ...inputOf("server.yml", file, above),
    overlay: documentOf(NAME, overlay),
  });
}

async function config(
  ...args: Parameters<typeof layers>
): Promise<ServerConfig> {
  const loaded = await layers(...args);
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  return loaded.config;
}

async function problems(
  ...args: Parameters<typeof layers>
): Promise<readonly string[]> {
  const loaded = await layers(...args);
  return loaded.kind === "invalid" ? loaded.problems : [];
}

Deno.test("the document stands above the file and below variables and flags", async () => {
  const file = "stale_minutes: 1\npanic: fail_closed\nmax_backends: 1\n";
  const overlay = "stale_minutes: 2\nmax_backends: 2\n";
  const taken = await config(file, overlay, {
    env: { OPSEN_MAX_BACKENDS: "3" },
  });
  assert.deepEqual(
    [taken.staleMinutes, taken.panic, taken.maxBackends],
    [2, "fail_closed", 3],
  );
});

Deno.test("a group replaces the group of the file whole, and a list the list", async () => {
  const file =
    "decision_log: {entries: 7, sample_pct: 8}\nwhitelisted_ips: [10.0.0.1]\n";
  const taken = await config(
    file,
    "decision_log: {entries: 9}\nwhitelisted_ips: [10.0.0.2]\n",
  );
  assert.deepEqual(
    [taken.decisionLog.entries, taken.decisionLog.samplePct],
    [9, 0],
  );
  assert.deepEqual(taken.whitelistedIps, ["10.0.0.2"]);
});

Deno.test("a key without a value says nothing, and an empty document changes nothing", async () => {
  assert.equal(
    (await config("stale_minutes: 3\n", "stale_minutes:\n")).staleMinutes,
    3,
  );
  assert.equal((await config("stale_minutes: 3\n", "")).staleMinutes, 3);
});

Deno.test("problems name the document and the line, those of the file first, also where they are covered", async () => {
  assert.deepEqual(
    await problems(
      "stale_minutes: many\npanic: no\n",
      "\nstale_minutes: 5\nmax_backends: none\n",
    ),
    [
      'server.yml:1:16 stale_minutes: found "many", wanted a whole number from 1 to 10080',
      'server.yml:2:8 panic: found "no", wanted one of "fail_open", "fail_closed"',
      `${NAME}:3:15 max_backends: found "none", wanted a whole number from 1 to 100000`,
    ],
  );
  assert.deepEqual(await problems("stale_minutes: 5\n", "- a\n"), [
    `${NAME}:1:1: found a list, wanted keys with values such as "port: 8080"`,
  ]);
});

Deno.test("what decides which machine this is can't come from elsewhere", async () => {
  const wanted =
    "found a key that this document can't set, wanted it in the local file, a flag or a variable";
  assert.deepEqual(
    await problems(
      "",
      "port: 1\nhost: 127.0.0.1\nadmin_listen: ''\ndatabase: x.db\nconfig_url: https://x/\nconfig_url_allow: []\nconfig_url_interval_seconds: 5\n",
    ),
    [
      ...["port", "host", "admin_listen", "database", "config_url"],
      ...["config_url_allow", "config_url_interval_seconds"],
    ].map((key, index) => `${NAME}:${index + 1}:1 ${key}: ${wanted}`),
  );
});

Deno.test("rules hold over both documents together", async () => {
  const tiers = "tiers: [{name: a, vcpu: 1, memory_gb: 1}]\n";
  assert.equal((await config("default_tier: a\n", tiers)).defaultTier, "a");
  const [problem = ""] = await problems("default_tier: b\n", tiers);
  assert.match(problem, /^server\.yml:1:15 default_tier: found "b"/);
});

Deno.test("a URL is named without what may be secret", () => {
  assert.equal(
    overlayName("https://user:pass@config.example:8443/a.yml?token=t#f"),
    "https://config.example:8443/...",
  );
});

Deno.test("where the rest of the configuration is can be read from a file that is wrong elsewhere", async () => {
  const file = documentOf(
    "server.yml",
    "prt: 1\ntiers: 7\nconfig_url: https://config.example/\ndatabase: a.db\n",
  );
  const outside = {
    flags: [],
    env: (name: string) =>
      name === "OPSEN_CONFIG_URL_INTERVAL_SECONDS" ? "9" : undefined,
  };
  const { config, databaseSpot } = await earlyConfig(file, outside);
  assert.equal(config.configUrl, "https://config.example/");
  assert.equal(config.configUrlIntervalSeconds, 9);
  assert.deepEqual([config.database, databaseSpot?.kind], ["a.db", "file"]);
  const broken = documentOf("server.yml", "a: [\n");
  assert.equal((await earlyConfig(broken, outside)).config.configUrl, "");
  const none = await earlyConfig(undefined, outside);
  assert.equal(none.databaseSpot, undefined);
});

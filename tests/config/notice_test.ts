import assert from "node:assert/strict";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { exampleYaml } from "../../src/config/example_yaml.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { loadServerText } from "./load_text.ts";

Deno.test("the documented server.yml loads, word for word, and each protection that is not built is named", async () => {
  const text = await Deno.readTextFile(
    new URL("../fixtures/original-server.yml", import.meta.url),
  );
  const loaded = await loadServerText(text);
  assert.ok(loaded.kind === "loaded");
  const named = loaded.notices.filter(({ level }) => level === "warn").map((
    { key },
  ) => key);
  assert.deepEqual(named.toSorted(), [
    "default_tier",
    "disable_security_headers",
    "rate_limit_burst",
    "rate_limit_per_minute",
  ]);
});

Deno.test("every protection that is not built is a warning with its place, wherever it is set", async () => {
  const text =
    "blocked_ips: [10.0.0.1]\ntiers: [{name: lite, vcpu: 1, memory_gb: 1, countries: [FR]}]\napi_keys: [{key: x, expires: 2027-01-01}]\n";
  const loaded = await loadServerText(text, {
    env: { OPSEN_TLS_CLIENT_CA_FILE: "/ca.pem" },
    flags: [{
      path: "proxy_require_key",
      flag: "--proxy-require-key",
      value: "true",
    }],
  });
  assert.ok(loaded.kind === "loaded");
  const warnings = loaded.notices.filter(({ level }) => level === "warn");
  assert.deepEqual(warnings.map(({ message }) => message).toSorted(), [
    "api_keys[0].expires (server.yml:3:30) is accepted, but not built yet: it protects nothing",
    "blocked_ips (server.yml:1:14) is accepted, but not built yet: it protects nothing",
    "proxy_require_key (--proxy-require-key) is accepted, but not built yet: it protects nothing",
    "tiers[0].countries (server.yml:2:56) is accepted, but not built yet: it protects nothing",
    "tls_client_ca_file (OPSEN_TLS_CLIENT_CA_FILE) is accepted, but not built yet: it protects nothing",
  ]);
});

Deno.test("other keys that are not built share one line, and those of the connection pool are said to developers", async () => {
  const loaded = await loadServerText(
    "enable_cors: true\nui: false\ndb_max_idle_conns: 1\n",
  );
  assert.ok(loaded.kind === "loaded");
  assert.deepEqual(loaded.notices, [
    {
      level: "debug",
      key: "db_max_idle_conns",
      message:
        "db_max_idle_conns has no effect: it describes a pool that an embedded SQLite handle does not have",
    },
    {
      level: "info",
      key: "ui, enable_cors",
      message:
        "Accepted, but not built yet and without effect: ui, enable_cors",
    },
  ]);
});

Deno.test("a file that sets every key names every key without effect exactly once", async () => {
  const loaded = await loadServerText(
    exampleYaml(SERVER_ROLE).replaceAll(/^# /gm, ""),
  );
  assert.ok(loaded.kind === "loaded");
  const named = loaded.notices.flatMap(({ key }) => key.split(", "));
  const idle = leavesOf(SERVER_ROLE.keys).filter(({ state, path }) =>
    state !== undefined && path !== "latitude" && path !== "longitude"
  ).map(({ path }) => path);
  // By default nothing waits, so whoever spells out how long is told.
  const unread = ["queue.max_length", "queue.max_wait_seconds"];
  assert.deepEqual(named.toSorted(), [...idle, ...unread].toSorted());
});

Deno.test("what is built says nothing", () => {
  const built = (keys: Parameters<typeof leavesOf>[0]) =>
    leavesOf(keys).filter(({ state }) => state === undefined).map(({ path }) =>
      path
    ).toSorted();
  assert.deepEqual(built(SERVER_ROLE.keys), [
    "admin_listen",
    "api_keys",
    "cleanup_interval_seconds",
    "config_url",
    "config_url_allow",
    "config_url_interval_seconds",
    "database",
    "decision_log.entries",
    "decision_log.retention_days",
    "decision_log.sample_pct",
    "default_tier",
    "edge_driver",
    "ejection_enabled",
    "events_secret",
    "events_url",
    "health_check_enabled",
    "health_check_healthy_threshold",
    "health_check_interval_seconds",
    "health_check_path",
    "health_check_timeout_seconds",
    "health_check_type",
    "health_check_unhealthy_threshold",
    "host",
    "idle_timeout_seconds",
    "json_logging",
    "log_level",
    "max_backends",
    "max_connections",
    "max_connections_per_ip",
    "max_request_body_bytes",
    "panic",
    "pending_allocation_timeout_seconds",
    "port",
    "proxy_connect_timeout_seconds",
    "proxy_endpoints",
    "proxy_retries",
    "proxy_sse_flush_interval_ms",
    "queue.enabled",
    "queue.max_length",
    "queue.max_wait_seconds",
    "read_header_timeout_seconds",
    "request_timeout_seconds",
    "reuse_port",
    "routing.ejection.base_seconds",
    "routing.ejection.consecutive",
    "routing.ejection.error_rate",
    "routing.ejection.max_seconds",
    "routing.ejection.max_share_pct",
    "routing.gpu_busy_pct",
    "routing.headroom.fit_cpu_share",
    "routing.headroom.guard",
    "routing.headroom.guard_weight",
    "routing.headroom.knee",
    "routing.headroom.knee_weight",
    "routing.headroom.target_cpu",
    "routing.headroom.target_memory",
    "routing.ledger.cpu_share",
    "routing.ledger.memory_share",
    "routing.ledger.settle_seconds",
    "routing.mode",
    "routing.near_tie.band_pct",
    "routing.near_tie.band_points",
    "routing.peers",
    "routing.response.alpha",
    "routing.response.error_penalty_ms",
    "routing.response.kappa",
    "routing.response.tau_seconds",
    "routing.weights.cpu",
    "routing.weights.distance",
    "routing.weights.gpu",
    "routing.weights.latency",
    "routing.weights.memory",
    "routing.weights.request_distance",
    "server_key",
    "shutdown_timeout_seconds",
    "stale_minutes",
    "stats_retention_days",
    "sticky_affinity_enabled",
    "sticky_by_ip",
    "sticky_header",
    "tier_field_name",
    "tier_header",
    "tier_peek_bytes",
    "tiers",
    "tls_cert_file",
    "tls_insecure_skip_verify",
    "tls_key_file",
    "trusted_proxies",
    "upstream_ca_file",
    "watch_config",
    "whitelisted_ips",
    "write_stall_seconds",
  ]);
  assert.deepEqual(built(CLIENT_ROLE.keys), [
    "city",
    "client_id",
    "country",
    "disk_path",
    "drain_file",
    "drain_seconds",
    "endpoint_url",
    "endpoints",
    "hostname",
    "insecure_tls",
    "json_logging",
    "latitude",
    "log_level",
    "longitude",
    "report_interval_seconds",
    "reregister_minutes",
    "server_key",
    "server_url",
    "state_dir",
    "window_minutes",
  ]);
});
